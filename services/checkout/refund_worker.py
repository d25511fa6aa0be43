"""Asking Stripe again for refunds that it hasn't answered, after a crash or a failure of Stripe.

A process claims a refund for a while and asks Stripe. If the process dies, another one claims the
refund later. Asking Stripe twice does no harm.
"""

import asyncio
from datetime import timedelta
from typing import Final, Self
from uuid import UUID

from structlog import get_logger

from core.background import PeriodicTask
from db.statements import database_time, execute, fetch
from integrations.stripe.client import StripeClient
from models import StripeRefund, StripeRefundStatus
from services.checkout.refunds import LEASE, process
from services.common.backlogs import MAX_COUNTED, Backlog

_POLL_INTERVAL: Final = 10.0
"""Seconds."""
_BATCH_SIZE: Final = 8
_MAX_PAUSE: Final = timedelta(hours=1)
_SHUTDOWN_TIMEOUT: Final = 5.0

log = get_logger(__name__)


class RefundWorker:
    """Continues unanswered refunds in the background. Without Stripe, there are none to ask for."""

    def __init__(self, stripe: StripeClient | None) -> None:
        self._stripe = stripe
        self._poller = PeriodicTask(
            "continue refunds",
            self._process_due,
            interval=_POLL_INTERVAL,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
        )

    async def __aenter__(self) -> Self:
        """Start."""
        if self._stripe is not None:
            self._poller.start()
            self._poller.wake()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. After 5 seconds, refunds in progress are left to other processes."""
        await self._poller.stop()

    async def _process_due(self) -> None:
        assert self._stripe is not None
        while not self._poller.is_stopping and (ids := await _claim_batch()):
            await asyncio.gather(*(_continue(self._stripe, refund_id) for refund_id in ids))


async def backlog() -> Backlog:
    """Return the refunds that Stripe hasn't answered."""
    [row] = await fetch(
        "SELECT count(*) AS length, min(created_at) AS oldest, min(next_attempt_at) AS due FROM ("
        " SELECT created_at, next_attempt_at FROM stripe_refund"
        f" WHERE status = 'REQUESTED' LIMIT {MAX_COUNTED}) AS waiting"
    )
    return Backlog.of("refund", row)


async def _claim_batch() -> list[UUID]:
    now = await database_time()
    rows = await fetch(
        "UPDATE stripe_refund SET next_attempt_at = $1"
        " WHERE id IN (SELECT id FROM stripe_refund"
        " WHERE status = 'REQUESTED' AND next_attempt_at <= $2"
        f" ORDER BY next_attempt_at LIMIT {_BATCH_SIZE} FOR NO KEY UPDATE SKIP LOCKED)"
        " RETURNING id",
        now + LEASE,
        now,
    )
    return [UUID(str(row["id"])) for row in rows]


async def _continue(stripe: StripeClient, refund_id: UUID) -> None:
    try:
        refund = await process(stripe, await StripeRefund.get(id=refund_id))
    except Exception:
        log.exception("refund.failed", refund=str(refund_id))
        return
    if refund.status is StripeRefundStatus.REQUESTED:
        # The longer Stripe hasn't answered, the longer we wait.
        now = await database_time()
        pause = min(max(LEASE, now - refund.created_at), _MAX_PAUSE)
        await execute(
            "UPDATE stripe_refund SET next_attempt_at = $1 WHERE id = $2 AND status = 'REQUESTED'",
            now + pause,
            refund_id,
        )
