"""What the scheduled commands print while they work, and in the end."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import typer

from integrations.mail.errors import MailServerUnreachable
from models import EmailDelivery
from services.email.delivery_worker import DeliveryWorker
from services.ledger.integrity import Difference
from settings import Settings

REPORTED: Final = 100
"""Rows that are read at a time, and e-mails between two lines of progress."""
_COMPARED: Final = 50_000
"""Documents between two lines of progress."""


async def send_reminders(worker: DeliveryWorker, *, total: int) -> None:
    """Send everything in the queue, including what was there before."""
    done = 0
    try:
        async with aclosing(worker.drain()) as claims:
            async for _ in claims:
                done += 1
                if done % REPORTED == 0:
                    typer.echo(f"{done} e-mails sent; {total} reminders were due …", err=True)
    except MailServerUnreachable as failure:
        typer.echo(f"The mail server can't be reached: {failure.detail}", err=True)


async def report_reminders(queued: dict[UUID, str]) -> None:
    """Print what became of the reminders. Queued ones are sent later by a serving process."""
    tally: Counter[str] = Counter()
    ids = list(queued)
    for start in range(0, len(ids), REPORTED):
        for delivery in await EmailDelivery.filter(id__in=ids[start : start + REPORTED]):
            state = delivery.status.lower()
            tally[state] += 1
            detail = f" ({delivery.detail})" if delivery.detail else ""
            typer.echo(f"{queued[delivery.id]}: {state}{detail}")
    counted = ", ".join(f"{count} {state}" for state, count in sorted(tally.items()))
    typer.echo(f"{len(ids)} reminders{': ' if counted else ''}{counted}.")


async def catch_up(settings: Settings, days: int) -> int:
    """Print what is new at Stripe; return how many requests failed."""
    # Only this needs Stripe's library, which takes long to import.
    from integrations.stripe.client import open_stripe_client
    from services.checkout.stripe_sync import sync_from_stripe

    failed = 0
    async with open_stripe_client(settings) as stripe:
        if stripe is None:
            return 0
        count = 0
        since = datetime.now(UTC) - timedelta(days=days)
        async with aclosing(sync_from_stripe(stripe, since)) as news:
            async for item in news:
                count += 1
                failed += item.failed
                typer.echo(item, err=item.failed)
        typer.echo(f"Asked Stripe: {count or 'nothing'} new, {failed or 'none'} failed.")
    return failed


async def compare_documents(compared: AsyncGenerator[list[Difference], None], noun: str) -> int:
    """Print what differs; return how many documents do."""
    count = differing = 0
    async for differences in compared:
        count += 1
        differing += bool(differences)
        for difference in differences:
            typer.echo(difference)
        if count % _COMPARED == 0:
            typer.echo(f"{count} {noun} compared …", err=True)
    typer.echo(f"{count} {noun} compared, {differing or 'none'} differ.")
    return differing
