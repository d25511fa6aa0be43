"""`invotify reconcile`: apply what webhooks missed, and compare documents with the ledger."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

from cli.running import open_database, read_settings_and_log, run
from integrations.stripe.client import open_stripe_client
from services.checkout.stripe_sync import sync_from_stripe
from services.ledger.comparison import (
    ACCOUNTS,
    REMINDERS,
    VIEW_COUNTS,
    Compared,
    compare_changes,
    compare_everything,
)
from settings import Settings

_NOUNS: Final = ("invoices", "credit notes", "checkouts", ACCOUNTS, VIEW_COUNTS, REMINDERS)
_COMPARED: Final = 50_000
"""Documents between two lines of progress."""


def catch_up_and_compare(days: int, *, full: bool) -> None:
    """Ask Stripe about so many days, then compare. Ends with 1 if anything is wrong."""
    settings = read_settings_and_log()

    async def settle_and_compare() -> int:
        async with open_database(settings):
            since = datetime.now(UTC) - timedelta(days=days)
            compared = compare_everything() if full else compare_changes(since)
            return await _catch_up(settings, since) + await _compare(compared)

    if run(settle_and_compare()):
        raise typer.Exit(1)


async def _catch_up(settings: Settings, since: datetime) -> int:
    """Print what is new at Stripe; return how many requests failed."""
    failed = 0
    async with open_stripe_client(settings) as stripe:
        if stripe is None:
            return 0
        count = 0
        async with aclosing(sync_from_stripe(stripe, since)) as news:
            async for item in news:
                count += 1
                failed += item.failed
                typer.echo(item, err=item.failed)
        typer.echo(f"Asked Stripe: {count or 'nothing'} new, {failed or 'none'} failed.")
    return failed


async def _compare(documents: AsyncGenerator[Compared, None]) -> int:
    """Print what differs; return how many documents do."""
    count = dict.fromkeys(_NOUNS, 0)
    differing = dict.fromkeys(_NOUNS, 0)
    async with aclosing(documents) as compared:
        async for each in compared:
            count[each.noun] += 1
            differing[each.noun] += bool(each.differences)
            for difference in each.differences:
                typer.echo(difference)
            if count[each.noun] % _COMPARED == 0:
                typer.echo(f"{count[each.noun]} {each.noun} compared …", err=True)
    for noun in _NOUNS:
        typer.echo(f"{count[noun]} {noun} compared, {differing[noun] or 'none'} differ.")
    return sum(differing.values())
