"""Applying credit to invoices, and taking it off them again."""

from decimal import Decimal

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict, Text
from models import (
    LIVE_CREDIT,
    AuditAction,
    CreditApplication,
    CreditNote,
    CreditNoteStatus,
    Invoice,
    InvoiceChange,
)
from services.billing import credit_notes
from services.billing.credit_note_drafts import CreditedPart
from services.common import audit_log, idempotency
from services.common.lookups import get_owned, lock_document
from services.common.status_words import status_text
from services.common.validation import MAX_REASON, clean
from services.ledger import balances
from services.ledger.booking import Change, book
from services.ledger.locking import LockedLedger, lock_ledger
from services.ledger.spent_credit import require_unspent
from services.ledger.surplus import apply_credit, change_applied
from values.money import AmountReason, AmountTooLarge, Minor, to_minor


def can_apply(note: CreditNote) -> Conflict | None:
    """Return why nothing of the credit note can be applied, or None if some of it can."""
    refusal = Text(
        "This credit note is %(status)s, so it can't be applied.", status=status_text(note.status)
    )
    return can_use(note, refusal)


def can_use(note: CreditNote, refusal: Text) -> Conflict | None:
    """Return why nothing of the credit note can be used: `refusal`, or that nothing is left."""
    if note.status not in LIVE_CREDIT:
        return Conflict(refusal)
    if not note.remaining:
        return Conflict(Text("Nothing is left of this credit note."))
    return None


@transactional
async def apply_credit_note(
    staff: Staff,
    credit_note_id: str,
    invoice_id: str,
    amount: Decimal | None = None,
    *,
    idempotency_key: str | None = None,
) -> CreditNote:
    """Apply `amount` of the credit note to an invoice; None: as much as is left and due.

    Raises NotFound, BadInput for an invoice of another customer or in another currency,
    AmountTooSmall, AmountTooLarge for more than is left or due, and Conflict for a credit note
    without credit, an invoice on which nothing is due, or a key that was used with another request.
    """
    request = idempotency.identify(idempotency_key, credit_note_id, invoice_id, amount)
    if await idempotency.find_earlier(CreditApplication, staff, request):
        return await get_owned(CreditNote, staff, credit_note_id)
    unlocked = await get_owned(CreditNote, staff, credit_note_id)
    target = await get_owned(Invoice, staff, invoice_id)
    if (target.customer_id, target.currency) != (unlocked.customer_id, unlocked.currency):
        raise BadInput(
            Text("The invoice belongs to another customer, or is in another currency."),
            field="invoiceId",
        )
    ledger = await lock_ledger(staff.company_id, invoices=[target.id], credit_notes=[unlocked.id])
    note, invoice = ledger.credit_notes[unlocked.id], ledger.invoices[target.id]
    minor = _amount_to_apply(note, invoice, amount)
    await apply_credit(note, invoice, minor, {"actor": staff.name, **request.columns})
    detail = f"{note.money(minor)} to {invoice.label}"
    await audit_log.note_document(staff, AuditAction.CREDIT_NOTE_APPLIED, note, detail=detail)
    change = Change(
        invoice=invoice, change=InvoiceChange.CREDIT_APPLIED, amount=minor, actor=staff.name
    )
    await book(ledger, change)
    return note


@transactional
async def issue_and_apply_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Issue a draft that corrects an invoice, and apply it to what is due on the invoice.

    Does nothing to one that is issued already. Raises NotFound, and Conflict for one that corrects
    no invoice or can't be issued, and if nothing is due on the invoice.
    """
    unlocked = await get_owned(CreditNote, staff, credit_note_id)
    invoice_id, note_id = unlocked.invoice_id, unlocked.id
    if invoice_id is None:
        raise Conflict(Text("This credit note corrects no invoice. Issue it, and then apply it."))
    ledger = await lock_ledger(staff.company_id, invoices=[invoice_id], credit_notes=[note_id])
    if (note := ledger.credit_notes[note_id]).status in LIVE_CREDIT:
        return note
    await credit_notes.issue_credit_note(staff, credit_note_id)
    return await apply_credit_note(staff, credit_note_id, str(invoice_id))


@transactional
async def credit_at_once(
    staff: Staff,
    invoice_id: str,
    reason: str,
    part: CreditedPart | None = None,
    *,
    idempotency_key: str | None = None,
) -> CreditNote:
    """Credit an invoice, issue the credit note, and apply it to what is due on the invoice.

    What isn't due becomes the customer's credit. Returns the credit note of an earlier request with
    the same key. Raises what `credit_invoice` raises.
    """
    await idempotency.lock_company(staff)
    invoice = await lock_document(Invoice, staff, invoice_id)
    note = await credit_notes.credit_invoice(
        staff, invoice_id, reason, part, idempotency_key=idempotency_key
    )
    if note.status is not CreditNoteStatus.DRAFT:
        return note
    if invoice.is_open:
        return await issue_and_apply_credit_note(staff, str(note.id))
    return await credit_notes.issue_credit_note(staff, str(note.id))


def _amount_to_apply(note: CreditNote, invoice: Invoice, amount: Decimal | None) -> Minor:
    """Return the amount to apply in minor units, after checking it against both documents."""
    if refusal := can_apply(note):
        raise refusal
    if amount is None:
        minor = Minor(min(note.remaining, invoice.amount_due))
    else:
        minor = to_minor(amount, note.currency, field="amount")
    balances.check_amount(invoice, minor)
    check_remaining(note, minor)
    return minor


def check_remaining(note: CreditNote, amount: int) -> None:
    """Raise AmountTooLarge if `amount`, in minor units, is more than is left of the credit note."""
    if amount > note.remaining:
        left = note.money(note.remaining)
        raise AmountTooLarge(
            Text("Only %(amount)s is left of this credit note.", amount=left),
            reason=AmountReason.ABOVE_REMAINING_CREDIT,
            limit=left,
        )


# --- taking it off again --------------------------------------------------------------------------


def can_reverse_application(*, is_reversed: bool, is_own_surplus: bool) -> Conflict | None:
    """Return why applied credit can't be taken off, or None if it can unless it is in use."""
    if is_reversed:
        return Conflict(Text("This credit was removed already."))
    if is_own_surplus:
        return Conflict(
            Text("This credit makes up for a payment of the same invoice that was reversed.")
        )
    return None


@transactional
async def reverse_credit_application(
    staff: Staff, application_id: str, reason: str, *, idempotency_key: str | None = None
) -> CreditNote:
    """Take applied credit off its invoice, and return the credit note, which has it again.

    Does nothing to an application that was reversed already. Raises NotFound, BadInput, and
    Conflict for credit from a surplus of the same invoice, for credit whose own surplus is in use
    elsewhere, or for a key that was used with another request.
    """
    reason = clean(reason, "reason", most=MAX_REASON)
    request = idempotency.identify(idempotency_key, application_id, reason)
    application = await get_owned(CreditApplication, staff, application_id)
    if await idempotency.find_earlier(CreditApplication, staff, request):
        return await CreditNote.get(id=application.credit_note_id)
    ledger = await lock_ledger(
        staff.company_id,
        invoices=[application.invoice_id],
        credit_notes=[application.credit_note_id],
    )
    note = ledger.credit_notes[application.credit_note_id]
    invoice = ledger.invoices[application.invoice_id]
    if await CreditApplication.exists(reverses_id=application.id):
        return note
    await _require_reversible(ledger, application)
    await CreditApplication.create(
        company_id=staff.company_id,
        credit_note_id=note.id,
        invoice_id=invoice.id,
        amount=-application.amount,
        reverses_id=application.id,
        actor=staff.name,
        reason=reason,
        **request.columns,
    )
    await change_applied(note, -application.amount)
    detail = f"{note.money(application.amount)} from {invoice.label}: {reason}"
    await audit_log.note_document(
        staff, AuditAction.CREDIT_APPLICATION_REVERSED, note, detail=detail
    )
    change = Change(
        invoice=invoice,
        change=InvoiceChange.CREDIT_REVERSED,
        amount=application.amount,
        actor=staff.name,
        reason=reason,
    )
    await book(ledger, change)
    return note


async def _require_reversible(ledger: LockedLedger, application: CreditApplication) -> None:
    invoice = ledger.invoices[application.invoice_id]
    is_own_surplus = ledger.surpluses.get(application.credit_note_id) == invoice.id
    is_reversal = application.reverses_id is not None
    if refusal := can_reverse_application(is_reversed=is_reversal, is_own_surplus=is_own_surplus):
        raise refusal
    await require_unspent(ledger, invoice, application.amount, application.applied_at)
