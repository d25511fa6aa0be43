"""Telling Stripe about checkouts that expire here, and cleaning up those that were never opened.

A process claims a checkout for a while, by the database's clock, and tells Stripe. If the process
dies, another one claims the checkout later. Telling Stripe twice does no harm.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from structlog import get_logger

from core.background import BackgroundTasks, PeriodicTask
from db.statements import database_time, fetch
from errors import PaymentProviderError
from integrations.stripe.client import StripeClient
from models import Checkout, CheckoutStatus
from services.checkout.stripe_sessions import close, give_up
from services.common.backlogs import MAX_COUNTED, Backlog

_POLL_INTERVAL: Final = 2.0
"""Seconds."""
_CLAIM_TTL: Final = timedelta(seconds=110)
"""Longer than the at most five calls to Stripe take. A failed checkout is tried again after it."""
_BATCH_SIZE: Final = 8
_WAIT_TIMEOUT: Final = 5.0
"""Seconds for which a request waits for Stripe. The work continues in the background."""
_SHUTDOWN_TIMEOUT: Final = 5.0
_GIVE_UP_AFTER: Final = timedelta(days=1)
"""How long after its end a checkout counts as expired if Stripe does not say how it ended."""

log = get_logger(__name__)


class CheckoutExpiryWorker:
    """Processes expiring checkouts in the background, and at once when a request waits for it."""

    def __init__(self, stripe: StripeClient | None, *, polls: bool = True) -> None:
        """With `polls`, process all that is due. Otherwise only what requests wait for."""
        self._stripe = stripe
        self._polls = polls
        self._poller = PeriodicTask(
            "expire checkouts",
            self._process_all,
            interval=_POLL_INTERVAL,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
        )
        self._requested = BackgroundTasks("expire checkouts", shutdown_timeout=_SHUTDOWN_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Start polling, if it polls. Without Stripe, there is nothing to do."""
        if self._polls and self._stripe is not None:
            self._poller.start()
            self._poller.wake()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. After 5 seconds, checkouts in progress are left to other processes."""
        await asyncio.gather(self._poller.stop(), self._requested.stop())

    async def process_now(self, company_id: UUID) -> None:
        """Tell Stripe about the company's expiring checkouts. Waits 5 seconds at most."""
        if self._stripe is not None:
            batch = process_batch(self._stripe, company_id)
            await self._requested.run(batch, wait=_WAIT_TIMEOUT)

    async def _process_all(self) -> None:
        assert self._stripe is not None
        while not self._poller.is_stopping and await process_batch(self._stripe):
            pass


async def process_batch(stripe: StripeClient, company_id: UUID | None = None) -> int:
    """Process some of the checkouts that are due, of one company or of all; returns how many."""
    ids = await _claim_batch(company_id)
    await asyncio.gather(*(_process(stripe, checkout_id) for checkout_id in ids))
    return len(ids)


async def backlog() -> Backlog:
    """Return the checkouts that Stripe is to be told about."""
    [row] = await fetch(
        "SELECT count(*) AS length, min(created_at) AS oldest, min(next_look_at) AS due FROM ("
        " SELECT created_at, next_look_at FROM checkout"
        f" WHERE status IN ('OPENING', 'EXPIRING') LIMIT {MAX_COUNTED}) AS waiting"
    )
    return Backlog.of("checkout", row)


async def _claim_batch(company_id: UUID | None) -> list[UUID]:
    """Return some of the checkouts that are due, which are now EXPIRING: nobody else opens them."""
    now = await database_time()
    of_company = "" if company_id is None else " AND company_id = $3"
    rows = await fetch(
        "UPDATE checkout SET status = 'EXPIRING', next_look_at = $1"
        " WHERE id IN (SELECT id FROM checkout"
        f" WHERE status IN ('OPENING', 'EXPIRING') AND next_look_at <= $2{of_company}"
        f" ORDER BY next_look_at LIMIT {_BATCH_SIZE} FOR NO KEY UPDATE SKIP LOCKED) RETURNING id",
        now + _CLAIM_TTL,
        now,
        *([] if company_id is None else [company_id]),
    )
    return [UUID(str(row["id"])) for row in rows]


async def _process(stripe: StripeClient, checkout_id: UUID) -> None:
    checkout = await Checkout.get(id=checkout_id)
    if checkout.status is not CheckoutStatus.EXPIRING:
        return
    try:
        await close(stripe, checkout)
    except PaymentProviderError:
        # Without a stored session, no client has ever been sent to Stripe.
        grace = _GIVE_UP_AFTER if checkout.session_id else timedelta(0)
        if datetime.now(UTC) - checkout.expires_at > grace:
            await give_up(checkout_id)
    except Exception:
        log.exception("checkout_expiry.failed", checkout=str(checkout_id))
