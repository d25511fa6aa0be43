"""`invotify admin companies`."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.admin.output import AsJson, print_result, print_rows

if TYPE_CHECKING:
    from models import Company

commands = typer.Typer(no_args_is_help=True)
CompanyId = Annotated[str, typer.Argument(help="The company's id.")]


@commands.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List all companies."""
    from cli.running import open_database, read_settings, run
    from services.administration.companies import list_companies

    async def show() -> None:
        async with open_database(read_settings()):
            await print_rows(list_companies(), as_json=as_json)

    run(show())


@commands.command("set-plan")
def set_plan(
    company: CompanyId,
    plan: Annotated[str, typer.Argument(help="free or pro")],
    as_json: AsJson = False,
) -> None:
    """Change a company's plan."""
    from models import Plan
    from services.administration import companies

    if plan.upper() not in Plan.__members__:
        typer.echo("The plan must be free or pro.", err=True)
        raise typer.Exit(2)
    _change(lambda: companies.set_plan(company, Plan(plan.upper())), as_json=as_json)


@commands.command()
def disable(company: CompanyId, as_json: AsJson = False) -> None:
    """Stop a company: its users, API keys and links no longer work, and its e-mails wait."""
    from services.administration import companies

    _change(lambda: companies.disable(company), as_json=as_json)


@commands.command()
def enable(company: CompanyId, as_json: AsJson = False) -> None:
    """Let a disabled company be used as before."""
    from services.administration import companies

    _change(lambda: companies.enable(company), as_json=as_json)


def _change(verb: Callable[[], Awaitable["Company"]], *, as_json: bool) -> None:
    """Run the verb, and print the company as it is then."""
    from cli.running import open_database, read_settings, run

    async def change() -> None:
        async with open_database(read_settings()):
            company = await verb()
        columns = ("id", "name", "plan", "disabled_at")
        print_result({name: getattr(company, name) for name in columns}, as_json=as_json)

    run(change())
