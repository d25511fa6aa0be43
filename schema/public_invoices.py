"""Invoices as their recipients see them."""

from collections.abc import Callable
from datetime import date
from typing import Self

import strawberry

import models
from context import Info
from core.urls import Urls
from models.companies import today_of
from schema.bank_transfers import BankTransfer
from schema.documents import PublicDocument
from schema.failed_payments import FailedPayment
from schema.invoices import InvoiceDocument
from schema.lazy_fields import lazy_field, lazy_value
from schema.money import Money
from schema.payments import PublicPayment
from services.public.documents import PublicInvoiceData
from values.payments import HistoryEntry


@strawberry.type(description="How an invoice can be paid online.")
class PaymentOptions:
    amount_due: Money = strawberry.field(description="The largest amount that can be paid.")
    minimum: Money = strawberry.field(description="The smallest amount that can be paid.")
    partial_allowed: bool = strawberry.field(
        description="Whether less than the full amount can be paid."
    )

    @classmethod
    def of(cls, data: PublicInvoiceData, language: str) -> Self | None:
        """Return the payment options of an invoice; None if it can't be paid online."""
        options, invoice = data.payment_options, data.invoice
        if options is None:
            return None
        return cls(
            amount_due=Money.of(invoice.money(options.maximum), language),
            minimum=Money.of(invoice.money(options.minimum), language),
            partial_allowed=options.partial_allowed,
        )


@strawberry.type(description="An invoice as its recipient sees it, without IDs or tokens.")
class PublicInvoice(InvoiceDocument, PublicDocument):
    payment: PaymentOptions | None = lazy_field("How to pay online; null if that isn't possible.")
    bank_transfer: BankTransfer | None = lazy_field(
        "How to pay by bank transfer; null if the business has no account or nothing is left to "
        "pay."
    )
    xml_url: str | None = lazy_field(
        "The URL of the e-invoice, in the format that the customer wants or else as Factur-X; null "
        "if details are missing for it, and once the invoice is cancelled."
    )
    row: strawberry.Private[models.Invoice]
    data: strawberry.Private[PublicInvoiceData] = lazy_value()
    data_of: strawberry.Private[Callable[[models.Invoice], PublicInvoiceData]]

    def make_data(self) -> PublicInvoiceData:
        return self.data_of(self.row)

    def make_xml_url(self) -> str | None:
        return self.data.xml_url

    def make_payment(self) -> PaymentOptions | None:
        return PaymentOptions.of(self.data, self.language)

    def make_bank_transfer(self) -> BankTransfer | None:
        return BankTransfer.of(self.data.bank_transfer)

    @strawberry.field(
        description="Payments, credit, refunds and other changes of what is due, oldest first."
    )
    async def payments(self, info: Info) -> list[PublicPayment]:
        history = await info.context.loaders.payment_histories.load(self.row.id)
        return [
            PublicPayment.of(entry, self.row, self.language, self._receipt_page(entry))
            for entry in history.entries
        ]

    def _receipt_page(self, entry: HistoryEntry) -> str | None:
        receipt_id = entry.receipt_id
        return self.urls.receipt(self.data.url, receipt_id) if receipt_id else None

    @strawberry.field(
        description="Payments that failed days after they were made, such as returned bank debits, "
        "oldest first."
    )
    async def failed_payments(self, info: Info) -> list[FailedPayment]:
        history = await info.context.loaders.payment_histories.load(self.row.id)
        return [FailedPayment.of(failed, self.row, self.language) for failed in history.failed]

    @classmethod
    def of(cls, data: PublicInvoiceData, urls: Urls) -> Self:
        """Return what clients may see of an invoice."""
        row = data.invoice
        shown = cls.in_list(row, lambda _: data, urls, today_of(row.company))
        shown.data = data  # quicker than making it later
        return shown

    @classmethod
    def in_list(
        cls,
        row: models.Invoice,
        data_of: Callable[[models.Invoice], PublicInvoiceData],
        urls: Urls,
        today: date,
    ) -> Self:
        """Return the same of an invoice in a list, where few have need of all its data.

        `today` is the company's.
        """
        language = row.written_in
        return cls(
            row=row,
            formatted_in=language,
            language=language,
            today=today,
            data_of=data_of,
            urls=urls,
        )
