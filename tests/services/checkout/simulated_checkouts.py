"""Checkouts as Stripe sees them: what can happen to one, and the events that report it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from integrations.stripe.webhook_payloads import REFUND_REQUEST
from models import Checkout, CheckoutStatus
from tests.support import stripe_payloads


@dataclass
class SimulatedCheckout:
    """Stripe's side of a checkout: its state, and the events that were sent."""

    id: UUID
    account: str
    amount: int
    session_id: str
    status: str = "open"
    payment_status: str = "unpaid"
    intent: str | None = None
    has_failed: bool = False
    refunds: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Amount and status by id."""
    disputes: dict[str, tuple[int, str]] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Our ids of refunds that we asked for, by Stripe's id."""
    events: list[stripe_payloads.Object] = field(default_factory=list)
    """Everything that Stripe has sent, in order."""

    @classmethod
    def of(cls, row: Checkout) -> "SimulatedCheckout":
        """Return Stripe's side of a checkout that was just created, or is pending."""
        session_id = row.session_id or stripe_payloads.new_id("cs")
        simulated = cls(row.id, row.account, row.amount, session_id)
        if row.status is CheckoutStatus.PENDING:
            simulated.complete("unpaid")
        return simulated

    def session(self) -> stripe_payloads.Object:
        """Return the session."""
        intent: Any = self.intent
        if self.has_failed:
            intent = {"id": intent, "status": "requires_payment_method"}
        return stripe_payloads.session(
            self.session_id,
            self.amount,
            status=self.status,
            payment_status=self.payment_status,
            payment_intent=intent,
            reference=str(self.id),
        )

    def refunded(self) -> int:
        """Return the amount of refunds that have not failed."""
        return sum(amount for amount, status in self.refunds.values() if status != "failed")

    def kept(self) -> int:
        """Return the amount that the business keeps in the end."""
        if self.payment_status != "paid":
            return 0
        disputed = [amount for amount, s in self.disputes.values() if s in {"open", "lost"}]
        return max(0, self.amount - self.refunded() - sum(disputed))

    def complete(self, payment_status: str) -> None:
        """Complete the session: `paid`, or `unpaid` with a delayed method."""
        self.status = "complete"
        self.payment_status = payment_status
        self.intent = stripe_payloads.new_id("pi")
        self._send("checkout.session.completed", self.session())

    def end_delayed(self, *, paid: bool) -> None:
        """Let a delayed method succeed or fail."""
        if paid:
            self.payment_status = "paid"
            self._send("checkout.session.async_payment_succeeded", self.session())
        else:
            self.has_failed = True
            # The PaymentIntent is not expanded in events.
            session = self.session() | {"payment_intent": self.intent}
            self._send("checkout.session.async_payment_failed", session)

    def expire(self) -> None:
        """Let the session expire."""
        self.status = "expired"
        self._send("checkout.session.expired", self.session())

    def refund(self, amount: int, status: str, request_id: str | None = None) -> str:
        """Let the business refund an amount, and return the refund's id."""
        id_ = stripe_payloads.new_id("re")
        self.refunds[id_] = (amount, status)
        if request_id is not None:
            self.requests[id_] = request_id
        self._send("refund.created", self.refund_object(id_))
        self._send("charge.refunded", stripe_payloads.charge(self.intent, self.refunded()))
        return id_

    def end_refund(self, id_: str, status: str) -> None:
        """Let a refund succeed, or fail even after that."""
        self.refunds[id_] = (self.refunds[id_][0], status)
        type_ = "refund.failed" if status == "failed" else "refund.updated"
        self._send(type_, self.refund_object(id_))

    def dispute(self, id_: str, amount: int, status: str) -> None:
        """Let the client's bank warn session, open or decide a dispute."""
        is_new = id_ not in self.disputes
        self.disputes[id_] = (amount, status)
        name = "created" if is_new else "closed" if status in {"won", "lost"} else "updated"
        self._send(f"charge.dispute.{name}", self.dispute_object(id_))
        if status == "open":
            self._send("charge.dispute.funds_withdrawn", self.dispute_object(id_))
        elif status == "won":
            self._send("charge.dispute.funds_reinstated", self.dispute_object(id_))

    def refund_object(self, id_: str) -> stripe_payloads.Object:
        """Return a refund."""
        amount, status = self.refunds[id_]
        refund = stripe_payloads.refund(self.intent, amount, id_=id_, status=status)
        request_id = self.requests.get(id_)
        return refund | {"metadata": {REFUND_REQUEST: request_id} if request_id else {}}

    def dispute_object(self, id_: str) -> stripe_payloads.Object:
        """Return a dispute."""
        amount, status = self.disputes[id_]
        names = {"warning": "warning_needs_response", "open": "needs_response"}
        return stripe_payloads.dispute(
            self.intent, amount, id_=id_, status=names.get(status, status)
        )

    def _send(self, type_: str, stripe_object: stripe_payloads.Object) -> None:
        self.events.append(stripe_payloads.event(type_, stripe_object, self.account))


def simulate(checkout: SimulatedCheckout, what: str, amount: int) -> None:
    """Let something happen at Stripe, if it is possible now."""
    is_paid = checkout.payment_status == "paid"
    is_delayed = checkout.status == "complete" and not is_paid and not checkout.has_failed
    left = checkout.amount - checkout.refunded()
    match what:
        case "pay" | "pay late" if checkout.status == "open":
            checkout.complete("paid" if what == "pay" else "unpaid")
        case "expire" if checkout.status == "open":
            checkout.expire()
        case "pay" | "fail" if is_delayed:
            checkout.end_delayed(paid=what == "pay")
        case "refund" | "refund later" if is_paid and left:
            status = "succeeded" if what == "refund" else "pending"
            checkout.refund(min(amount, left), status)
        case "refund succeeds" | "refund fails" if checkout.refunds:
            id_ = list(checkout.refunds)[amount % len(checkout.refunds)]
            if checkout.refunds[id_][1] != "failed":
                checkout.end_refund(id_, "failed" if what == "refund fails" else "succeeded")
        case "warning" | "dispute" if is_paid and not checkout.disputes:
            status = {"warning": "warning", "dispute": "open"}[what]
            checkout.dispute(stripe_payloads.new_id("dp"), min(amount, checkout.amount), status)
        case "dispute" | "win" | "lose" if checkout.disputes:
            [(id_, (disputed, status))] = checkout.disputes.items()
            after = {"dispute": "open", "win": "won", "lose": "lost"}[what]
            if (status, what) in {("warning", "dispute"), ("open", "win"), ("open", "lose")}:
                checkout.dispute(id_, disputed, after)
