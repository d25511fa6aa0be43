"""Stripe's side of refunds that staff ask for: it answers, refuses, fails, or loses its answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from errors import PaymentProviderError, PaymentUnavailable
from integrations.stripe.client import StripeRequestRejected
from integrations.stripe.webhook_payloads import PaymentReversalReport, refund_report
from tests.services.checkout.simulated_checkouts import SimulatedCheckout


@dataclass
class SimulatedStripe:
    """What of Stripe's API refunds need, for simulated checkouts."""

    checkouts: list[SimulatedCheckout] = field(default_factory=list)
    answers: str = "yes"
    """"yes", "down" before anything is done, or "lost" once it is done."""
    made: dict[str, str] = field(default_factory=dict)
    """Refunds by idempotency key."""

    async def payment_currency(self, _: str, __: str) -> str:
        """Return the currency of a payment."""
        return "EUR"

    async def create_refund(
        self, _: str, key: str, payment_intent: str, amount: int, request_id: str
    ) -> PaymentReversalReport:
        """Refund an amount, once for each key."""
        if self.answers == "down":
            raise PaymentProviderError
        checkout = self._find(payment_intent)
        if key not in self.made:
            if any(status in {"open", "lost"} for _, status in checkout.disputes.values()):
                raise StripeRequestRejected(PaymentUnavailable(), code="charge_disputed")
            if amount > checkout.amount - checkout.refunded():
                raise StripeRequestRejected(PaymentUnavailable(), "amount")
            self.made[key] = checkout.refund(amount, "pending", request_id)
        if self.answers == "lost":
            raise PaymentProviderError
        return refund_report(checkout.refund_object(self.made[key]))

    async def refunds_of(self, _: str, payment_intent: str) -> AsyncIterator[PaymentReversalReport]:
        """Yield the refunds of a payment."""
        checkout = self._find(payment_intent)
        for id_ in checkout.refunds:
            yield refund_report(checkout.refund_object(id_))

    def _find(self, payment_intent: str) -> SimulatedCheckout:
        [checkout] = [each for each in self.checkouts if each.intent == payment_intent]
        return checkout
