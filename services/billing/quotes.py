"""A quote's life: draft, edited, sent, accepted or declined, turned into an invoice."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from auth.staff import Staff
from db.transactions import transactional
from errors import Conflict
from models import AuditAction, Invoice, Quote, QuoteStatus
from models.money import to_decimal
from services.billing.drafts import (
    QUOTE,
    DocumentDraft,
    check_last_day,
    create_draft,
    delete_draft,
    replace_draft,
)
from services.billing.invoices import InvoiceDraft, create_invoice
from services.billing.loaders import lines_of
from services.billing.pricing import LineDraft
from services.common import audit_log, idempotency
from services.common.lookups import get_owned, lock_document
from services.sharing.links import generate_token, revoke_token

_NOTED_AS: Final = {
    QuoteStatus.ACCEPTED: AuditAction.QUOTE_ACCEPTED,
    QuoteStatus.DECLINED: AuditAction.QUOTE_DECLINED,
}


@dataclass(frozen=True, slots=True)
class QuoteDraft(DocumentDraft):
    """What staff can set of a quote while it is a draft."""

    valid_until: date | None = None

    def own_columns(self, currency: str) -> dict[str, Any]:  # noqa: ARG002  # nothing else is money
        """Return the columns that only quotes have; BadInput names what is wrong."""
        _check_valid_until(self.issue_date, self.valid_until)
        return {"valid_until": self.valid_until}


@transactional
async def create_quote(
    staff: Staff, draft: QuoteDraft, *, idempotency_key: str | None = None
) -> Quote:
    """Return a new draft, or the one that the same key has made before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken or a key
    that was used with another draft.
    """
    return await create_draft(QUOTE, staff, draft, idempotency_key)


@transactional
async def update_quote(staff: Staff, quote_id: str, draft: QuoteDraft) -> Quote:
    """Return the draft with everything in it replaced; without a number it keeps its own.

    Raises NotFound, BadInput, and Conflict once it is sent or if the number is taken.
    """
    return await replace_draft(QUOTE, staff, quote_id, draft)


@transactional
async def delete_quote(staff: Staff, quote_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict once it is sent."""
    await delete_draft(QUOTE, staff, quote_id)


@transactional
async def share_quote(staff: Staff, quote_id: str) -> Quote:
    """Return the quote with its share token, minted now if it had none.

    Handing over the link is sending the quote: a draft is sent from now on, and issued today
    unless it has an issue date. Raises NotFound, and BadInput for a draft whose last valid day is
    before that date. Two callers at once get the same token.
    """
    quote = await get_owned(Quote, staff, quote_id, lock=True)
    if quote.status is QuoteStatus.DRAFT:
        await _send(quote)
    await generate_token(staff, quote, AuditAction.QUOTE_SHARED)
    return quote


@transactional
async def revoke_quote_share(staff: Staff, quote_id: str) -> Quote:
    """Return the quote without a share token; the old link is dead for good. Raises NotFound."""
    quote = await get_owned(Quote, staff, quote_id, lock=True)
    await revoke_token(staff, quote, AuditAction.QUOTE_SHARE_REVOKED)
    return quote


@transactional
async def accept_quote(staff: Staff, quote_id: str) -> Quote:
    """Return the quote, accepted, be it expired or not; accepting again changes nothing.

    Raises NotFound, and Conflict for a draft and for a quote that was declined.
    """
    return await _decide(staff, quote_id, QuoteStatus.ACCEPTED)


@transactional
async def decline_quote(staff: Staff, quote_id: str) -> Quote:
    """Return the quote, declined, be it expired or not; declining again changes nothing.

    Raises NotFound, and Conflict for a draft and for a quote that was accepted.
    """
    return await _decide(staff, quote_id, QuoteStatus.DECLINED)


@transactional
async def invoice_quote(staff: Staff, quote_id: str) -> Invoice:
    """Return the draft of an invoice that the accepted quote was turned into, made now if none is.

    The same again, also at once, returns the same invoice; once that draft is deleted, a new one.
    Raises NotFound, and Conflict for a quote that is not accepted.
    """
    await idempotency.lock_company(staff)
    quote = await lock_document(Quote, staff, quote_id)
    if quote.status is not QuoteStatus.ACCEPTED:
        message = f"Only an accepted quote can be invoiced. This quote is {quote.status}."
        raise Conflict(message)
    if quote.invoice_id is not None:
        return await Invoice.get(id=quote.invoice_id)
    invoice = await create_invoice(staff, await _invoice_draft(quote))
    quote.invoice_id = invoice.id
    await quote.save(update_fields=["invoice_id", "updated_at"])
    return invoice


async def _send(quote: Quote) -> None:
    now = datetime.now(UTC)
    quote.issue_date = quote.issue_date or now.date()
    _check_valid_until(quote.issue_date, quote.valid_until)
    quote.status, quote.sent_at = QuoteStatus.SENT, now
    await quote.save(update_fields=["issue_date", "status", "sent_at", "updated_at"])


async def _decide(staff: Staff, quote_id: str, decision: QuoteStatus) -> Quote:
    quote = await get_owned(Quote, staff, quote_id, lock=True)
    if quote.status is decision:
        return quote
    if quote.status is not QuoteStatus.SENT:
        message = f"Only a sent quote can be accepted or declined. This quote is {quote.status}."
        raise Conflict(message)
    quote.status, quote.decided_at = decision, datetime.now(UTC)
    await quote.save(update_fields=["status", "decided_at", "updated_at"])
    await audit_log.note(staff, _NOTED_AS[decision], quote.id, quote.number)
    return quote


async def _invoice_draft(quote: Quote) -> InvoiceDraft:
    """Return what the quote says, as an invoice takes it: so both are priced by the same rule."""
    return InvoiceDraft(
        customer_id=str(quote.customer_id),
        lines=[
            LineDraft(
                line.description,
                line.quantity,
                to_decimal(line.unit_price, quote.currency),
                line.tax_rate,
            )
            for line in await lines_of(quote)
        ],
        currency=quote.currency,
        discount=to_decimal(quote.discount, quote.currency),
        notes=quote.notes,
    )


def _check_valid_until(issue_date: date | None, valid_until: date | None) -> None:
    check_last_day(issue_date, valid_until, "last valid day", "validUntil")
