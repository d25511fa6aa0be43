"""Inputs for writing invoices and noting payments."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from schema.invoice import LineItemInput
from services.invoicing import InvoiceDraft, LineDraft

_NUMBER = "Up to 64 characters, unique within the company."
_CURRENCY = "ISO 4217; omitted: the company's."
_DISCOUNT = "An amount off the subtotal, before tax."
_MINIMUM = "The least that a partial payment may be."


@strawberry.input(description="An invoice to be. It begins as a draft, which no client can see.")
class CreateInvoiceInput:
    """See the description."""

    customer_id: strawberry.ID = strawberry.field(description="Whom it is addressed to.")
    number: str | None = strawberry.field(
        default=None, description=f"{_NUMBER} Omitted: the next one."
    )
    currency: str | None = strawberry.field(default=None, description=_CURRENCY)
    issue_date: date | None = strawberry.field(
        default=None, description="Omitted: the day it is issued."
    )
    due_date: date | None = strawberry.field(default=None, description="The last day to pay.")
    lines: list[LineItemInput] = strawberry.field(description="1 to 1000 lines.")
    discount: Decimal | None = strawberry.field(default=None, description=_DISCOUNT)
    notes: str | None = strawberry.field(default=None, description="Up to 10,000 characters.")
    allow_partial_payment: bool | None = strawberry.field(
        default=False, description="Whether the client may pay less than all at once."
    )
    minimum_payment: Decimal | None = strawberry.field(default=None, description=_MINIMUM)
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again makes no "
        "second invoice.",
    )


@strawberry.input(description="A draft with everything in it replaced.")
class UpdateInvoiceInput:
    """See the description."""

    invoice_id: strawberry.ID = strawberry.field(description="The draft's id.")
    customer_id: strawberry.ID = strawberry.field(description="Whom it is addressed to.")
    number: str | None = strawberry.field(default=None, description=f"{_NUMBER} Omitted: as it is.")
    currency: str | None = strawberry.field(default=None, description=_CURRENCY)
    issue_date: date | None = strawberry.field(
        default=None, description="Omitted: the day it is issued."
    )
    due_date: date | None = strawberry.field(default=None, description="The last day to pay.")
    lines: list[LineItemInput] = strawberry.field(description="1 to 1000 lines.")
    discount: Decimal | None = strawberry.field(default=None, description=_DISCOUNT)
    notes: str | None = strawberry.field(default=None, description="Up to 10,000 characters.")
    allow_partial_payment: bool | None = strawberry.field(
        default=False, description="Whether the client may pay less than all at once."
    )
    minimum_payment: Decimal | None = strawberry.field(default=None, description=_MINIMUM)


def draft_of(input: CreateInvoiceInput | UpdateInvoiceInput) -> InvoiceDraft:
    """Return what `input` says as the service takes it."""
    return InvoiceDraft(
        customer_id=input.customer_id,
        lines=[
            LineDraft(line.description, line.quantity, line.unit_price, line.tax_rate or Decimal(0))
            for line in input.lines
        ],
        number=input.number,
        currency=input.currency,
        issue_date=input.issue_date,
        due_date=input.due_date,
        discount=input.discount or Decimal(0),
        notes=input.notes,
        allow_partial_payment=bool(input.allow_partial_payment),
        minimum_payment=input.minimum_payment,
    )


@strawberry.input(description="A payment that reached the company outside Stripe.")
class RecordPaymentInput:
    """See the description."""

    invoice_id: strawberry.ID = strawberry.field(description="What was paid.")
    amount: Decimal = strawberry.field(
        description="More than 0 and at most what is due, in the invoice's currency."
    )
    method: str = strawberry.field(description="How it came: bank transfer, cash …")
    received_at: datetime | None = strawberry.field(default=None, description="Omitted: now.")
    reference: str | None = strawberry.field(
        default=None, description="What the bank or the payer calls it."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again notes no "
        "second payment.",
    )
