"""`invotify admin customers`."""

from pathlib import Path
from typing import Annotated
from zipfile import ZIP_DEFLATED, ZipFile

import typer

from cli.admin.output import AsJson, print_result

commands = typer.Typer(no_args_is_help=True)
CustomerId = Annotated[str, typer.Argument(help="The customer's id.")]


@commands.command()
def export(
    customer: CustomerId,
    out: Annotated[Path, typer.Option(help="The zip to write. It must not exist.")],
    as_json: AsJson = False,
) -> None:
    """Write all that is stored about a customer into a zip: JSON, and their documents as PDF."""
    from cli.running import open_database, read_settings, run
    from core.urls import Urls
    from pdf.worker_pool import open_worker_pool
    from services.administration.exports import export_customer

    settings = read_settings()

    async def write(archive: ZipFile) -> int:
        count = 0
        async with open_database(settings), open_worker_pool(settings) as pdf:
            files = export_customer(customer, Urls(settings.public_url), pdf.render)
            async for name, content in files:
                archive.writestr(name, content)
                count += 1
        return count

    try:
        # Exclusively, and only for whoever runs this.
        file = open(out, "xb", opener=_private)  # noqa: SIM115  # closed below
    except OSError as error:
        typer.echo(f"Can't write {out}: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
    try:
        with file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            count = run(write(archive))
    except BaseException:
        out.unlink()
        raise
    print_result({"customer_id": customer, "file": str(out), "files": count}, as_json=as_json)


@commands.command()
def erase(
    customer: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a customer's personal data. Issued documents stay, as the law wants them.

    It can't be undone.
    """
    from dataclasses import asdict

    from cli.running import open_database, read_settings, run
    from services.administration.erasure import Erased, erase_customer

    if not yes:
        typer.confirm(f"Erase the customer {customer}?", abort=True, err=True)

    async def do() -> Erased:
        async with open_database(read_settings()):
            return await erase_customer(customer)

    print_result(asdict(run(do())), as_json=as_json)


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, mode=0o600)
