"""Duplicates: drafts with the content of another invoice or quote."""

from collections.abc import Callable
from typing import Any, TypeVar

from auth.staff import Staff
from db.transactions import transactional
from models import Invoice, Quote
from services.billing.copies import copied_content
from services.billing.drafts import INVOICE, QUOTE, DocumentDraft, Kind, insert_draft
from services.billing.invoices import InvoiceDraft
from services.billing.quotes import QuoteDraft
from services.common import idempotency
from services.common.lookups import get_owned
from values.money import to_decimal

DocumentT = TypeVar("DocumentT", Invoice, Quote)


@transactional
async def duplicate_invoice(
    staff: Staff, invoice_id: str, *, idempotency_key: str | None = None
) -> Invoice:
    """Create a draft with the content of an invoice in any state, but without number and dates.

    Returns the one that the same idempotency key created before, if there is one. Raises NotFound,
    BadInput if the content breaks a rule that is newer than it, and Conflict for a key that was
    used for another request.
    """

    def draft_of(invoice: Invoice, content: dict[str, Any]) -> InvoiceDraft:
        least = invoice.minimum_payment
        return InvoiceDraft(
            **content,
            allow_partial_payment=invoice.allow_partial_payment,
            minimum_payment=None if least is None else to_decimal(least, invoice.currency),
        )

    return await _duplicate(INVOICE, draft_of, staff, invoice_id, idempotency_key)


@transactional
async def duplicate_quote(
    staff: Staff, quote_id: str, *, idempotency_key: str | None = None
) -> Quote:
    """Create a draft with the content of a quote, as `duplicate_invoice` does."""

    def draft_of(_: Quote, content: dict[str, Any]) -> QuoteDraft:
        return QuoteDraft(**content)

    return await _duplicate(QUOTE, draft_of, staff, quote_id, idempotency_key)


async def _duplicate(
    kind: Kind[DocumentT],
    draft_of: Callable[[DocumentT, dict[str, Any]], DocumentDraft],
    staff: Staff,
    document_id: str,
    idempotency_key: str | None,
) -> DocumentT:
    request = idempotency.identify(idempotency_key, "duplicate", document_id)
    if earlier := await idempotency.find_earlier(kind.model, staff, request):
        return earlier
    document = await get_owned(kind.model, staff, document_id)
    content = await copied_content(document)
    # As on the form that starts from a copy: the rounding is the company's now, and so is the
    # customer's reference if the document has none.
    del content["service_period"], content["tax_rounding"]
    content["buyer_reference"] = document.buyer_reference
    return await insert_draft(kind, staff, draft_of(document, content), request)
