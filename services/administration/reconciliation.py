"""Settling with Stripe what webhooks missed, and comparing what has changed, on a schedule."""

from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final

from structlog import get_logger

from integrations.stripe.client import StripeClient
from services.administration.schedules import Period
from services.checkout.stripe_sync import sync_from_stripe
from services.ledger.comparison import compare_changes

_OVERLAP: Final = timedelta(days=1)
"""How much longer than since the last run to ask Stripe about."""
_LONG_AGO: Final = timedelta(days=180)
"""How far back the daily run asks for refunds and disputes."""
_MAX_LOGGED: Final = 100
"""Differences that one run writes to the log."""

log = get_logger(__name__)


async def reconcile_hourly(period: Period, stripe: StripeClient | None) -> None:
    """Settle what is new at Stripe, then compare what has changed.

    Raises RuntimeError if Stripe could not be asked or a figure differs, after all else was done.
    """
    failed = await _sync(stripe, period.since - _OVERLAP, accounts=False)
    differing = await _compare(period.since)
    if failed or differing:
        raise RuntimeError(
            f"{failed} requests to Stripe failed, and {differing} documents differ from the ledger."
        )


async def reconcile_daily(period: Period, stripe: StripeClient | None) -> None:
    """Ask Stripe about every account, and about the refunds and disputes of half a year.

    Raises RuntimeError if Stripe could not be asked about some, after all else was done.
    """
    if failed := await _sync(stripe, period.until - _LONG_AGO, accounts=True):
        raise RuntimeError(f"{failed} requests to Stripe failed.")


async def _sync(stripe: StripeClient | None, since: datetime, *, accounts: bool) -> int:
    """Log what is new at Stripe; return how many requests failed."""
    failed = 0
    if stripe is None:
        return failed
    async with aclosing(sync_from_stripe(stripe, since, accounts=accounts)) as news:
        async for item in news:
            failed += item.failed
            write = log.warning if item.failed else log.info
            write("reconciliation.stripe", result=str(item))
    return failed


async def _compare(since: datetime) -> int:
    """Log what differs; return how many documents do."""
    differing = 0
    async for compared in compare_changes(since):
        if compared.differences:
            differing += 1
            if differing <= _MAX_LOGGED:
                log.error("reconciliation.differs", found=list(map(str, compared.differences)))
    return differing
