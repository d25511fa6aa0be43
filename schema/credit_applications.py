"""Credit applied to invoices."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

from schema.money import Money
from schema.nodes import Node
from schema.reversals import Reversal
from services.billing.loaders import AppliedCredit


@strawberry.type(description="Credit applied to an invoice.")
class CreditApplication(Node):
    id: strawberry.ID = strawberry.field(description="The application's ID.")
    amount: Money = strawberry.field(description="The amount.")
    applied_at: datetime = strawberry.field(description="When it happened.")
    applied_by: str | None = strawberry.field(
        description="The name of the user or API key that applied it; null if it was the portal."
    )
    credit_note_number: str = strawberry.field(description="The credit note.")
    invoice_number: str = strawberry.field(description="The invoice.")
    reversal: Reversal | None = strawberry.field(
        description="Null unless it was taken off the invoice again: `reverseCreditApplication`."
    )

    @classmethod
    def of(cls, credit: AppliedCredit, language: str) -> Self:
        application = credit.application
        note = application.credit_note
        return cls(
            id=strawberry.ID(str(application.id)),
            amount=Money.of(note.money(application.amount), language),
            applied_at=application.applied_at,
            applied_by=application.actor,
            credit_note_number=note.label,
            invoice_number=application.invoice.label,
            reversal=Reversal.of(credit.reversal),
        )


@strawberry.input(description="Credit to apply to an invoice.")
class ApplyCreditNoteInput:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note.")
    invoice_id: strawberry.ID = strawberry.field(
        description="The invoice. It must belong to the same customer and have the same currency."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="Defaults to as much as is left of the credit and due on the invoice.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="Credit to take off an invoice again.")
class ReverseCreditApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application's ID.")
    reason: str = strawberry.field(description="Why: up to 500 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )
