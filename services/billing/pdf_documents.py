"""From rows to what their PDF shows, and to the name of its file.

The same state gives the same document, and so the same bytes, whoever asks and on whichever day.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from auth.staff import Staff
from core.urls import Urls
from db.compiled_queries import CompiledQuery
from errors import NotFound
from i18n.translations import translations_for
from models import Company, CreditApplication, CreditNote, Customer, Invoice, Quote
from models.documents import DocumentLine
from pdf.documents import DocumentKind, Line, Party, PdfDocument, TaxShare
from services.billing.loaders import lines_of
from services.common.lookups import parse_id
from services.company.logos import logo_of

Row: TypeAlias = Invoice | Quote | CreditNote

_OWN: Final[dict[type[Row], CompiledQuery[Any]]] = {
    model: CompiledQuery(
        model,
        "company",
        "customer",
        where=f"{table}.id = $1 AND {table}.company_id = $2",
    )
    for model, table in ((Invoice, "invoice"), (Quote, "quote"), (CreditNote, "credit_note"))
}
_last_application: Final = CompiledQuery(
    CreditApplication,
    where="credit_application.credit_note_id = $1"
    " ORDER BY credit_application.applied_at DESC LIMIT 1",
)
_UNFIT: Final = re.compile(r"[\s/\\:*?\"<>|%]+")
"""What the file systems or shells of some machines stumble over."""


async def find_pdf_document(
    model: type[Row], staff: Staff, document_id: str, urls: Urls
) -> PdfDocument:
    """Return what the PDF of a document of the caller's company shows, be it a draft or not.

    Raises NotFound for an unknown id and for another company's.
    """
    row = await _OWN[model].first(parse_id(document_id), staff.company_id)
    if row is None:
        raise NotFound
    return await to_pdf_document(row, urls)


async def to_pdf_document(row: Row, urls: Urls) -> PdfDocument:
    """Return what the PDF of `row`, which comes with its company and customer, shows."""
    match row:
        case Invoice():
            return await pdf_document_of_invoice(row, urls)
        case Quote():
            return await pdf_document_of_quote(row, urls)
        case CreditNote():
            return await pdf_document_of_credit_note(row)


async def pdf_document_of_invoice(invoice: Invoice, urls: Urls) -> PdfDocument:
    """Return what the PDF of an invoice shows. Whether it is overdue depends on the day: left out.

    The link is the invoice's own, never its customer's portal: a PDF is passed on.
    """
    return PdfDocument(
        kind=DocumentKind.INVOICE,
        status=invoice.status,
        due_date=invoice.due_date,
        paid=invoice.amount_paid,
        pending=invoice.amount_pending,
        due=invoice.amount_due,
        **await _common(invoice),
        **await _priced(invoice, urls.invoice),
    )


async def pdf_document_of_quote(quote: Quote, urls: Urls) -> PdfDocument:
    """Return what the PDF of a quote shows."""
    return PdfDocument(
        kind=DocumentKind.QUOTE,
        status=quote.status,
        due_date=quote.valid_until,
        **await _common(quote),
        **await _priced(quote, urls.quote),
    )


async def pdf_document_of_credit_note(note: CreditNote) -> PdfDocument:
    """Return what the PDF of a credit note shows."""
    return PdfDocument(
        kind=DocumentKind.CREDIT_NOTE,
        status=note.status,
        version=await _last_change(note),
        issue_date=note.issued_at.astimezone(UTC).date() if note.issued_at else None,
        paid=note.applied,
        due=note.remaining,
        notes=note.reason,
        **await _common(note),
    )


def filename_of(document: PdfDocument) -> str:
    """Return what its file is called, in its language: "Invoice-2026-0001.pdf".

    Whatever the number is, nothing in the name means anything to a file system.
    """
    gettext = translations_for(document.language).gettext
    match document.kind:
        case DocumentKind.INVOICE:
            title = gettext("Invoice %(number)s")
        case DocumentKind.QUOTE:
            title = gettext("Quote %(number)s")
        case DocumentKind.CREDIT_NOTE:
            title = gettext("Credit note %(number)s")
    name = unicodedata.normalize("NFC", title % {"number": document.number})
    # Categories C…: control characters, what turns the direction of text, and halves of pairs.
    visible = "".join(c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    return _UNFIT.sub("-", visible).strip("-. ") + ".pdf"


# --- the parts ------------------------------------------------------------------------------------


async def _common(row: Row) -> dict[str, Any]:
    """Return what all documents have."""
    company, customer = row.company, row.customer
    return {
        "number": row.number,
        "language": customer.language_with(company),
        "currency": row.currency,
        "business": _business(company),
        "customer": _customer(customer),
        "total": row.total,
        "accent_color": company.accent,
        "logo": await logo_of(company),
    }


async def _priced(row: Invoice | Quote, url_of: Callable[[object], str]) -> dict[str, Any]:
    """Return what documents with lines have; `url_of` makes a link of a token."""
    lines = await lines_of(row)
    return {
        "version": row.updated_at.astimezone(UTC),
        "issue_date": row.issue_date,
        "lines": tuple(map(_line, lines)),
        "subtotal": row.subtotal,
        "discount": row.discount,
        "taxes": _taxes(lines),
        "notes": row.notes,
        "link": url_of(row.share_token) if row.share_token else None,
    }


def _business(company: Company) -> Party:
    return Party(
        name=company.name,
        address=company.address,
        email=company.email,
        phone=company.phone,
        website=company.website,
        tax_id=company.tax_id,
    )


def _customer(customer: Customer) -> Party:
    return Party(
        name=customer.name,
        address=customer.address,
        email=customer.email,
        tax_id=customer.tax_id,
    )


def _line(line: DocumentLine) -> Line:
    return Line(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        tax_rate=line.tax_rate,
        amount=line.amount,
    )


def _taxes(lines: Sequence[DocumentLine]) -> tuple[TaxShare, ...]:
    """Return the tax at each rate, the highest first; none if nothing is taxed."""
    taxable: defaultdict[Decimal, int] = defaultdict(int)
    tax: defaultdict[Decimal, int] = defaultdict(int)
    for line in lines:
        taxable[line.tax_rate] += line.amount - line.discount
        tax[line.tax_rate] += line.tax
    if not any(taxable):
        return ()
    return tuple(TaxShare(rate, taxable[rate], tax[rate]) for rate in sorted(taxable, reverse=True))


async def _last_change(note: CreditNote) -> datetime:
    """Return when a credit note changed last: its row does not say."""
    application = await _last_application.first(note.id)
    times = (
        note.created_at,
        note.issued_at,
        note.voided_at,
        application and application.applied_at,
    )
    return max(time.astimezone(UTC) for time in times if time)
