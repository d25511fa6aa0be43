"""An invoice as its recipient sees it."""

from collections.abc import Sequence
from typing import Self

import strawberry

import models
from schema.document import InvoiceDocument, document_fields
from schema.lines import LineItem
from schema.money import Money
from schema.parties import BillTo, Business


@strawberry.type(description="How an invoice can be paid online.")
class PaymentOptions:
    """See the description."""

    amount_due: Money = strawberry.field(description="What can be paid at most.")
    minimum: Money = strawberry.field(description="What can be paid at least.")
    partial_allowed: bool = strawberry.field(description="Whether less than all may be paid.")


@strawberry.type(description="An invoice as its recipient sees it. It has no ids and no tokens.")
class PublicInvoice(InvoiceDocument):
    """See the description."""

    business: Business = strawberry.field(description="Who sends it.")
    bill_to: BillTo = strawberry.field(description="Whom it is addressed to.")
    lines: list[LineItem] = strawberry.field(description="Every line, in order.")
    pdf_url: str = strawberry.field(description="Where the PDF is.")
    payment: PaymentOptions | None = strawberry.field(
        description="How to pay online; null where that is not possible."
    )

    @classmethod
    def of(cls, invoice: models.Invoice, lines: Sequence[models.InvoiceLine], pdf_url: str) -> Self:
        """Return what a client may see of `invoice`, which comes with its company and customer."""
        language = invoice.customer.language_with(invoice.company)
        return cls(
            **document_fields(invoice, language),
            business=Business.of(invoice.company),
            bill_to=BillTo.of(invoice.customer),
            lines=[LineItem.of(line, invoice, language) for line in lines],
            pdf_url=pdf_url,
            payment=None,
        )
