"""`invotify admin schedules`."""

import typer

from cli.admin.output import AsJson, print_rows

commands = typer.Typer(no_args_is_help=True)


@commands.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List what is scheduled: when it last ran, whether it failed, and when it is due."""
    from cli.running import open_database, read_settings, run
    from services.administration.schedules import list_schedules

    async def show() -> None:
        async with open_database(read_settings()):
            await print_rows(list_schedules(), as_json=as_json)

    run(show())
