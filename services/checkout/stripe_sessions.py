"""The Stripe session of one checkout: created, recorded, retrieved and expired.

Every step is safe to repeat, by any process and at any time.
"""

from datetime import UTC, datetime
from uuid import UUID

from structlog import get_logger

from db.transactions import transactional
from errors import PaymentProviderError
from integrations.stripe.client import OpenedSession, StripeClient, StripeRequestRejected
from integrations.stripe.webhook_payloads import SessionReport
from models import Checkout, CheckoutStatus
from services.checkout.settlement import ReportMismatch, settle_session

log = get_logger(__name__)


async def create_session(stripe: StripeClient, checkout: Checkout) -> OpenedSession:
    """Create the checkout's session at Stripe; repeated calls return the same session.

    Raises StripeRequestRejected and PaymentProviderError.
    """
    return await stripe.create_checkout_session(
        checkout.account, str(checkout.id), checkout.request
    )


@transactional
async def record_opened(checkout_id: UUID, opened: OpenedSession) -> Checkout:
    """Store the session that Stripe created. A checkout that is EXPIRING by now stays so."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.session_id is None:
        checkout.session_id = opened.id
        checkout.url = opened.url
        if checkout.url:
            checkout.move_to(CheckoutStatus.OPEN)
        await checkout.save(update_fields=["session_id", "url", "status", "payable_for"])
    return checkout


@transactional
async def record_rejected(checkout_id: UUID) -> Checkout:
    """End a checkout for which Stripe has refused to create a session."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.session_id is None and checkout.move_to(CheckoutStatus.EXPIRED):
        await checkout.save(update_fields=["status", "payable_for"])
    return checkout


@transactional
async def give_up(checkout_id: UUID) -> Checkout:
    """End a checkout without a report from Stripe, unless it has moved on."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.move_to(CheckoutStatus.EXPIRED):
        await checkout.save(update_fields=["status", "payable_for"])
    return checkout


async def close(stripe: StripeClient, checkout: Checkout) -> Checkout:
    """End a checkout at Stripe, so that nobody can pay it any more, or settle it if it was paid.

    Raises PaymentProviderError if that is not possible now.
    """
    checkout = await _ensure_session(stripe, checkout)
    if checkout.session_id is None:  # Stripe rejects it: there is nothing to expire
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
    """Create the checkout's session if we don't know one: an earlier call may have created it."""
    if checkout.session_id is not None:
        return checkout
    try:
        opened = await create_session(stripe, checkout)
    except StripeRequestRejected:
        return await record_rejected(checkout.id)
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
