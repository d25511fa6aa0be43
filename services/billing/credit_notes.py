"""Credit notes: draft, issued, applied to invoices, voided. What is left is credit."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from auth.staff import Staff
from db.transactions import transactional
from errors import AmountTooLarge, AmountTooSmall, BadInput, Conflict
from models import (
    LIVE_CREDIT,
    AuditAction,
    CreditApplication,
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceChange,
    Surplus,
)
from models.money import Minor, to_minor
from services.billing.pricing import choose_currency
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import clean_optional
from services.ledger import balances
from services.ledger.document_numbers import CREDIT_NOTES, next_number


@dataclass(frozen=True, slots=True)
class CreditNoteDraft:
    """What staff can set of a credit note while it is a draft."""

    customer_id: str
    amount: Decimal
    currency: str | None = None
    reason: str | None = None


@transactional
async def create_credit_note(
    staff: Staff, draft: CreditNoteDraft, *, idempotency_key: str | None = None
) -> CreditNote:
    """Return a new draft, or the one that the same key has made before.

    Raises NotFound for the customer, BadInput, AmountTooSmall for nothing or less, and Conflict for
    a key that was used with another draft.
    """
    attempt = idempotency.attempt(idempotency_key, draft)
    if earlier := await idempotency.earlier(CreditNote, staff, attempt):
        return earlier
    columns = await _check(staff, draft) | attempt.columns
    number = await next_number(staff.company_id, CREDIT_NOTES)
    return await CreditNote.create(company_id=staff.company_id, number=number, **columns)


@transactional
async def update_credit_note(
    staff: Staff, credit_note_id: str, draft: CreditNoteDraft
) -> CreditNote:
    """Return the draft with everything in it replaced, but for its number.

    Raises NotFound, BadInput, AmountTooSmall, and Conflict once it is issued.
    """
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    _require_draft(note, "edited")
    columns = await _check(staff, draft)
    note.update_from_dict(columns)
    await note.save(update_fields=list(columns))
    return note


@transactional
async def delete_credit_note(staff: Staff, credit_note_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict once it is issued."""
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    _require_draft(note, "deleted")
    await note.delete()


@transactional
async def issue_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Return the credit note, issued: now the customer has it good.

    Issuing again changes nothing. Raises NotFound, and Conflict for a void one.
    """
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if note.status is CreditNoteStatus.VOID:
        message = "A void credit note can't be issued."
        raise Conflict(message)
    if note.status is CreditNoteStatus.DRAFT:
        note.status, note.issued_at = CreditNoteStatus.ISSUED, datetime.now(UTC)
        await note.save(update_fields=["status", "issued_at"])
        await audit_log.note(staff, AuditAction.CREDIT_NOTE_ISSUED, note.id, note.number)
    return note


@transactional
async def void_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Return the credit note, void: nothing of it is left.

    Voiding again changes nothing. Raises NotFound, and Conflict for a draft (delete it instead),
    once something of it was applied, and for a surplus: its refund uses the credit up, and would
    reopen the invoice if that were gone.
    """
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if note.status is CreditNoteStatus.DRAFT:
        message = "A draft can't be voided. Delete it instead."
        raise Conflict(message)
    if note.status is CreditNoteStatus.APPLIED:
        message = "Something of this credit note was applied, so it can't be voided."
        raise Conflict(message)
    if await Surplus.exists(credit_note_id=note.id):
        message = "This is what was paid beyond what was due. Refund it at Stripe instead."
        raise Conflict(message)
    if note.status is CreditNoteStatus.ISSUED:
        note.status, note.voided_at = CreditNoteStatus.VOID, datetime.now(UTC)
        await note.save(update_fields=["status", "voided_at"])
        await audit_log.note(staff, AuditAction.CREDIT_NOTE_VOIDED, note.id, note.number)
    return note


@transactional
async def apply_credit_note(
    staff: Staff,
    credit_note_id: str,
    invoice_id: str,
    amount: Decimal | None = None,
    *,
    idempotency_key: str | None = None,
) -> CreditNote:
    """Return the credit note with `amount` of it applied to the invoice, which owes less now.

    Without an amount it is as much as is left and due. Raises NotFound, BadInput for an invoice of
    another customer or currency, AmountTooSmall, AmountTooLarge for more than is left or due, and
    Conflict for a credit note of which nothing is good or an invoice that owes nothing.
    """
    attempt = idempotency.attempt(idempotency_key, credit_note_id, invoice_id, amount)
    if await idempotency.earlier(CreditApplication, staff, attempt):
        return await get_owned(CreditNote, staff, credit_note_id)
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    minor = _amount_to_apply(note, invoice, amount)
    await CreditApplication.create(
        company_id=staff.company_id,
        credit_note_id=note.id,
        invoice_id=invoice.id,
        amount=minor,
        idempotency_key=attempt.key,
        idempotency_digest=attempt.digest,
    )
    note.applied, note.status = note.applied + minor, CreditNoteStatus.APPLIED
    await note.save(update_fields=["applied", "status"])
    await audit_log.note(staff, AuditAction.CREDIT_NOTE_APPLIED, note.id, note.number)
    await balances.book(invoice, InvoiceChange.CREDIT_APPLIED, minor)
    return note


def _amount_to_apply(note: CreditNote, invoice: Invoice, amount: Decimal | None) -> Minor:
    """Return what is to be applied, in minor units, if it may be."""
    if note.status not in LIVE_CREDIT or not note.remaining:
        message = f"This credit note is {note.status}, and nothing of it can be applied."
        raise Conflict(message)
    if (invoice.customer_id, invoice.currency) != (note.customer_id, note.currency):
        message = "The invoice is of another customer or in another currency."
        raise BadInput(message, field="invoiceId")
    if amount is None:
        minor = Minor(min(note.remaining, invoice.amount_due))
    else:
        minor = to_minor(amount, note.currency, field="amount")
    balances.check_amount(invoice, minor)
    if minor > note.remaining:
        left = note.money(note.remaining)
        message = f"Only {left.amount} {left.currency} is left of this credit note."
        raise AmountTooLarge(message, field="amount")
    return minor


def _require_draft(note: CreditNote, done: str) -> None:
    if note.status is not CreditNoteStatus.DRAFT:
        message = f"Only a draft can be {done}. This credit note is {note.status}."
        raise Conflict(message)


async def _check(staff: Staff, draft: CreditNoteDraft) -> dict[str, Any]:
    """Return the columns that follow from `draft`."""
    customer = await get_owned(Customer, staff, draft.customer_id)
    currency = await choose_currency(staff, draft.currency)
    total = to_minor(draft.amount, currency, field="amount")
    if total <= 0:
        message = "A credit note must be about more than nothing."
        raise AmountTooSmall(message, field="amount")
    return {
        "customer_id": customer.id,
        "currency": currency,
        "total": total,
        "reason": clean_optional(draft.reason, "reason", most=2000, multiline=True),
    }
