"""Asking Stripe what a client paid with and why a payment failed, which its events don't say."""

import asyncio
from typing import Final

from errors import PaymentProviderError
from integrations.stripe.client import StripeClient, StripeRequestRejected
from integrations.stripe.payment_details import PaymentDetails
from integrations.stripe.webhook_payloads import Event, InvalidPayload, SessionReport
from models import Checkout, CheckoutStatus

_REPORTED: Final = frozenset({CheckoutStatus.PENDING, CheckoutStatus.FAILED, CheckoutStatus.PAID})
"""Statuses of a checkout whose client has entered what to pay with."""
_TIMEOUT: Final = 5.0
"""Seconds. The event is applied without the details then, so that no money is recorded late."""


async def look_up_details(stripe: StripeClient | None, event: Event) -> PaymentDetails | None:
    """Return the details of the payment that an event reports, or None if they aren't known.

    Stripe is only asked for events that change one of our checkouts.
    """
    report = _session_report(event)
    if stripe is None or event.account is None or report is None or report.payment_intent is None:
        return None
    checkout = await Checkout.get_or_none(session_id=report.session_id, account=event.account)
    if checkout is None or checkout.status.rank >= report.status.rank:
        return None
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await stripe.payment_details(event.account, report.payment_intent)
    except (PaymentProviderError, StripeRequestRejected, TimeoutError):
        return None


def _session_report(event: Event) -> SessionReport | None:
    if not event.is_handled:
        return None
    try:
        report = event.read()
    except InvalidPayload:
        return None  # it will be parked
    if isinstance(report, SessionReport) and report.status in _REPORTED:
        return report
    return None
