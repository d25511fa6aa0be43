"""The session of one attempt to pay: asked for, noted, looked at, and closed.

Each may be repeated by anybody at any time.
"""

import json
from datetime import UTC, datetime
from uuid import UUID

from structlog import get_logger

from db.transactions import transactional
from errors import PaymentProviderError
from integrations.stripe.client import Gateway, OpenedSession, Refused
from integrations.stripe.webhook_payloads import SessionReport
from models import Checkout, CheckoutStatus
from services.checkout.settlement import Unfit, settle_session

log = get_logger(__name__)


async def ask_for(gateway: Gateway, checkout: Checkout) -> OpenedSession:
    """Return the session of an attempt: the same, however often it is asked for.

    Raises Refused, and PaymentProviderError.
    """
    request = json.loads(checkout.request)
    try:
        return await gateway.create_session(checkout.account, str(checkout.id), request)
    except Refused as refusal:
        if refusal.parameter != "customer_email" or not request.pop("customer_email", None):
            raise
    # Stripe does not like the address. The client can type it there.
    key = f"{checkout.id}-without-email"
    return await gateway.create_session(checkout.account, key, request)


@transactional
async def note_opened(checkout_id: UUID, opened: OpenedSession) -> Checkout:
    """Return the attempt with its session. If it was called off meanwhile, it stays so."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.session_id is None:
        checkout.session_id, checkout.url = opened.id, opened.url
        if checkout.url:
            checkout.move_to(CheckoutStatus.OPEN)
        await checkout.save(update_fields=["session_id", "url", "status", "payable_for"])
    return checkout


@transactional
async def note_refused(checkout_id: UUID) -> Checkout:
    """Return the attempt, ended: Stripe has refused to make a session for it."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.session_id is None and checkout.move_to(CheckoutStatus.EXPIRED):
        await checkout.save(update_fields=["status", "payable_for"])
    return checkout


@transactional
async def give_up(checkout_id: UUID) -> Checkout:
    """Return the attempt, ended unless it has come further."""
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    if checkout.move_to(CheckoutStatus.EXPIRED):
        await checkout.save(update_fields=["status", "payable_for"])
    return checkout


async def close(gateway: Gateway, checkout: Checkout) -> Checkout:
    """Return the attempt once Stripe lets nobody pay with it, or as it was paid.

    Raises PaymentProviderError if that could not be brought about now.
    """
    if checkout.session_id is None:
        try:
            opened = await ask_for(gateway, checkout)
        except Refused:
            return await note_refused(checkout.id)
        checkout = await note_opened(checkout.id, opened)
    session_id = checkout.session_id
    assert session_id is not None
    try:
        report = await gateway.expire_session(checkout.account, session_id)
    except Refused:
        # It is complete or expired, then: only Stripe knows which.
        try:
            report = await look(gateway, checkout)
        except Refused as refusal:
            # Of an account that was taken away Stripe says nothing. Its session ends by itself.
            if datetime.now(UTC) < checkout.expires_at:
                raise PaymentProviderError from refusal
            return await give_up(checkout.id)
    checkout = await settle(checkout, report)
    if checkout.can_be_paid:
        raise PaymentProviderError
    return checkout


async def look(gateway: Gateway, checkout: Checkout) -> SessionReport:
    """Return what Stripe says of the session of an attempt.

    Raises PaymentProviderError, and Refused if Stripe does not let us ask.
    """
    assert checkout.session_id is not None
    return await gateway.retrieve_session(checkout.account, checkout.session_id)


async def settle(checkout: Checkout, report: SessionReport) -> Checkout:
    """Return the attempt with what Stripe has answered of it.

    Raises PaymentProviderError if the answer is about something else.
    """
    try:
        return await settle_session(checkout.id, report)
    except Unfit as reason:
        log.warning("checkout.unfit", checkout=str(checkout.id), reason=str(reason))
        raise PaymentProviderError from reason
