"""The entries of timelines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models import DeliveryState, MailKind, ViewSource
from models.invoices import LIVE_TTL
from values.money import Money
from values.payments import PaidWith


class ActivityKind(StrEnum):
    """What happened."""

    CREATED = "CREATED"
    EDITED = "EDITED"
    DELETED = "DELETED"
    ISSUED = "ISSUED"
    CANCELLED = "CANCELLED"
    VOIDED = "VOIDED"
    SHARED = "SHARED"
    SHARE_REVOKED = "SHARE_REVOKED"
    EMAILED = "EMAILED"
    EMAILS_TURNED_OFF = "EMAILS_TURNED_OFF"
    OPENED = "OPENED"
    READ = "READ"
    PAYMENT_RECEIVED = "PAYMENT_RECEIVED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_REVERSED = "PAYMENT_REVERSED"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"
    REVERSAL_RETURNED = "REVERSAL_RETURNED"
    CREDIT_APPLIED = "CREDIT_APPLIED"
    CREDIT_REVERSED = "CREDIT_REVERSED"
    CREDIT_PAID_OUT = "CREDIT_PAID_OUT"
    CREDIT_PAYOUT_REVERSED = "CREDIT_PAYOUT_REVERSED"
    WRITTEN_OFF = "WRITTEN_OFF"
    WRITE_OFF_REVERSED = "WRITE_OFF_REVERSED"
    QUESTION_ASKED = "QUESTION_ASKED"
    QUESTION_ANSWERED = "QUESTION_ANSWERED"
    QUESTION_DELETED = "QUESTION_DELETED"
    QUOTE_ACCEPTED = "QUOTE_ACCEPTED"
    QUOTE_DECLINED = "QUOTE_DECLINED"


class SubjectKind(StrEnum):
    """What something happened to."""

    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"
    CUSTOMER = "CUSTOMER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The document or customer that something happened to."""

    type: SubjectKind
    id: UUID
    label: str
    """A document's number, or the name of a customer."""
    exists: bool = True
    """False for a draft that was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens:
    """Views by people that followed each other, folded into one entry."""

    count: int
    first_at: datetime
    networks: Sequence[str]
    """The distinct IP addresses, as far as they are known."""
    devices: Sequence[str]
    """The distinct names of devices."""
    sources: Sequence[ViewSource]
    read_count: int
    """How many were read."""
    has_pdf_download: bool
    has_pay_click: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """An e-mail, and what became of it."""

    id: UUID
    kind: MailKind
    state: DeliveryState
    recipient: str
    detail: str | None
    """The mail server's last response, or why it wasn't sent."""
    is_waiting: bool
    """Whether there will be another attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDetails:
    """The payment that an entry is about, if it was received, and how it was made."""

    id: UUID | None
    method: str | None = None
    paid_with: PaidWith | None = None
    reference: str | None = None
    payment_intent: str | None = None
    """Stripe's ID: pi_…"""

    @property
    def stripe_url(self) -> str | None:
        """Where the company finds it at Stripe; None if Stripe has no part in it."""
        if self.payment_intent is None:
            return None
        return f"https://dashboard.stripe.com/payments/{self.payment_intent}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A client's question, or an answer to one."""

    question_id: UUID
    author: str
    text: str
    """Empty if it was deleted."""
    asked_at: datetime
    answered_at: datetime | None
    """When the question was first answered, closed or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened, as timelines show it."""

    id: str
    """Tells the entry from all others of its company."""
    kind: ActivityKind
    at: datetime
    """Of folded opens, the time of the latest one."""
    actor: str | None
    """The name of the user or API key that did it; None if nobody of the company did."""
    document: Subject | None
    customer: Subject | None
    amount: Money | None = None
    note: str | None = None
    """Why, in the words of the one who did it, or what it was about."""
    signed_by: str | None = None
    """The name that the client gave with the answer to a quote."""
    opens: Opens | None = None
    email: Email | None = None
    payment: PaymentDetails | None = None
    message: Message | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it is an open of the last five minutes."""
        return self.opens is not None and abs(now - self.at) < LIVE_TTL

    @property
    def is_unsettled(self) -> bool:
        """Whether it is an e-mail of which nobody knows yet what becomes of it."""
        return self.email is not None and self.email.is_waiting
