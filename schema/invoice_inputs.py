"""Inputs for writing invoices."""

from datetime import date
from decimal import Decimal

import strawberry

from schema.documents import DocumentContent
from services.billing.invoices import InvoiceDraft


@strawberry.input
class InvoiceContent(DocumentContent):
    """The fields of a draft. This is not a type of the schema itself."""

    due_date: date | None = strawberry.field(default=None, description="The due date.")
    allow_partial_payment: bool | None = strawberry.field(
        default=None,
        description="Whether the client may pay in parts. Null is what the company has set, with "
        "its minimum if that is in the same currency.",
    )
    minimum_payment: Decimal | None = strawberry.field(
        default=None, description="The smallest partial payment."
    )

    def draft(self) -> InvoiceDraft:
        return InvoiceDraft(
            **self.common(),
            due_date=self.due_date,
            allow_partial_payment=self.allow_partial_payment,
            minimum_payment=self.minimum_payment,
        )


@strawberry.input(description="A new invoice. It starts as a draft, which clients can't see.")
class CreateInvoiceInput(InvoiceContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="An invoice to duplicate.")
class DuplicateInvoiceInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's ID.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="New values for a draft.")
class UpdateInvoiceInput(InvoiceContent):
    invoice_id: strawberry.ID = strawberry.field(description="The draft's ID.")
    if_version: str | None = strawberry.field(
        default=None,
        description="The draft's `version` that these values replace. If it has another one by "
        "now, the update is refused with CONFLICT and the reason DRAFT_CHANGED.",
    )
