"""What clients and staff see alike of an invoice."""

from datetime import date
from typing import Any

import strawberry

import models
from language.locales import DEFAULT_LANGUAGE
from schema.enums import InvoiceStatus
from schema.money import Money


@strawberry.type
class InvoiceDocument:
    """The fields that `PublicInvoice` and `Invoice` share; not a type of the schema itself."""

    number: str = strawberry.field(description="Unique within the business.")
    status: InvoiceStatus = strawberry.field(description="Where it stands.")
    is_overdue: bool = strawberry.field(description="Whether money is due and the date has passed.")
    issue_date: date | None = strawberry.field(description="The day it is, or was, issued.")
    due_date: date | None = strawberry.field(description="The last day to pay.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    discount: Money = strawberry.field(description="Taken off the subtotal before tax.")
    tax: Money = strawberry.field(description="The taxes of all lines.")
    total: Money = strawberry.field(description="Subtotal less discount plus tax.")
    amount_paid: Money = strawberry.field(description="Payments and applied credit.")
    amount_pending: Money = strawberry.field(description="Started at Stripe and not settled yet.")
    amount_due: Money = strawberry.field(description="What is left to pay.")
    notes: str | None = strawberry.field(description="What the business adds, over several lines.")


def document_fields(invoice: models.Invoice, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """Return the values of InvoiceDocument's fields, by name; money is written in `language`."""
    amounts = (
        "subtotal",
        "discount",
        "tax",
        "total",
        "amount_paid",
        "amount_pending",
        "amount_due",
    )
    return {
        "number": invoice.number,
        "status": invoice.status,
        "is_overdue": invoice.is_overdue(),
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "notes": invoice.notes,
        **{name: Money.of(invoice.money(getattr(invoice, name)), language) for name in amounts},
    }
