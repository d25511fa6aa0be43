"""Seeing to attempts to pay that were called off, or whose opening nobody has finished.

Each is taken for a while by one process, which tells Stripe. Whatever happens to that process,
another takes it later: telling Stripe again does no harm.
"""

import asyncio
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from structlog import get_logger

from db.statements import fetch
from errors import PaymentProviderError
from integrations.stripe.client import Gateway
from models import Checkout, CheckoutStatus
from services.checkout.stripe_sessions import close, give_up

LOOK_EVERY: Final = 2.0
"""Seconds between looks."""
_TAKEN_FOR: Final = timedelta(seconds=90)
"""Longer than telling Stripe takes, four calls at most; a failed one is tried again then."""
_AT_ONCE: Final = 8
_PATIENCE: Final = 5.0
"""Seconds that somebody waits for what he has called off; it goes on behind his back."""
_LAST_WORDS: Final = 5.0
_GIVE_UP_AFTER: Final = timedelta(days=1)
"""After its end, an attempt of which Stripe does not say how it ended has ended."""

log = get_logger(__name__)


class CheckoutExpiryWorker:
    """Looks after attempts in the background, and at once for who waits."""

    def __init__(self, gateway: Gateway | None) -> None:
        self._gateway = gateway
        self._looking: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[int]] = set()

    def open(self) -> None:
        """Start to look regularly, if there is somebody to tell."""
        if self._gateway is not None:
            self._looking = asyncio.create_task(self._look_regularly(self._gateway))

    async def close(self) -> None:
        """Stop. What is being told is waited for, not for long; others do it then."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self._working:
            _, late = await asyncio.wait(self._working, timeout=_LAST_WORDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def process_now(self, company_id: UUID) -> None:
        """Tell Stripe what the company has called off. Waits 5 seconds at most, and never fails."""
        if self._gateway is None:
            return
        # In a context of its own: it may go on longer than the request.
        task = asyncio.create_task(drain(self._gateway, company_id), context=Context())
        self._working.add(task)
        task.add_done_callback(self._done)
        await asyncio.wait({task}, timeout=_PATIENCE)

    def _done(self, task: asyncio.Task[int]) -> None:
        self._working.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            log.warning("unfinished.not_seen_to", fault=repr(fault))

    async def _look_regularly(self, gateway: Gateway) -> None:
        while True:
            try:
                while await drain(gateway):
                    pass
            except Exception:  # the database is away: look again later
                log.warning("unfinished.look_failed", exc_info=True)
            await asyncio.sleep(LOOK_EVERY)


async def drain(gateway: Gateway, company_id: UUID | None = None) -> int:
    """Tell Stripe of some attempts that are due, of one company or of any; returns how many."""
    ids = await _take(company_id)
    await asyncio.gather(*(_finish(gateway, checkout_id) for checkout_id in ids))
    return len(ids)


async def _take(company_id: UUID | None) -> list[UUID]:
    """Return some attempts that are due, called off: by now nobody else opens them."""
    now = datetime.now(UTC)
    of_company = "" if company_id is None else " AND company_id = $3"
    rows = await fetch(
        "UPDATE checkout SET status = 'EXPIRING', next_look_at = $1"
        " WHERE id IN (SELECT id FROM checkout"
        f" WHERE status IN ('OPENING', 'EXPIRING') AND next_look_at <= $2{of_company}"
        f" ORDER BY next_look_at LIMIT {_AT_ONCE} FOR NO KEY UPDATE SKIP LOCKED) RETURNING id",
        now + _TAKEN_FOR,
        now,
        *([] if company_id is None else [company_id]),
    )
    return [UUID(str(row["id"])) for row in rows]


async def _finish(gateway: Gateway, checkout_id: UUID) -> None:
    checkout = await Checkout.get(id=checkout_id)
    if checkout.status is not CheckoutStatus.EXPIRING:
        return
    try:
        await close(gateway, checkout)
    except PaymentProviderError:
        # Nobody was ever led to a session that was not noted.
        patience = _GIVE_UP_AFTER if checkout.session_id else timedelta(0)
        if datetime.now(UTC) - checkout.expires_at > patience:
            await give_up(checkout_id)
    except Exception:
        log.exception("unfinished.fault", checkout=str(checkout_id))
