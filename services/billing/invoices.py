"""Invoices: draft, edit, issue, cancel. Payments are in `manual_payments` and `checkout`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict, Text, gather_refusals
from models import AuditAction, Company, Invoice, InvoiceChange, InvoiceStatus, Quote
from services.billing.creditable import load_credited
from services.billing.drafts import (
    INVOICE,
    DocumentDraft,
    check_last_day,
    create_draft,
    delete_draft,
    only_a_draft,
    replace_draft,
)
from services.billing.e_invoices import require_e_invoice
from services.common import audit_log, idempotency
from services.common.lookups import lock_document, parse_id
from services.common.status_words import status_text
from services.ledger.invoice_events import publish_paid, record_event
from services.ledger.issuing import ISSUED_COLUMNS, issue_document, planned_due_date
from services.ledger.open_checkouts import expire_open_checkouts
from values.money import to_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft(DocumentDraft):
    """The content of an invoice's draft."""

    due_date: date | None = None
    allow_partial_payment: bool | None = None
    """None for as the company has set, with its minimum if that is in the same currency."""
    minimum_payment: Decimal | None = None

    def own_columns(self, currency: str, company: Company) -> dict[str, Any]:
        """Return the columns that only invoices have; BadInput names what is wrong."""
        with gather_refusals() as refusals:
            refusals.of(_check_due_date, self.issue_date, self.due_date)
            minimum = refusals.of(_minimum_payment, self.minimum_payment, currency)
        allows, is_chosen = self.allow_partial_payment, self.allow_partial_payment is not None
        if not is_chosen and minimum is None and currency == company.currency:
            minimum = company.minimum_payment
        return {
            "due_date": self.due_date,
            "allow_partial_payment": allows if is_chosen else company.allow_partial_payment,
            "minimum_payment": minimum,
        }


@transactional
async def create_invoice(
    staff: Staff, draft: InvoiceDraft, *, idempotency_key: str | None = None
) -> Invoice:
    """Create a draft, or return the one that the same idempotency key created before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken or a key
    that was used with another draft, all of them before it writes anything.
    """
    return await create_draft(INVOICE, staff, draft, idempotency_key)


@transactional
async def update_invoice(
    staff: Staff, invoice_id: str, draft: InvoiceDraft, version: str | None = None
) -> Invoice:
    """Replace everything in a draft; without a number it keeps its own.

    Raises NotFound, BadInput, DraftChanged if it has another `version` by now, and Conflict if it
    isn't a draft or the number is taken.
    """
    return await replace_draft(INVOICE, staff, invoice_id, draft, version)


@transactional
async def delete_invoice(staff: Staff, invoice_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict if it isn't a draft."""
    # Deleting it clears the reference of the quote that it was created from, and quotes are locked
    # before invoices.
    quotes = Quote.filter(invoice_id=parse_id(invoice_id), company_id=staff.company_id)
    await quotes.select_for_update(no_key=True)
    await delete_draft(INVOICE, staff, invoice_id)


def can_issue(invoice: Invoice) -> Conflict | None:
    """Return why the invoice can't be issued, or None if it can once its dates are right."""
    return only_a_draft(
        invoice,
        Text(
            "Only a draft can be issued. This one is %(status)s.",
            status=status_text(invoice.status),
        ),
    )


@transactional
async def issue_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Issue a draft, which gives it its number and freezes its parties and texts.

    The issue date is the company's today unless the draft has one, and the due date follows from
    the days to pay. Does nothing to an invoice that is issued already. Raises NotFound, BadInput
    for a due date before the issue date or with all that is missing for the e-invoice that the
    customer requires, and Conflict for a cancelled invoice or a number that is taken.
    """
    company = await idempotency.lock_company(staff)
    invoice = await lock_document(Invoice, staff, invoice_id)
    if invoice.is_open or invoice.status is InvoiceStatus.PAID:
        return invoice
    if refusal := can_issue(invoice):
        raise refusal
    customer = await invoice.customer
    await issue_document(invoice, company, customer)
    invoice.due_date = planned_due_date(invoice, company, customer)
    _check_due_date(invoice.issue_date, invoice.due_date)
    invoice.issued_at = datetime.now(UTC)
    invoice.status = invoice.status_when_issued
    await require_e_invoice(invoice, customer)
    await invoice.save(
        update_fields=[*ISSUED_COLUMNS, "due_date", "issued_at", "status", "updated_at"]
    )
    await audit_log.note_document(staff, AuditAction.INVOICE_ISSUED, invoice)
    await record_event(invoice, InvoiceChange.ISSUED, actor=staff.name)
    if invoice.status is InvoiceStatus.PAID:
        publish_paid(invoice)
    return invoice


def can_cancel(invoice: Invoice, credited: int) -> Conflict | None:
    """Return why the invoice can't be cancelled, or None if it can.

    `credited` is what `load_credited` returns. Cancelling the invoice as well would give the
    customer the same amount twice. An invoice with a total of zero is PAID as soon as it is issued.
    Nothing was paid on it, so it can be cancelled.
    """
    if invoice.status is InvoiceStatus.DRAFT:
        return Conflict(Text("A draft can't be cancelled. Delete it instead."))
    if invoice.status is InvoiceStatus.CANCELLED:
        return Conflict(Text("This invoice is already cancelled."))
    if invoice.amount_paid:
        return Conflict(Text("This invoice has payments, so it can't be cancelled."))
    if invoice.written_off:
        return Conflict(Text("Something is written off on this invoice, so it can't be cancelled."))
    if credited:
        return Conflict(
            Text("This invoice has credit notes, so it can't be cancelled. Void them first.")
        )
    return None


@transactional
async def cancel_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Cancel an issued invoice; its link keeps working and says so.

    Does nothing to a cancelled invoice. Raises NotFound, and Conflict for a draft and for an
    invoice with payments or credit notes.
    """
    invoice = await lock_document(Invoice, staff, invoice_id)
    if invoice.status is InvoiceStatus.CANCELLED:
        return invoice
    [credited] = await load_credited([invoice.id])
    if refusal := can_cancel(invoice, credited):
        raise refusal
    invoice.status = InvoiceStatus.CANCELLED
    invoice.cancelled_at = datetime.now(UTC)
    await invoice.save(update_fields=["status", "cancelled_at", "updated_at"])
    await expire_open_checkouts(invoice.id)
    await audit_log.note_document(staff, AuditAction.INVOICE_CANCELLED, invoice)
    await record_event(invoice, InvoiceChange.CANCELLED, actor=staff.name)
    return invoice


def _check_due_date(issue_date: date | None, due_date: date | None) -> None:
    check_last_day(issue_date, due_date, Text("The due date is before the issue date."), "dueDate")


def _minimum_payment(amount: Decimal | None, currency: str) -> int | None:
    """Return `amount` in minor units."""
    if amount is None:
        return None
    minimum = to_minor(amount, currency, field="minimumPayment")
    if minimum <= 0:
        raise BadInput(
            Text("The minimum payment must be greater than zero."), field="minimumPayment"
        )
    return minimum
