"""Credit applied to invoices."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema.money import Money


@strawberry.type(description="Credit applied to an invoice.")
class CreditApplication:
    id: strawberry.ID = strawberry.field(description="The application's ID.")
    amount: Money = strawberry.field(description="The amount.")
    applied_at: datetime = strawberry.field(description="When it happened.")
    credit_note_number: str = strawberry.field(description="The credit note.")
    invoice_number: str = strawberry.field(description="The invoice.")

    @classmethod
    def of(cls, application: models.CreditApplication, language: str) -> Self:
        """Return an application, which was fetched with its credit note and invoice."""
        note = application.credit_note
        return cls(
            id=strawberry.ID(str(application.id)),
            amount=Money.of(note.money(application.amount), language),
            applied_at=application.applied_at,
            credit_note_number=note.label,
            invoice_number=application.invoice.label,
        )
