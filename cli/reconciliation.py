"""`invotify reconcile`: apply what webhooks missed, and compare documents with the ledger."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

from cli.running import open_database, read_settings_and_log, run
from integrations.stripe.client import open_stripe_client
from services.checkout.stripe_sync import sync_from_stripe
from services.ledger.integrity import (
    Difference,
    compare_checkouts,
    compare_credit_notes,
    compare_invoices,
)
from settings import Settings

_COMPARED: Final = 50_000
"""Documents between two lines of progress."""


def catch_up_and_compare(days: int) -> None:
    """Ask Stripe about so many days, then compare everything. Ends with 1 if anything is wrong."""
    settings = read_settings_and_log()

    async def settle_and_compare() -> int:
        async with open_database(settings):
            return (
                await _catch_up(settings, days)
                + await _compare(compare_invoices(), "invoices")
                + await _compare(compare_credit_notes(), "credit notes")
                + await _compare(compare_checkouts(), "checkouts")
            )

    if run(settle_and_compare()):
        raise typer.Exit(1)


async def _catch_up(settings: Settings, days: int) -> int:
    """Print what is new at Stripe; return how many requests failed."""
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


async def _compare(compared: AsyncGenerator[list[Difference], None], noun: str) -> int:
    """Print what differs; return how many do."""
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
