"""Quotes: draft, edit, share, accept or decline, turn into an invoice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final

from structlog import get_logger

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict, Text
from models import (
    AuditAction,
    Company,
    Invoice,
    InvoiceChange,
    InvoiceStatus,
    Quote,
    QuoteStatus,
    SubjectType,
    WebhookEvent,
)
from services.billing.copies import copied_content
from services.billing.drafts import (
    QUOTE,
    DocumentDraft,
    check_last_day,
    create_draft,
    delete_draft,
    replace_draft,
)
from services.billing.invoices import InvoiceDraft, create_invoice
from services.common import audit_log, idempotency
from services.common.lookups import get_owned, lock_document
from services.common.status_words import status_text
from services.common.webhook_events import Subject, publish
from services.ledger.invoice_events import record_event
from services.ledger.issuing import ISSUED_COLUMNS, issue_document
from services.sharing.links import generate_token, revoke_token

_AUDIT_ACTIONS: Final = {
    QuoteStatus.ACCEPTED: AuditAction.QUOTE_ACCEPTED,
    QuoteStatus.DECLINED: AuditAction.QUOTE_DECLINED,
}
_EVENTS: Final = {
    QuoteStatus.ACCEPTED: WebhookEvent.QUOTE_ACCEPTED,
    QuoteStatus.DECLINED: WebhookEvent.QUOTE_DECLINED,
}
_CHANGES: Final = {
    QuoteStatus.ACCEPTED: InvoiceChange.QUOTE_ACCEPTED,
    QuoteStatus.DECLINED: InvoiceChange.QUOTE_DECLINED,
}
_NOTHING: Final[Mapping[str, str | None]] = MappingProxyType({})

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDraft(DocumentDraft):
    """The content of a quote's draft."""

    valid_until: date | None = None

    def own_columns(self, currency: str, company: Company) -> dict[str, Any]:  # noqa: ARG002
        """Return the columns that only quotes have; BadInput names what is wrong."""
        _check_valid_until(self.issue_date, self.valid_until)
        return {"valid_until": self.valid_until}


@transactional
async def create_quote(
    staff: Staff, draft: QuoteDraft, *, idempotency_key: str | None = None
) -> Quote:
    """Create a draft, or return the one that the same idempotency key created before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken or a key
    that was used with another draft.
    """
    return await create_draft(QUOTE, staff, draft, idempotency_key)


@transactional
async def update_quote(
    staff: Staff, quote_id: str, draft: QuoteDraft, version: str | None = None
) -> Quote:
    """Replace everything in a draft; without a number it keeps its own.

    Raises NotFound, BadInput, DraftChanged if it has another `version` by now, and Conflict if it
    isn't a draft or the number is taken.
    """
    return await replace_draft(QUOTE, staff, quote_id, draft, version)


@transactional
async def delete_quote(staff: Staff, quote_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict if it isn't a draft."""
    await delete_draft(QUOTE, staff, quote_id)


@transactional
async def share_quote(staff: Staff, quote_id: str) -> Quote:
    """Share the quote in any state: give it a share token, or keep the one it has.

    Sharing a draft sends it, which gives it its number and freezes its parties. Its issue date is
    the company's today unless it has one. Raises NotFound, BadInput for a draft that is no longer
    valid on that date, and Conflict if the number chosen for it is taken. Concurrent callers get
    the same token.
    """
    company = await idempotency.lock_company(staff)
    quote = await get_owned(Quote, staff, quote_id, lock=True)
    if quote.status is QuoteStatus.DRAFT:
        await _send(company, quote)
    await generate_token(staff, quote, AuditAction.QUOTE_SHARED)
    return quote


@transactional
async def revoke_quote_share(staff: Staff, quote_id: str) -> Quote:
    """Revoke the quote's link for good. Raises NotFound."""
    quote = await get_owned(Quote, staff, quote_id, lock=True)
    await revoke_token(staff, quote, AuditAction.QUOTE_SHARE_REVOKED)
    return quote


def can_decide(quote: Quote) -> Conflict | None:
    """Return why the quote can't be accepted or declined, or None if it can."""
    if quote.status is QuoteStatus.SENT:
        return None
    return Conflict(
        Text(
            "Only a sent quote can be accepted or declined. This quote is %(status)s.",
            status=status_text(quote.status),
        )
    )


@transactional
async def accept_quote(staff: Staff, quote_id: str) -> Quote:
    """Mark the quote as accepted, even if it has expired.

    Does nothing to an accepted quote. Raises NotFound, and Conflict for a draft and for a declined
    quote.
    """
    return await _decide(staff, quote_id, QuoteStatus.ACCEPTED)


@transactional
async def decline_quote(staff: Staff, quote_id: str) -> Quote:
    """Mark the quote as declined, even if it has expired.

    Does nothing to a declined quote. Raises NotFound, and Conflict for a draft and for an accepted
    quote.
    """
    return await _decide(staff, quote_id, QuoteStatus.DECLINED)


def can_invoice(quote: Quote, invoice: Invoice | None) -> Conflict | None:
    """Return why no invoice can be created from the quote, or None if one can.

    `invoice` is the one that it has. A cancelled one can be replaced.
    """
    if quote.status is not QuoteStatus.ACCEPTED:
        return Conflict(
            Text(
                "Only an accepted quote can be invoiced. This quote is %(status)s.",
                status=status_text(quote.status),
            )
        )
    if invoice is not None and invoice.status is not InvoiceStatus.CANCELLED:
        return Conflict(Text("This quote is already invoiced."))
    return None


@transactional
async def invoice_quote(staff: Staff, quote_id: str) -> Invoice:
    """Create the draft of an invoice from an accepted quote, or return the invoice it has.

    Concurrent callers get the same invoice. After its draft was deleted or it was cancelled,
    another can be created. Raises NotFound, and Conflict for a quote that isn't accepted.
    """
    await idempotency.lock_company(staff)
    quote = await lock_document(Quote, staff, quote_id)
    earlier = await Invoice.get(id=quote.invoice_id) if quote.invoice_id else None
    if earlier is not None and can_invoice(quote, earlier):
        return earlier
    if refusal := can_invoice(quote, earlier):
        raise refusal
    return await _invoice(staff, quote)


async def _send(company: Company, quote: Quote) -> None:
    await issue_document(quote, company, await quote.customer)
    _check_valid_until(quote.issue_date, quote.valid_until)
    quote.status = QuoteStatus.SENT
    quote.sent_at = datetime.now(UTC)
    await quote.save(update_fields=[*ISSUED_COLUMNS, "status", "sent_at", "updated_at"])


async def _decide(staff: Staff, quote_id: str, decision: QuoteStatus) -> Quote:
    company = await idempotency.lock_company(staff)
    quote = await lock_document(Quote, staff, quote_id)
    if quote.status is decision:
        return quote
    if refusal := can_decide(quote):
        raise refusal
    await decide(staff, company, quote, decision)
    return quote


async def decide(
    actor: Staff,
    company: Company,
    quote: Quote,
    decision: QuoteStatus,
    answer: Mapping[str, str | None] = _NOTHING,
) -> None:
    """Accept or decline a quote that is locked with its company and customer.

    `answer` has the columns of a client's answer. Accepting it creates the draft of its invoice if
    the company wants that.
    """
    quote.update_from_dict({"status": decision, "decided_at": datetime.now(UTC), **answer})
    await quote.save(update_fields=["status", "decided_at", "updated_at", *answer])
    await audit_log.note_document(actor, _AUDIT_ACTIONS[decision], quote)
    publish(quote.company_id, _EVENTS[decision], Subject(SubjectType.QUOTE, quote.id))
    if company.invoices_accepted_quotes and decision is QuoteStatus.ACCEPTED:
        try:
            await _invoice(actor, quote)
        except BadInput:
            # The rules have changed since it was written, so staff have to write the invoice.
            # Nothing has been stored yet: `create_invoice` checks everything first.
            log.warning("quotes.not_invoiced", quote_id=str(quote.id), exc_info=True)
    await record_event(quote, _CHANGES[decision], actor=None if answer else actor.name)


async def _invoice(actor: Staff, quote: Quote) -> Invoice:
    """Create the draft of an invoice with the quote's content, which is priced again."""
    content = await copied_content(quote)
    if quote.answer_purchase_order is not None:
        content["purchase_order"] = quote.answer_purchase_order
    invoice = await create_invoice(actor, InvoiceDraft(**content))
    quote.invoice_id = invoice.id
    await quote.save(update_fields=["invoice_id", "updated_at"])
    return invoice


def _check_valid_until(issue_date: date | None, valid_until: date | None) -> None:
    check_last_day(
        issue_date, valid_until, Text("The last valid day is before the issue date."), "validUntil"
    )
