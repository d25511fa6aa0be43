"""Which document a path names, and the address of its page."""

from typing import Final

from models import CreditNote, Invoice, Quote
from services.common.lookups import get_owned
from web.dashboard.requests import DashboardRequest

INVOICES_PATH: Final = "/dashboard/invoices"
QUOTES_PATH: Final = "/dashboard/quotes"
CREDIT_NOTES_PATH: Final = "/dashboard/credit-notes"


async def get_invoice(request: DashboardRequest) -> Invoice:
    """Return the invoice in the path. Raises NotFound."""
    return await get_owned(Invoice, request.staff, request.path_id)


async def get_quote(request: DashboardRequest) -> Quote:
    """Return the quote in the path. Raises NotFound."""
    return await get_owned(Quote, request.staff, request.path_id)


async def get_credit_note(request: DashboardRequest) -> CreditNote:
    """Return the credit note in the path. Raises NotFound."""
    return await get_owned(CreditNote, request.staff, request.path_id)


def invoice_url(invoice: Invoice) -> str:
    """Return the address of the invoice's page."""
    return f"{INVOICES_PATH}/{invoice.id}"


def quote_url(quote: Quote) -> str:
    """Return the address of the quote's page."""
    return f"{QUOTES_PATH}/{quote.id}"


def credit_note_url(note: CreditNote) -> str:
    """Return the address of the credit note's page."""
    return f"{CREDIT_NOTES_PATH}/{note.id}"


def document_url(document: Invoice | Quote | CreditNote) -> str:
    """Return the address of a document's page."""
    match document:
        case Invoice():
            return invoice_url(document)
        case Quote():
            return quote_url(document)
        case CreditNote():
            return credit_note_url(document)
