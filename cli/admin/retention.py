"""`invotify admin retention`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.admin.output import AsJson, print_result

if TYPE_CHECKING:
    from models import Company
    from settings import Settings

commands = typer.Typer(no_args_is_help=True)
CompanyId = Annotated[str, typer.Argument(help="The company's id.")]


@commands.command()
def show(company: CompanyId, as_json: AsJson = False) -> None:
    """Show how many days things of a company are kept."""
    from cli.running import open_database, read_settings, run
    from models import Company
    from services.administration.companies import find_company

    settings = read_settings()

    async def find() -> Company:
        async with open_database(settings):
            return await find_company(company)

    _print_days(run(find()), settings, as_json=as_json)


@commands.command("set")
def choose(
    company: CompanyId,
    days: Annotated[str, typer.Argument(help="Days, or default for the operator's default.")],
    as_json: AsJson = False,
) -> None:
    """Choose after how many days a company's views lose addresses and browsers."""
    from cli.running import open_database, read_settings, run
    from models import Company
    from services.administration.retention import set_view_retention

    if days != "default" and not (days.isascii() and days.isdecimal()):
        typer.echo("Enter a number of days, or default.", err=True)
        raise typer.Exit(2)
    chosen = None if days == "default" else int(days)
    settings = read_settings()

    async def change() -> Company:
        async with open_database(settings):
            return await set_view_retention(company, chosen)

    _print_days(run(change()), settings, as_json=as_json)


def _print_days(company: "Company", settings: "Settings", *, as_json: bool) -> None:
    """Print how many days things of a company are kept from now on."""
    from dataclasses import asdict

    from services.administration.retention import Retention

    own = company.view_retention_days
    days = asdict(Retention.of(settings))
    result = days | {"views": own or days["views"], "is_default": own is None}
    print_result({"id": company.id} | result, as_json=as_json)


@commands.command("run")
def apply(as_json: AsJson = False) -> None:
    """Shorten and delete what is old now, as it is done each night."""
    from dataclasses import asdict

    from cli.running import open_database, read_settings_and_log, run
    from services.administration.retention import Applied, Retention, apply_retention

    settings = read_settings_and_log()

    async def work() -> Applied:
        async with open_database(settings):
            return await apply_retention(Retention.of(settings))

    print_result(asdict(run(work())), as_json=as_json)
