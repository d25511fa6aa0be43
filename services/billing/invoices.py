"""An invoice's life: draft, edited, issued, cancelled. What is paid is in `payments`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict
from models import Invoice, InvoiceChange, InvoiceStatus, Quote
from models.money import to_minor
from services.billing.drafts import (
    INVOICE,
    DocumentDraft,
    check_last_day,
    create_draft,
    delete_draft,
    replace_draft,
)
from services.common.lookups import get_owned, parse_id
from services.ledger.invoice_events import note_update
from services.ledger.open_checkouts import expire_open_checkouts


@dataclass(frozen=True, slots=True)
class InvoiceDraft(DocumentDraft):
    """What staff can set of an invoice while it is a draft."""

    due_date: date | None = None
    allow_partial_payment: bool = False
    minimum_payment: Decimal | None = None

    def own_columns(self, currency: str) -> dict[str, Any]:
        """Return the columns that only invoices have; BadInput names what is wrong."""
        _check_due_date(self.issue_date, self.due_date)
        return {
            "due_date": self.due_date,
            "allow_partial_payment": self.allow_partial_payment,
            "minimum_payment": _minimum(self.minimum_payment, currency),
        }


@transactional
async def create_invoice(
    staff: Staff, draft: InvoiceDraft, *, idempotency_key: str | None = None
) -> Invoice:
    """Return a new draft, or the one that the same key has made before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken or a key
    that was used with another draft.
    """
    return await create_draft(INVOICE, staff, draft, idempotency_key)


@transactional
async def update_invoice(staff: Staff, invoice_id: str, draft: InvoiceDraft) -> Invoice:
    """Return the draft with everything in it replaced; without a number it keeps its own.

    Raises NotFound, BadInput, and Conflict once it is issued or if the number is taken.
    """
    return await replace_draft(INVOICE, staff, invoice_id, draft)


@transactional
async def delete_invoice(staff: Staff, invoice_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict once it is issued."""
    # A quote that it came from forgets it, and quotes are locked before invoices.
    quotes = Quote.filter(invoice_id=parse_id(invoice_id), company_id=staff.company_id)
    await quotes.select_for_update(no_key=True)
    await delete_draft(INVOICE, staff, invoice_id)


@transactional
async def issue_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Return the invoice, issued; the issue date is today unless the draft has one.

    Issuing again changes nothing. Raises NotFound, BadInput for a due date before the issue date,
    and Conflict for a cancelled invoice.
    """
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    if invoice.status is InvoiceStatus.CANCELLED:
        message = "A cancelled invoice can't be issued."
        raise Conflict(message)
    if invoice.status is InvoiceStatus.DRAFT:
        now = datetime.now(UTC)
        invoice.issue_date = invoice.issue_date or now.date()
        _check_due_date(invoice.issue_date, invoice.due_date)
        invoice.issued_at = now
        invoice.status = invoice.status_when_paid(invoice.amount_paid)
        await invoice.save(update_fields=["issue_date", "issued_at", "status", "updated_at"])
        await note_update(invoice, InvoiceChange.ISSUED)
    return invoice


@transactional
async def cancel_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Return the invoice, cancelled; its link goes on working and says so.

    Cancelling again changes nothing. Raises NotFound, and Conflict for a draft (delete it instead)
    and for an invoice on which money was received.
    """
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    if invoice.status is InvoiceStatus.CANCELLED:
        return invoice
    if invoice.status is InvoiceStatus.DRAFT:
        message = "A draft can't be cancelled. Delete it instead."
        raise Conflict(message)
    if invoice.amount_paid:
        message = "Something is paid on this invoice, so it can't be cancelled."
        raise Conflict(message)
    invoice.status, invoice.cancelled_at = InvoiceStatus.CANCELLED, datetime.now(UTC)
    await invoice.save(update_fields=["status", "cancelled_at", "updated_at"])
    await expire_open_checkouts(invoice.id)
    await note_update(invoice, InvoiceChange.CANCELLED)
    return invoice


def _check_due_date(issue_date: date | None, due_date: date | None) -> None:
    check_last_day(issue_date, due_date, "due date", "dueDate")


def _minimum(amount: Decimal | None, currency: str) -> int | None:
    """Return the minimum payment in minor units."""
    if amount is None:
        return None
    minimum = to_minor(amount, currency, field="minimumPayment")
    if minimum <= 0:
        message = "The minimum payment must be more than nothing."
        raise BadInput(message, field="minimumPayment")
    return minimum
