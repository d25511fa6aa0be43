"""Inputs for writing invoices."""

from datetime import date
from decimal import Decimal

import strawberry

from schema.documents import DocumentContent
from services.billing.invoices import InvoiceDraft


@strawberry.input
class InvoiceContent(DocumentContent):
    """What can be set of a draft; not a type of the schema itself."""

    due_date: date | None = strawberry.field(default=None, description="The last day to pay.")
    allow_partial_payment: bool | None = strawberry.field(
        default=False, description="Whether the client may pay less than all at once."
    )
    minimum_payment: Decimal | None = strawberry.field(
        default=None, description="The least that a partial payment may be."
    )

    def draft(self) -> InvoiceDraft:
        """Return the content as the service takes it."""
        return InvoiceDraft(
            **self.common(),
            due_date=self.due_date,
            allow_partial_payment=bool(self.allow_partial_payment),
            minimum_payment=self.minimum_payment,
        )


@strawberry.input(description="An invoice to be. It begins as a draft, which no client can see.")
class CreateInvoiceInput(InvoiceContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again makes no "
        "second invoice.",
    )


@strawberry.input(description="A draft with everything in it replaced.")
class UpdateInvoiceInput(InvoiceContent):
    invoice_id: strawberry.ID = strawberry.field(description="The draft's id.")
