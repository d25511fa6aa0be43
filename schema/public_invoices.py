"""Invoices as their recipients see them."""

from collections.abc import Sequence
from typing import Self

import strawberry

import models
from core.urls import Urls
from models.documents import DocumentLine
from schema.documents import PublicDocument, public_fields
from schema.invoices import InvoiceDocument, invoice_fields
from schema.money import Money
from services.checkout.payment_options import offered_payment_options
from settings import Settings


@strawberry.type(description="How an invoice can be paid online.")
class PaymentOptions:
    amount_due: Money = strawberry.field(description="The largest amount that can be paid.")
    minimum: Money = strawberry.field(description="The smallest amount that can be paid.")
    partial_allowed: bool = strawberry.field(
        description="Whether less than the full amount can be paid."
    )

    @classmethod
    def of(cls, invoice: models.Invoice, language: str, settings: Settings) -> Self | None:
        """Return the payment options of `invoice`, which was fetched with its company."""
        options = offered_payment_options(invoice, invoice.company, settings)
        if options is None:
            return None
        return cls(
            amount_due=Money.of(invoice.money(options.maximum), language),
            minimum=Money.of(invoice.money(options.minimum), language),
            partial_allowed=options.partial_allowed,
        )


@strawberry.type(description="An invoice as its recipient sees it, without IDs or tokens.")
class PublicInvoice(InvoiceDocument, PublicDocument):
    payment: PaymentOptions | None = strawberry.field(
        description="How to pay online; null if that isn't possible."
    )

    @classmethod
    def of(
        cls,
        invoice: models.Invoice,
        lines: Sequence[DocumentLine],
        pdf_url: str,
        settings: Settings,
    ) -> Self:
        """Return what clients may see of `invoice`, fetched with its company and customer."""
        language = invoice.customer.language_with(invoice.company)
        return cls(
            **invoice_fields(invoice, language),
            **public_fields(invoice, lines, pdf_url, language, Urls(settings.public_url)),
            payment=PaymentOptions.of(invoice, language, settings),
        )
