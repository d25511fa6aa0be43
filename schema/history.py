"""What changed the amount due on an invoice, as staff see it."""

from datetime import datetime
from typing import Self

import strawberry

from i18n.payments import describe_paid_with
from models import Invoice
from schema.enums import PaymentKind
from schema.money import Money
from values import payments


@strawberry.type(description="A change of what is due on an invoice: a row of the ledger.")
class HistoryEntry:
    kind: PaymentKind = strawberry.field(description="What happened.")
    amount: Money = strawberry.field(
        description="What it takes off the amount due. Negative for what is due again, such as a "
        "refund. All of them add up to what is paid and written off."
    )
    at: datetime = strawberry.field(description="When it happened.")
    actor: str | None = strawberry.field(
        description="The name of the user or API key that did it; null if nobody of the company "
        "did, for example for a payment through Stripe."
    )
    reason: str | None = strawberry.field(description="Why, in the words of the one who did it.")
    method: str | None = strawberry.field(description="How it was paid, for a payment.")
    paid_with: str | None = strawberry.field(
        description="What the client paid with at Stripe, for example a card with its last digits; "
        "null if that isn't known."
    )
    reference: str | None = strawberry.field(description="The bank's or payer's reference.")
    credit_note_number: str | None = strawberry.field(description="The credit note, for credit.")

    @classmethod
    def of(cls, entry: payments.HistoryEntry, invoice: Invoice, language: str) -> Self:
        """Return an entry of `invoice`, formatted in `language`."""
        return cls(
            kind=entry.kind,
            amount=Money.of(invoice.money(entry.amount), language),
            at=entry.at,
            actor=entry.actor,
            reason=entry.reason,
            method=entry.method,
            paid_with=describe_paid_with(entry.paid_with, language) if entry.paid_with else None,
            reference=entry.reference,
            credit_note_number=entry.credit_note,
        )
