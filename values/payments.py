"""What happened to the amount due on an invoice: payments, credit and what was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid5


class PaymentKind(StrEnum):
    """What changed the amount due on an invoice."""

    PAYMENT = "PAYMENT"
    CREDIT = "CREDIT"
    REFUND = "REFUND"
    DISPUTE = "DISPUTE"
    WRITE_OFF = "WRITE_OFF"
    REVERSAL = "REVERSAL"


@dataclass(frozen=True, slots=True)
class PaidWith:
    """What a client paid with at Stripe."""

    type: str
    """Stripe's type, such as card or sepa_debit."""
    brand: str | None = None
    """A card's brand, such as visa."""
    last4: str | None = None
    """The end of the card's or account's number."""

    @classmethod
    def of(cls, type_: str | None, brand: str | None, last4: str | None) -> Self | None:
        """Return what the columns of a checkout say; None if they say nothing."""
        return None if type_ is None else cls(type=type_, brand=brand, last4=last4)


def receipt_id_of(payment_id: UUID) -> UUID:
    """Return the id of a payment's receipt, by which clients find it: they see no other ids."""
    return uuid5(payment_id, "receipt")


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of what is due on an invoice, in minor units of its currency."""

    kind: PaymentKind
    amount: int
    """What it takes off the amount due; negative for what is due again."""
    at: datetime
    method: str | None = None
    """How it was paid, as staff or Stripe named it; None for credit and write-offs."""
    credit_note: str | None = None
    """The number of the credit note, for credit."""
    reference: str | None = None
    """The bank's or payer's reference of a payment. For staff, like what follows."""
    actor: str | None = None
    """The name of the user or API key that did it; None if nobody of the company did."""
    reason: str | None = None
    """Why, in the words of the one who did it."""
    id: UUID | None = None
    """That of the payment, the reversal, the application, the surplus or the write-off."""
    payment_id: UUID | None = None
    """The payment, for it and for what was taken back of it."""
    paid_with: PaidWith | None = None
    """What the client paid with at Stripe, if that is known."""

    @property
    def receipt_id(self) -> UUID | None:
        """The id of its receipt, if it is a payment."""
        if self.kind is not PaymentKind.PAYMENT or self.payment_id is None:
            return None
        return receipt_id_of(self.payment_id)


@dataclass(frozen=True, slots=True)
class FailedPayment:
    """A payment at Stripe that failed days after the client made it, such as a returned debit.

    Nothing was received, so it changes no amount.
    """

    id: UUID
    """That of the invoice's share of the checkout."""
    amount: int
    """In minor units of the invoice's currency."""
    started_at: datetime
    failed_at: datetime
    paid_with: PaidWith | None = None
    failure_code: str | None = None
    """Stripe's reason, if it gave one."""


@dataclass(frozen=True, slots=True)
class PaymentHistory:
    """What happened to the amount due on an invoice, and payments that failed, oldest first."""

    entries: Sequence[HistoryEntry] = ()
    failed: Sequence[FailedPayment] = ()
