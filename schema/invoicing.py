"""Inputs for writing invoices."""

from datetime import date
from decimal import Decimal

import strawberry

from schema.lines import LineItemInput
from services.invoicing import InvoiceDraft, LineDraft


@strawberry.input
class InvoiceContent:
    """What can be set of a draft; not a type of the schema itself."""

    customer_id: strawberry.ID = strawberry.field(description="Whom it is addressed to.")
    number: str | None = strawberry.field(
        default=None,
        description="Up to 64 characters, unique within the company. Omitted: the next one, or for "
        "a draft that has one, as it is.",
    )
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217; omitted: the company's."
    )
    issue_date: date | None = strawberry.field(
        default=None, description="Omitted: the day it is issued."
    )
    due_date: date | None = strawberry.field(default=None, description="The last day to pay.")
    lines: list[LineItemInput] = strawberry.field(description="1 to 1000 lines.")
    discount: Decimal | None = strawberry.field(
        default=None, description="An amount off the subtotal, before tax."
    )
    notes: str | None = strawberry.field(default=None, description="Up to 10,000 characters.")
    allow_partial_payment: bool | None = strawberry.field(
        default=False, description="Whether the client may pay less than all at once."
    )
    minimum_payment: Decimal | None = strawberry.field(
        default=None, description="The least that a partial payment may be."
    )

    def draft(self) -> InvoiceDraft:
        """Return the content as the service takes it."""
        return InvoiceDraft(
            customer_id=self.customer_id,
            lines=[
                LineDraft(
                    line.description, line.quantity, line.unit_price, line.tax_rate or Decimal(0)
                )
                for line in self.lines
            ],
            number=self.number,
            currency=self.currency,
            issue_date=self.issue_date,
            due_date=self.due_date,
            discount=self.discount or Decimal(0),
            notes=self.notes,
            allow_partial_payment=bool(self.allow_partial_payment),
            minimum_payment=self.minimum_payment,
        )


@strawberry.input(description="An invoice to be. It begins as a draft, which no client can see.")
class CreateInvoiceInput(InvoiceContent):
    """See the description."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again makes no "
        "second invoice.",
    )


@strawberry.input(description="A draft with everything in it replaced.")
class UpdateInvoiceInput(InvoiceContent):
    """See the description."""

    invoice_id: strawberry.ID = strawberry.field(description="The draft's id.")
