"""`invotify remind`: queue the reminders that are due, and send them."""

from collections import Counter
from contextlib import aclosing
from typing import Final
from uuid import UUID

import typer

from cli.running import open_database, read_settings_and_log, run
from db.connections import DATABASE_ERRORS
from errors import PortalError
from integrations.mail.errors import MailServerUnreachable
from models import EmailDelivery
from pdf.worker_pool import open_worker_pool
from services.email.daily_limits import daily_limits_of
from services.email.delivery_worker import DeliveryWorker, make_transport
from services.email.reminders import describe_outcome, due_reminders, queue_reminders
from settings import Settings

_REPORTED: Final = 100
"""Rows that are read at a time, and e-mails between two lines of progress."""


def send_due_reminders(*, dry_run: bool) -> None:
    """Send what is due, or only list it."""
    run(_open_and_remind(read_settings_and_log(), dry_run=dry_run))


async def _open_and_remind(settings: Settings, *, dry_run: bool) -> None:
    async with open_database(settings):
        await remind(settings, dry_run=dry_run)


async def remind(settings: Settings, *, dry_run: bool = False) -> None:
    """Send what is due, or only list it, from the database that is open."""
    queued: dict[UUID, str] = {}
    limits = daily_limits_of(settings)
    found = troubled = False
    async for due in due_reminders(plan=not dry_run):
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
        if len(queued) // _REPORTED > before // _REPORTED:
            typer.echo(f"{len(queued)} reminders queued …", err=True)
    if not dry_run:
        async with open_worker_pool(settings) as pdf:
            worker = DeliveryWorker(settings, make_transport(settings), pdf)
            await _send(worker, total=len(queued))
        await _report(queued)
    elif not found:
        typer.echo("No reminders are due.")
    if troubled:
        raise typer.Exit(1)


async def _send(worker: DeliveryWorker, *, total: int) -> None:
    """Send everything in the queue, including what was there before."""
    done = 0
    try:
        async with aclosing(worker.drain()) as claims:
            async for _ in claims:
                done += 1
                if done % _REPORTED == 0:
                    typer.echo(f"{done} e-mails sent; {total} reminders were due …", err=True)
    except MailServerUnreachable as failure:
        typer.echo(f"The mail server can't be reached: {failure.detail}", err=True)


async def _report(queued: dict[UUID, str]) -> None:
    """Print what became of the reminders. Queued ones are sent later by a serving process."""
    tally: Counter[str] = Counter()
    ids = list(queued)
    for start in range(0, len(ids), _REPORTED):
        for delivery in await EmailDelivery.filter(id__in=ids[start : start + _REPORTED]):
            state = delivery.status.lower()
            tally[state] += 1
            detail = f" ({delivery.detail})" if delivery.detail else ""
            typer.echo(f"{queued[delivery.id]}: {state}{detail}")
    counted = ", ".join(f"{count} {state}" for state, count in sorted(tally.items()))
    typer.echo(f"{len(ids)} reminders{': ' if counted else ''}{counted}.")
