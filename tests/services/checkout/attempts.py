"""Attempts to pay as Stripe knows them: what can happen to one, and the events that tell of it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import Checkout, CheckoutStatus
from tests.support import stripe_payloads


@dataclass
class Attempt:
    """What Stripe knows of an attempt to pay, and what it sends."""

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
    events: list[stripe_payloads.Object] = field(default_factory=list)
    """All that Stripe has sent, in its order."""

    @classmethod
    def of(cls, row: Checkout) -> "Attempt":
        """Return Stripe's side of an attempt that was just begun, or is pending."""
        session_id = row.session_id or stripe_payloads.new_id("cs")
        attempt = cls(row.id, row.account, row.amount, session_id)
        if row.status is CheckoutStatus.PENDING:
            attempt.complete("unpaid")
        return attempt

    def session(self) -> stripe_payloads.Object:
        """Return the session as it is now."""
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
        """Return how much was refunded and has not come back."""
        return sum(amount for amount, status in self.refunds.values() if status != "failed")

    def kept(self) -> int:
        """Return what the business has of it in the end."""
        if self.payment_status != "paid":
            return 0
        taken = [amount for amount, said in self.disputes.values() if said in {"open", "lost"}]
        return max(0, self.amount - self.refunded() - sum(taken))

    def complete(self, payment_status: str) -> None:
        """Have the client go through with it: `paid`, or `unpaid` by a late method."""
        self.status, self.payment_status = "complete", payment_status
        self.intent = stripe_payloads.new_id("pi")
        self._send("checkout.session.completed", self.session())

    def end_late(self, *, paid: bool) -> None:
        """Have a late method succeed or fail."""
        if paid:
            self.payment_status = "paid"
            self._send("checkout.session.async_payment_succeeded", self.session())
        else:
            self.has_failed = True
            # An event's object has the bare id.
            about = self.session() | {"payment_intent": self.intent}
            self._send("checkout.session.async_payment_failed", about)

    def expire(self) -> None:
        """Have nobody go through with it."""
        self.status = "expired"
        self._send("checkout.session.expired", self.session())

    def refund(self, amount: int, status: str) -> None:
        """Have the business give something back."""
        id_ = stripe_payloads.new_id("re")
        self.refunds[id_] = (amount, status)
        self._send("refund.created", self.refund_object(id_))
        self._send("charge.refunded", stripe_payloads.charge(self.intent, self.refunded()))

    def end_refund(self, id_: str, status: str) -> None:
        """Have a refund succeed, or fail even after that."""
        self.refunds[id_] = (self.refunds[id_][0], status)
        type_ = "refund.failed" if status == "failed" else "refund.updated"
        self._send(type_, self.refund_object(id_))

    def dispute(self, id_: str, amount: int, status: str) -> None:
        """Have the client's bank ask, take the money, or decide."""
        is_new = id_ not in self.disputes
        self.disputes[id_] = (amount, status)
        name = "created" if is_new else "closed" if status in {"won", "lost"} else "updated"
        self._send(f"charge.dispute.{name}", self.dispute_object(id_))
        if status == "open":
            self._send("charge.dispute.funds_withdrawn", self.dispute_object(id_))
        elif status == "won":
            self._send("charge.dispute.funds_reinstated", self.dispute_object(id_))

    def refund_object(self, id_: str) -> stripe_payloads.Object:
        """Return a refund as it is now."""
        amount, status = self.refunds[id_]
        return stripe_payloads.refund(self.intent, amount, id_=id_, status=status)

    def dispute_object(self, id_: str) -> stripe_payloads.Object:
        """Return a dispute as it is now."""
        amount, said = self.disputes[id_]
        said = {"warning": "warning_needs_response", "open": "needs_response"}.get(said, said)
        return stripe_payloads.dispute(self.intent, amount, id_=id_, status=said)

    def _send(self, type_: str, about: stripe_payloads.Object) -> None:
        self.events.append(stripe_payloads.event(type_, about, self.account))


def happen(attempt: Attempt, what: str, amount: int) -> None:
    """Have one thing happen at Stripe, if it can now."""
    is_paid = attempt.payment_status == "paid"
    is_late = attempt.status == "complete" and not is_paid and not attempt.has_failed
    left = attempt.amount - attempt.refunded()
    match what:
        case "pay" | "pay late" if attempt.status == "open":
            attempt.complete("paid" if what == "pay" else "unpaid")
        case "expire" if attempt.status == "open":
            attempt.expire()
        case "pay" | "fail" if is_late:
            attempt.end_late(paid=what == "pay")
        case "refund" | "refund later" if is_paid and left:
            status = "succeeded" if what == "refund" else "pending"
            attempt.refund(min(amount, left), status)
        case "refund succeeds" | "refund fails" if attempt.refunds:
            id_ = list(attempt.refunds)[amount % len(attempt.refunds)]
            if attempt.refunds[id_][1] != "failed":
                attempt.end_refund(id_, "failed" if what == "refund fails" else "succeeded")
        case "warning" | "dispute" if is_paid and not attempt.disputes:
            status = {"warning": "warning", "dispute": "open"}[what]
            attempt.dispute(stripe_payloads.new_id("dp"), min(amount, attempt.amount), status)
        case "dispute" | "win" | "lose" if attempt.disputes:
            [(id_, (disputed, said))] = attempt.disputes.items()
            after = {"dispute": "open", "win": "won", "lose": "lost"}[what]
            if (said, what) in {("warning", "dispute"), ("open", "win"), ("open", "lose")}:
                attempt.dispute(id_, disputed, after)
