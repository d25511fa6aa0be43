"""Drafts as their clients would see them."""

from typing import TypeVar

from auth.staff import Staff
from db.transactions import rehearsal
from models import Invoice, InvoiceStatus, Quote, QuoteStatus
from models.documents import DOCUMENT_PARENTS
from services.billing.invoices import issue_invoice
from services.billing.loaders import lines_of
from services.billing.quotes import share_quote
from services.common.lookups import get_owned

RowT = TypeVar("RowT", Invoice, Quote)


@rehearsal
async def preview_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Return an invoice as it would be if it were issued now, with its parties and its lines.

    It is issued in a transaction that is rolled back. Raises what `issue_invoice` raises.
    """
    invoice = await get_owned(Invoice, staff, invoice_id)
    if invoice.status is InvoiceStatus.DRAFT:
        await issue_invoice(staff, invoice_id)
    return await _with_content(invoice)


@rehearsal
async def preview_quote(staff: Staff, quote_id: str) -> Quote:
    """Return a quote as it would be if it were shared now, with its parties and its lines.

    It is shared in a transaction that is rolled back. Raises what `share_quote` raises.
    """
    quote = await get_owned(Quote, staff, quote_id)
    if quote.status is QuoteStatus.DRAFT:
        await share_quote(staff, quote_id)
    return await _with_content(quote)


async def _with_content(document: RowT) -> RowT:
    """Return the document as it is stored in the transaction."""
    row = await type(document).get(id=document.id).select_related(*DOCUMENT_PARENTS)
    row.loaded_lines = await lines_of(row)
    return row
