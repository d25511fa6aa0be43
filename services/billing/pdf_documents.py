"""The content of invoices', quotes' and credit notes' PDFs, and the names of their files.

The same state gives the same content and so the same bytes, for every caller and on any day.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from auth.staff import Staff
from core.urls import Urls
from i18n.addresses import format_address, party_address
from i18n.quotes import describe_answer
from i18n.tax_ids import format_tax_ids
from i18n.tax_reasons import tax_reasons
from models import Company, CreditNote, CreditNoteStatus, Invoice, InvoiceStatus, Quote, QuoteStatus
from models.documents import DocumentLine
from pdf.cleaning import safe_filename
from pdf.documents import CorrectedInvoice, DocumentKind, Line, Party, PdfDocument
from pdf.labels import Labels
from services.billing.bank_transfers import bank_transfer
from services.billing.copies import delivery_address
from services.billing.documents import get_document
from services.billing.e_invoices import embedded_e_invoice
from services.billing.loaders import lines_of
from services.company.logos import logo_of
from services.ledger.payment_history import payment_history
from values import parties
from values.payments import HistoryEntry
from values.taxes import summarize

Row: TypeAlias = Invoice | Quote | CreditNote


async def find_pdf_document(
    model: type[Row], staff: Staff, document_id: str, urls: Urls
) -> PdfDocument:
    """Return the PDF content of the caller's company's document, even if it is a draft.

    Raises NotFound for an unknown id and for another company's.
    """
    return await to_pdf_document(await get_document(model, staff, document_id), urls)


async def to_pdf_document(row: Row, urls: Urls) -> PdfDocument:
    """Return the PDF content of `row`, which was fetched with its company and customer."""
    match row:
        case Invoice():
            return await _from_invoice(row, urls)
        case Quote():
            return await _from_quote(row, urls)
        case CreditNote():
            return await _from_credit_note(row, urls)


async def _from_invoice(invoice: Invoice, urls: Urls) -> PdfDocument:
    """Return an invoice's content, without whether it is overdue, which depends on the day.

    Its link is the invoice's own, not that of the customer's portal, since PDFs are passed on.
    """
    return PdfDocument(
        kind=DocumentKind.INVOICE,
        status=invoice.status,
        due_date=invoice.due_date,
        paid=invoice.amount_paid,
        pending=invoice.amount_pending,
        due=invoice.amount_due,
        history=await _history(invoice),
        transfer=bank_transfer(invoice),
        **await common_fields(invoice),
        **await _priced_fields(invoice, urls.invoice),
    )


async def _from_quote(quote: Quote, urls: Urls) -> PdfDocument:
    return PdfDocument(
        kind=DocumentKind.QUOTE,
        status=quote.status,
        due_date=quote.valid_until,
        acceptance=_acceptance(quote),
        **await common_fields(quote),
        **await _priced_fields(quote, urls.quote),
    )


def _acceptance(quote: Quote) -> str | None:
    """Return who accepted the quote, on which day at the company, and with which note."""
    day = quote.decided_on
    if quote.status is not QuoteStatus.ACCEPTED or day is None:
        return None
    who = describe_answer(accepted=True, name=quote.answered_by, day=day, language=quote.written_in)
    return f"{who}\n{quote.answer_note}" if quote.answer_note else who


async def _from_credit_note(note: CreditNote, urls: Urls) -> PdfDocument:
    is_void = note.status is CreditNoteStatus.VOID
    corrected = None
    if note.invoice_id is not None:
        corrected = await Invoice.get(id=note.invoice_id)
    return PdfDocument(
        kind=DocumentKind.CREDIT_NOTE,
        status=note.status,
        corrected_invoice=(
            CorrectedInvoice(number=corrected.number, issue_date=corrected.issue_date)
            if corrected
            else None
        ),
        reason=note.reason,
        paid=note.applied,
        paid_out=note.paid_out,
        due=None if is_void else note.remaining,
        **await common_fields(note),
        **await _priced_fields(note, urls.credit_note, corrected),
    )


def filename_of(document: PdfDocument) -> str:
    """Return the file's name in the document's language: "Invoice-2026-0001.pdf".

    A draft's is "Invoice-(Draft).pdf".

    It is safe in every file system, whatever the number is.
    """
    return safe_filename(Labels(document).name()) + ".pdf"


# --- the parts ------------------------------------------------------------------------------------


async def common_fields(row: Row) -> dict[str, Any]:
    """Return the fields that all documents have."""
    company = row.company
    return {
        "number": row.number or "",
        "language": row.written_in,
        "currency": row.currency,
        "business": business_of(company, row.seller, row.buyer, row.written_in),
        "customer": customer_of(row.seller, row.buyer, row.written_in),
        "footer": row.seller.footer,
        "paper_size": row.seller.paper_size,
        "total": row.total,
        "accent_color": company.accent,
        "logo": await logo_of(company),
    }


async def _priced_fields(
    row: Row, url_of: Callable[[object], str], corrected: Invoice | None = None
) -> dict[str, Any]:
    """Return the fields of documents with lines; `url_of` returns the link of a token."""
    lines = await lines_of(row)
    e_invoice = None
    if not isinstance(row, Quote):
        e_invoice = embedded_e_invoice(row, lines, corrected)
    taxes = summarize(lines)
    return {
        "version": row.updated_at.astimezone(UTC),
        "issue_date": row.issue_date,
        "lines": tuple(map(_line, lines)),
        "prices_include_tax": row.prices_include_tax,
        "subtotal": row.subtotal,
        "discount_percent": row.discount_percent,
        "discount_amount": row.discount_amount,
        "taxes": taxes,
        "country": row.seller.country,
        "tax_reasons": tax_reasons(taxes, row.tax_exemption_reason, row.written_in),
        "period_start": row.period_start,
        "period_end": row.period_end,
        "purchase_order": row.purchase_order,
        "buyer_reference": row.buyer_reference,
        "delivery_address": _delivery_address(row),
        "payment_terms": row.payment_terms,
        "notes": row.notes,
        "e_invoice": e_invoice,
        "link": url_of(row.share_token) if row.share_token else None,
    }


def business_of(
    company: Company, seller: parties.Seller, buyer: parties.Buyer, language: str
) -> Party:
    """Return the business as a document names it; how to reach it follows the company."""
    return Party(
        name=seller.name,
        address=party_address(seller, language, home=buyer.country),
        tax_ids=_tax_ids(seller, language),
        email=company.email,
        phone=company.phone,
        website=company.website,
    )


def customer_of(seller: parties.Seller, buyer: parties.Buyer, language: str) -> Party:
    """Return the customer as a document names it."""
    return Party(
        name=buyer.name,
        address=party_address(buyer, language, home=seller.country),
        tax_ids=_tax_ids(buyer, language),
        email=buyer.email,
    )


def _tax_ids(party: parties.Party, language: str) -> tuple[str, ...]:
    return tuple(format_tax_ids(party.tax_ids, party.country, language))


def _delivery_address(row: Row) -> str | None:
    address = delivery_address(row)
    return format_address(address, row.written_in, home=row.seller.country) if address else None


def _line(line: DocumentLine) -> Line:
    return Line(
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        discount_amount=line.discount_amount,
        tax_category=line.tax_category,
        tax_name=line.tax_name,
        tax_rate=line.tax_rate,
        second_tax_name=line.second_tax_name,
        second_tax_rate=line.second_tax_rate,
        amount=line.amount,
    )


async def _history(invoice: Invoice) -> tuple[HistoryEntry, ...]:
    """Return the invoice's history, at the times of the company's time zone."""
    if invoice.status is InvoiceStatus.DRAFT:
        return ()
    zone = ZoneInfo(invoice.company.time_zone)
    history = await payment_history(invoice.id)
    return tuple(replace(entry, at=entry.at.astimezone(zone)) for entry in history.entries)
