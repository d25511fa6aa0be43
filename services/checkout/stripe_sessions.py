"""The Stripe session of one checkout: created, recorded, retrieved and expired.

Every step is safe to repeat, by any process and at any time.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from structlog import get_logger

from db.statements import database_time, execute
from db.transactions import transactional
from errors import PaymentProviderError
from integrations.stripe.client import (
    OpenedSession,
    StripeClient,
    StripeRequestRejected,
    StripeServerError,
)
from integrations.stripe.webhook_payloads import SessionReport
from models import Checkout, CheckoutStatus
from services.checkout.settlement import ReportMismatch, settle_session
from services.checkout.shares import save_moved

OPENING_TIMEOUT: Final = timedelta(minutes=2)
"""A checkout that has no session after this is expired."""
_REQUEST_TIMEOUT: Final = timedelta(seconds=30)
"""How long the request that reserved a checkout is at work: longer than a call to Stripe takes."""
_CLOCK_SKEW: Final = timedelta(minutes=10)
"""How far Stripe's clock may be behind ours."""

log = get_logger(__name__)


def is_being_opened(checkout: Checkout, now: datetime) -> bool:
    """Whether the request that reserved the checkout is still waiting for Stripe.

    `now` is the database's time.
    """
    left = checkout.next_look_at - now
    at_work = left > OPENING_TIMEOUT - _REQUEST_TIMEOUT
    return checkout.status is CheckoutStatus.OPENING and at_work


async def create_session(stripe: StripeClient, checkout: Checkout) -> OpenedSession:
    """Create the checkout's session at Stripe; repeated calls return the same session.

    Stripe repeats a failure of its own for the same key. So after one, the session is looked for.
    Raises StripeServerError if there is none, StripeRequestRejected, and PaymentProviderError.
    """
    try:
        return await stripe.create_checkout_session(
            checkout.account, str(checkout.id), checkout.request
        )
    except StripeServerError:
        opened = await _find_session(stripe, checkout)
        if opened is None:
            raise
        return opened


async def _find_session(stripe: StripeClient, checkout: Checkout) -> OpenedSession | None:
    """Return the checkout's session if Stripe has created it. Raises PaymentProviderError."""
    since = checkout.created_at - _CLOCK_SKEW
    try:
        return await stripe.find_session(checkout.account, str(checkout.id), since)
    except (StripeRequestRejected, StripeServerError) as failure:
        raise PaymentProviderError from failure  # we still don't know


@transactional
async def record_opened(checkout_id: UUID, opened: OpenedSession) -> Checkout:
    """Store the session that Stripe created. A checkout that is EXPIRING by now stays so."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.session_id is None:
        checkout.session_id = opened.id
        checkout.url = opened.url
        # Without an address, it has ended already. Who expires it learns how.
        if checkout.move_to(CheckoutStatus.OPEN if opened.url else CheckoutStatus.EXPIRING):
            checkout.opened_at = datetime.now(UTC)
        await save_moved(checkout, "session_id", "url", "opened_at")
    return checkout


@transactional
async def record_failed(checkout_id: UUID) -> None:
    """Note that the request that reserved a checkout has given up, so nobody waits for it."""
    await execute(
        "UPDATE checkout SET next_look_at = $1 WHERE id = $2 AND status = 'OPENING'",
        await database_time() + OPENING_TIMEOUT - _REQUEST_TIMEOUT,
        checkout_id,
    )


@transactional
async def record_rejected(checkout_id: UUID) -> Checkout:
    """End a checkout for which Stripe has refused to create a session."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.session_id is None and checkout.move_to(CheckoutStatus.EXPIRED):
        await save_moved(checkout)
    return checkout


@transactional
async def give_up(checkout_id: UUID) -> Checkout:
    """End a checkout without a report from Stripe, unless it has moved on."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.move_to(CheckoutStatus.EXPIRED):
        await save_moved(checkout)
    return checkout


async def close(stripe: StripeClient, checkout: Checkout) -> Checkout:
    """End a checkout at Stripe, so that nobody can pay it any more, or settle it if it was paid.

    Raises PaymentProviderError if that is not possible now.
    """
    checkout = await _ensure_session(stripe, checkout)
    if checkout.session_id is None:  # there is nothing to expire
        return checkout
    try:
        report = await _expire_or_retrieve(stripe, checkout)
    except StripeRequestRejected as rejection:
        # Stripe doesn't tell us about a disconnected account. Its session ends by itself.
        if datetime.now(UTC) < checkout.expires_at:
            raise PaymentProviderError from rejection
        return await give_up(checkout.id)
    checkout = await settle(checkout, report)
    if checkout.can_be_paid:
        raise PaymentProviderError
    return checkout


async def _ensure_session(stripe: StripeClient, checkout: Checkout) -> Checkout:
    """Create the checkout's session if we don't know one: an earlier call may have created it.

    A checkout ends without one if Stripe rejects it, or still has none when all calls have ended.
    """
    if checkout.session_id is not None:
        return checkout
    try:
        opened = await create_session(stripe, checkout)
    except StripeRequestRejected:
        return await record_rejected(checkout.id)
    except StripeServerError:
        if datetime.now(UTC) - checkout.created_at < OPENING_TIMEOUT:
            raise
        return await give_up(checkout.id)
    return await record_opened(checkout.id, opened)


async def _expire_or_retrieve(stripe: StripeClient, checkout: Checkout) -> SessionReport:
    """Expire the session. If it has ended already, retrieve how."""
    assert checkout.session_id is not None
    try:
        return await stripe.expire_session(checkout.account, checkout.session_id)
    except StripeRequestRejected:
        return await retrieve(stripe, checkout)


async def retrieve(stripe: StripeClient, checkout: Checkout) -> SessionReport:
    """Return the state of the checkout's session at Stripe.

    Raises PaymentProviderError, and StripeRequestRejected if we have lost access to the account.
    """
    assert checkout.session_id is not None
    return await stripe.retrieve_session(checkout.account, checkout.session_id)


async def settle(checkout: Checkout, report: SessionReport) -> Checkout:
    """Apply Stripe's answer to the checkout. Raises PaymentProviderError if it doesn't match."""
    try:
        return await settle_session(checkout.id, report)
    except ReportMismatch as mismatch:
        log.warning("checkout.mismatch", checkout=str(checkout.id), detail=str(mismatch))
        raise PaymentProviderError from mismatch
