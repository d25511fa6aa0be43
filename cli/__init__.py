"""The command line: `invotify --help`."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
import uvicorn
from pydantic import ValidationError
from structlog import get_logger

from auth.password_rules import check_password
from auth.secrets import Passwords
from cli.progress import (
    REPORTED,
    catch_up,
    compare_documents,
    report_reminders,
    send_reminders,
)
from core.checks import Level, check_settings
from core.logging import configure_logging
from db.availability import as_unavailable
from db.checks import check_everything
from db.connections import DATABASE_ERRORS
from db.migrations import DatabaseUnusable, open_migrated
from db.migrations import migrate as apply_migrations
from errors import PortalError
from models import Plan
from pdf.worker_pool import open_worker_pool, usable_cores
from services.company.companies import CreatedCompany, create_company
from services.email.daily_limits import daily_limits_of
from services.email.delivery_worker import DeliveryWorker, make_transport
from services.email.reminders import describe_outcome, due_reminders, queue_reminders
from services.identity import second_factor
from services.identity.passwords import hash_of
from services.ledger.integrity import compare_credit_notes, compare_invoices
from settings import Settings

SERVER_OPTIONS: Final[dict[str, Any]] = {
    "log_config": None,
    "access_log": False,
    "http": "web.http.protocol:BoundedHttpProtocol",
    "ws": "web.http.protocol:BoundedWebSocketProtocol",
    # TRUSTED_PROXIES decides which proxies may state the client's address.
    "proxy_headers": False,
    "server_header": False,
    # Compression costs a websocket 100 KiB and a fan-out seven times the time.
    "ws_per_message_deflate": False,
    "ws_max_size": 64 * 1024,
    "timeout_graceful_shutdown": 5,
    # Longer than proxies and clients usually keep theirs, so that they are the ones who close it.
    "timeout_keep_alive": 75,
}
"""How uvicorn serves us, here and in the tests."""

log = get_logger(__name__)
cli = typer.Typer(
    help="Invotify's customer portal.", no_args_is_help=True, pretty_exceptions_enable=False
)


def _settings(**fixed: Any) -> Settings:  # noqa: ANN401  # Settings checks them
    try:
        return Settings(**fixed)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            message = fault["msg"].removeprefix("Value error, ")
            if fault["type"] == "string_pattern_mismatch":
                message = "It isn't written as docs/settings.md shows."
            name = "".join(str(part) for part in fault["loc"][:1]).upper()
            typer.echo(f"{name}: {message}" if name else message, err=True)
        raise typer.Exit(2) from None


def _database(settings: Settings) -> AbstractAsyncContextManager[None]:
    return open_migrated(settings.database_url)


async def _check_migrated(settings: Settings) -> None:
    async with _database(settings):
        pass


def _run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # what the work returns
    try:
        return asyncio.run(work)
    except PortalError as error:
        typer.echo(f"{error.field}: {error.message}" if error.field else error.message, err=True)
    except DatabaseUnusable as error:
        typer.echo(str(error), err=True)
    except DATABASE_ERRORS as error:
        if as_unavailable(error) is None:
            raise
        typer.echo(f"The database isn't available: {error!r}", err=True)
    raise typer.Exit(1)


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Number of processes. Several need REDIS_URL.")
    ] = 1,
) -> None:
    """Serve the portal. Refuses unsafe settings, and a database that is not up to date."""
    settings = _settings()
    configure_logging(settings.environment, as_unavailable)
    findings = check_settings(settings, workers)
    for finding in findings:
        if finding.level is Level.WARNING:
            log.warning("settings.unsafe", setting=finding.name, detail=finding.message)
        else:
            typer.echo(finding, err=True)
    if any(finding.level is Level.ERROR for finding in findings):
        raise typer.Exit(2)
    _run(_check_migrated(settings))
    if settings.pdf_workers is None:
        os.environ["PDF_WORKERS"] = str(max(1, usable_cores() // workers))
    if settings.secret_key is None:
        # All workers share one, because a form from one worker may be sent to another.
        os.environ["SECRET_KEY"] = secrets.token_urlsafe()
    uvicorn.run(
        "app:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        **SERVER_OPTIONS,
    )


@cli.command()
def check(
    workers: Annotated[int, typer.Option(min=1, help="Number of processes of `serve`.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check settings, database and Redis for what is unsafe or missing.

    Exits with 1 if `serve` would refuse to start, or if its database or Redis can't be used.
    """
    settings = _settings()
    findings = _run(check_everything(settings, workers))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(f"{finding.level}: {finding}")
        typer.echo(f"{len(findings) or 'No'} finding{'s' * (len(findings) != 1)}.")
    if any(finding.level is Level.ERROR for finding in findings):
        raise typer.Exit(1)


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""
    _run(apply_migrations(_settings().database_url))
    typer.echo("The database is up to date.")


@cli.command()
def bootstrap(  # noqa: PLR0917  # options of a command
    company: Annotated[str, typer.Option(help="The company's name.")],
    email: Annotated[str, typer.Option(help="The first user's e-mail address.")],
    password: Annotated[
        str | None,
        typer.Option(
            envvar="BOOTSTRAP_PASSWORD",
            help="The first user's password. Everyone on this machine can read command lines, so"
            " leave it out and type it when asked, or send it to the standard input.",
        ),
    ] = None,
    plan: Annotated[str, typer.Option(help="The company's plan: free or pro.")] = "free",
    currency: Annotated[
        str, typer.Option(help="The company's currency, as an ISO 4217 code.")
    ] = "EUR",
    time_zone: Annotated[
        str, typer.Option(help="The company's time zone, for example Europe/Berlin.")
    ] = "UTC",
    stripe_account: Annotated[
        str | None, typer.Option(help="The company's Stripe account, acct_…")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create a company with its first user and an API key with all permissions."""
    if plan.upper() not in Plan.__members__:
        typer.echo("--plan must be free or pro.", err=True)
        raise typer.Exit(2)
    chosen = _read_password() if password is None else password

    async def found() -> CreatedCompany:
        check_password(chosen, (company, email))
        async with _database(_settings()):
            password_hash = await Passwords().hash(chosen, like=await hash_of(email))
            return await create_company(
                company,
                email,
                password_hash,
                plan=Plan(plan.upper()),
                currency=currency,
                time_zone=time_zone,
                stripe_account=stripe_account,
            )

    founded = _run(found())
    result = {"companyId": str(founded.company_id), "apiKey": founded.api_key}
    if as_json:
        typer.echo(json.dumps(result))
    else:
        typer.echo("\n".join(f"{name}: {value}" for name, value in result.items()))


def _read_password() -> str:
    """Ask for a password twice, or read it from a line of the standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@cli.command("reset-second-factor")
def reset_second_factor(
    email: Annotated[str, typer.Option(help="The address with which the person signs in.")],
) -> None:
    """Turn off the two-step sign-in of a person who lost it and whom nobody else can help.

    Their sessions end at every company, and they get an e-mail about it.
    """

    async def reset() -> int:
        async with _database(_settings()):
            return await second_factor.reset_all(email)

    count = _run(reset())
    if not count:
        typer.echo("Nobody with this address has a second factor.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Turned off at {count} {'company' if count == 1 else 'companies'}.")


@cli.command()
def remind(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what is due, and send nothing.")
    ] = False,
) -> None:
    """Send the reminders that are due, once for each invoice and stage.

    It can run from cron, as often as you like, and several runs can overlap.
    """
    settings = _settings()
    configure_logging(settings.environment, as_unavailable)
    _run(_remind(settings, dry_run=dry_run))


async def _remind(settings: Settings, *, dry_run: bool) -> None:
    queued: dict[UUID, str] = {}
    limits = daily_limits_of(settings)
    found = troubled = False
    async with _database(settings):
        async for due in due_reminders():
            found = True
            names = {reminder.invoice.id: str(reminder) for reminder in due.reminders}
            try:
                deliveries = [] if dry_run else await queue_reminders(due, limits=limits)
                if dry_run or due.customer.email is None:
                    outcome = await describe_outcome(due)
                    for name in names.values():
                        typer.echo(f"{name}: {outcome}")
            except (PortalError, *DATABASE_ERRORS) as fault:
                # A customer whose reminders fail must not stop the others.
                for name in names.values():
                    typer.echo(f"{name}: {fault!r}", err=True)
                troubled = True
                continue
            before = len(queued)
            queued |= {row.id: names[row.invoice_id] for row in deliveries if row.invoice_id}
            if len(queued) // REPORTED > before // REPORTED:
                typer.echo(f"{len(queued)} reminders queued …", err=True)
        if not dry_run:
            async with open_worker_pool(settings) as pdf:
                worker = DeliveryWorker(settings, make_transport(settings), pdf)
                await send_reminders(worker, total=len(queued))
            await report_reminders(queued)
        elif not found:
            typer.echo("No reminders are due.")
    if troubled:
        raise typer.Exit(1)


@cli.command()
def reconcile(
    days: Annotated[
        int,
        typer.Option(
            min=1, max=3650, help="Ask for refunds and disputes of the last so many days."
        ),
    ] = 180,
) -> None:
    """Apply what webhooks missed at Stripe, then compare every document with the ledger.

    Prints what is new at Stripe and what differs. Differences are not changed. It can run from cron
    at any time. Exits with 1 if Stripe could not be asked, or if anything differs.
    """
    settings = _settings()
    configure_logging(settings.environment, as_unavailable)

    async def settle_and_compare() -> int:
        async with _database(settings):
            return (
                await catch_up(settings, days)
                + await compare_documents(compare_invoices(), "invoices")
                + await compare_documents(compare_credit_notes(), "credit notes")
            )

    if _run(settle_and_compare()):
        raise typer.Exit(1)


@cli.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, envvar="PORT", help="Port.")] = 8000,
) -> None:
    """Serve sample data from ./demo.db, which is recreated at each start."""
    from app import create_app
    from dev.demo import tables
    from dev.demo.loading import DemoData, load
    from dev.demo.sandbox import PortalWithSandbox
    from dev.demo.server import delete_database, fixed_settings, listen, own_url, serve
    from dev.demo.startup_message import startup_message

    settings = _settings(**fixed_settings(host, port))
    if settings.is_production:
        typer.echo("The demo is not for production. Unset ENVIRONMENT.", err=True)
        raise typer.Exit(1)
    try:
        listener = listen(host, port)
    except OSError as error:
        typer.echo(f"{error} Choose another port with --port, or with make demo PORT=…", err=True)
        raise typer.Exit(1) from None
    delete_database()
    _run(apply_migrations(settings.database_url))

    async def fill() -> DemoData:
        async with _database(settings):
            return await load(settings)

    text = startup_message(settings, _run(fill()))
    portal = PortalWithSandbox(
        create_app(settings), settings, own_url(host, port), tables.COMPANY_NAME
    )
    serve(portal, listener, text, SERVER_OPTIONS)


@cli.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Print the GraphQL schema."""
    from api.schema import make_schema

    text = make_schema().as_str() + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text)
    except OSError as error:
        typer.echo(f"Can't write {out}: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
