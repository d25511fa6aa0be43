"""`invotify demo`: serve sample data."""

from socket import socket

import typer

from cli.listening import listen
from cli.running import open_database, read_settings, run
from cli.serving import SERVER_OPTIONS
from dev.demo.server import (
    delete_database,
    fixed_settings,
    log_warnings_only,
    own_url,
    serve,
)
from settings import Settings


def serve_demo(host: str, port: int) -> None:
    """Recreate the sample data and serve it until a signal ends it."""
    settings = read_settings(**fixed_settings(host, port))
    if settings.is_production:
        typer.echo("The demo is not for production. Unset ENVIRONMENT.", err=True)
        raise typer.Exit(1)
    listener = listen(host, port, "--port, or with make demo PORT=…")
    _recreate_and_serve(settings, listener, own_url(host, port))


def _recreate_and_serve(settings: Settings, listener: socket, url: str) -> None:
    # Refusals come at once, because they need none of this.
    from app import create_app
    from db.migrations import migrate
    from dev.demo import tables
    from dev.demo.loading import DemoData, load
    from dev.demo.sandbox import PortalWithSandbox
    from dev.demo.startup_message import startup_message

    delete_database()
    run(migrate(settings.database_url))

    async def fill() -> DemoData:
        async with open_database(settings):
            return await load(settings)

    app = create_app(settings)
    log_warnings_only()
    text = startup_message(settings, run(fill()))
    portal = PortalWithSandbox(app, settings, url, tables.COMPANY_NAME)
    serve(portal, listener, text, SERVER_OPTIONS)
