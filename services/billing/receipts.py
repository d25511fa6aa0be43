"""Receipts: what a client has paid with one payment, and what was taken back of it since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from auth.staff import Staff
from core.urls import Urls
from db.compiled_queries import CompiledQuery
from errors import NotFound
from models import Invoice, Payment
from models.documents import DOCUMENT_PARENTS
from pdf.documents import DocumentKind, PdfDocument
from services.billing.loaders import lines_of
from services.billing.pdf_documents import common_fields
from services.common.lookups import get_owned
from services.ledger.payment_history import payment_history
from values.payments import HistoryEntry, PaymentHistory, PaymentKind
from values.taxes import summarize

_invoice: Final = CompiledQuery(Invoice, *DOCUMENT_PARENTS, where="invoice.id = $1")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment of an invoice, which comes with its company, customer and parties."""

    invoice: Invoice
    payment: HistoryEntry
    taken_back: Sequence[HistoryEntry]
    """Its refunds, disputes and the like, oldest first."""

    @property
    def id(self) -> UUID:
        """Its id, by which clients find it."""
        assert self.payment.receipt_id is not None
        return self.payment.receipt_id

    @property
    def paid_on(self) -> date:
        """The day on which it was received, where the company is."""
        return self.payment.at.astimezone(ZoneInfo(self.invoice.company.time_zone)).date()

    @property
    def pays_in_full(self) -> bool:
        """Whether this payment alone pays the invoice, so that its taxes are the invoice's."""
        return bool(self.payment.amount == self.invoice.total)

    @property
    def is_void(self) -> bool:
        """Whether staff had recorded the payment by mistake."""
        return any(entry.kind is PaymentKind.REVERSAL for entry in self.taken_back)


def receipts_of(invoice: Invoice, history: PaymentHistory) -> list[Receipt]:
    """Return the receipts of an invoice's payments, oldest first."""
    payments = [entry for entry in history.entries if entry.kind is PaymentKind.PAYMENT]
    return [
        Receipt(
            invoice=invoice,
            payment=payment,
            taken_back=[
                entry
                for entry in history.entries
                if entry.payment_id == payment.id and entry.kind is not PaymentKind.PAYMENT
            ],
        )
        for payment in payments
    ]


async def find_receipt(invoice: Invoice, id_: UUID) -> Receipt:
    """Return one of the invoice's receipts, by its id or that of its payment. Raises NotFound."""
    for receipt in receipts_of(invoice, await payment_history(invoice.id)):
        if id_ in {receipt.id, receipt.payment.id}:
            return receipt
    raise NotFound


async def find_own_receipt(staff: Staff, payment_id: str) -> Receipt:
    """Return the receipt of a payment of the caller's company. Raises NotFound."""
    payment = await get_owned(Payment, staff, payment_id)
    invoice = await _invoice.first(payment.invoice_id)
    assert invoice is not None
    return await find_receipt(invoice, payment.id)


async def to_pdf_document(receipt: Receipt, urls: Urls) -> PdfDocument:
    """Return the PDF content of a receipt."""
    invoice, zone = receipt.invoice, ZoneInfo(receipt.invoice.company.time_zone)
    taxes = summarize(await lines_of(invoice)) if receipt.pays_in_full else ()
    token = invoice.share_token
    return PdfDocument(
        kind=DocumentKind.RECEIPT,
        status="VOID" if receipt.is_void else "",
        version=invoice.updated_at.astimezone(UTC),
        issue_date=receipt.paid_on,
        paid_with=receipt.payment,
        history=tuple(replace(entry, at=entry.at.astimezone(zone)) for entry in receipt.taken_back),
        due=invoice.amount_due,
        prices_include_tax=True,
        taxes=taxes,
        country=invoice.seller.country,
        link=urls.receipt(urls.invoice(token), receipt.id) if token else None,
        **await common_fields(invoice) | {"total": receipt.payment.amount},
    )
