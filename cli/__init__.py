"""The command line: `invotify --help`.

Each command imports what it needs when it runs, so that the others start at once.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.admin import admin
from cli.admin.companies import commands as companies
from core.garbage_collection import collect_rarely

collect_rarely()
cli = typer.Typer(
    help="Invotify's customer portal.", no_args_is_help=True, pretty_exceptions_enable=False
)


cli.add_typer(admin, name="admin")


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Number of processes. Several need REDIS_URL.")
    ] = 1,
) -> None:
    """Serve the portal. Refuses unsafe settings, and a database that is not up to date."""
    from cli.serving import serve_app

    serve_app(host, port, workers)


@cli.command()
def worker(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port for /healthz, /readyz and /metrics only."),
    ] = None,
) -> None:
    """Send e-mails and webhooks, and do what is scheduled, without serving.

    `serve` does the same by itself, unless SCHEDULES=off. Any number of workers can run. Without
    --port, a worker doesn't listen.
    """
    from cli.working import work

    work(host, port)


@cli.command()
def check(
    workers: Annotated[int, typer.Option(min=1, help="Number of processes of `serve`.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check settings, database, Redis and the mail server for what is unsafe or missing.

    It sends no e-mail. Exits with 1 if something must be changed.
    """
    from cli.checking import check_everything
    from cli.running import read_settings, run
    from core.checks import Level

    findings = run(check_everything(read_settings(), workers))
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
    from cli.running import read_settings_and_log, run
    from db.migrations import migrate as apply_migrations

    run(apply_migrations(read_settings_and_log().database_url))
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
    from cli.accounts import bootstrap_company

    bootstrap_company(
        company, email, password, plan, currency, time_zone, stripe_account, as_json=as_json
    )


companies.command("create")(bootstrap)


@cli.command("reset-second-factor")
def reset_second_factor(
    email: Annotated[str, typer.Option(help="The address with which the person signs in.")],
) -> None:
    """Turn off the two-step sign-in of a person who lost it and whom nobody else can help.

    Their sessions end at every company, and they get an e-mail about it.
    """
    from cli.accounts import turn_off_second_factor

    turn_off_second_factor(email)


@cli.command()
def remind(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what is due, and send nothing.")
    ] = False,
) -> None:
    """Send the reminders that are due, once for each invoice and stage.

    It can run from cron, as often as you like, and several runs can overlap.
    """
    from cli.reminders import send_due_reminders

    send_due_reminders(dry_run=dry_run)


@cli.command()
def reconcile(
    days: Annotated[
        int,
        typer.Option(
            min=1, max=3650, help="Ask for refunds and disputes of the last so many days."
        ),
    ] = 180,
    full: Annotated[bool, typer.Option("--full", help="Compare every document.")] = False,
) -> None:
    """Apply what webhooks missed at Stripe, then compare what has changed with the ledger.

    Prints what is new at Stripe and what differs. Differences are not changed. It can run at any
    time. Exits with 1 if Stripe could not be asked, or if anything differs.
    """
    from cli.reconciliation import catch_up_and_compare

    catch_up_and_compare(days, full=full)


@cli.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, envvar="PORT", help="Port.")] = 8000,
) -> None:
    """Serve sample data from ./demo.db, which is recreated at each start."""
    from cli.sample_data import serve_demo

    serve_demo(host, port)


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
