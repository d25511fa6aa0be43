"""Credit notes: draft, edit, issue, void. What is done with their credit is in other modules."""

from datetime import UTC, datetime

from auth.staff import Staff
from db.transactions import transactional
from errors import Conflict, Text
from models import (
    LIVE_CREDIT,
    AuditAction,
    CreditNote,
    CreditNoteStatus,
    Invoice,
)
from services.billing.credit_note_drafts import (
    CreditAmount,
    CreditedPart,
    CreditNoteChanges,
    changed_draft,
    draft_of_amount,
    draft_of_invoice,
)
from services.billing.credit_pricing import amounts_by_taxes
from services.billing.creditable import can_credit, load_creditable
from services.billing.drafts import (
    CREDIT_NOTE,
    can_edit,
    delete_draft,
    insert_draft,
    only_a_draft,
    replace_draft,
)
from services.billing.e_invoices import require_e_invoice
from services.billing.loaders import lines_of, load_is_surplus
from services.common import audit_log, idempotency
from services.common.lookups import get_owned, lock_document
from services.common.status_words import status_text
from services.ledger.issuing import ISSUED_COLUMNS, issue_document


@transactional
async def create_credit_note(
    staff: Staff, content: CreditAmount, *, idempotency_key: str | None = None
) -> CreditNote:
    """Create a draft, or return the one that the same idempotency key created before.

    Raises NotFound for the customer, BadInput, AmountTooSmall for zero or less, and Conflict for a
    key that was used with another draft.
    """
    request = idempotency.identify(idempotency_key, content)
    if earlier := await idempotency.find_earlier(CreditNote, staff, request):
        return earlier
    return await insert_draft(CREDIT_NOTE, staff, await draft_of_amount(staff, content), request)


@transactional
async def credit_invoice(
    staff: Staff,
    invoice_id: str,
    reason: str,
    part: CreditedPart | None = None,
    *,
    idempotency_key: str | None = None,
) -> CreditNote:
    """Create the draft of a credit note that corrects an invoice.

    Without `part`, it is over all that isn't credited yet. Returns the draft that the same
    idempotency key created before. Raises NotFound, BadInput, AmountTooSmall, AmountTooLarge for
    more than isn't credited yet, and Conflict if that is nothing or for a key that was used with
    another draft.
    """
    request = idempotency.identify(idempotency_key, invoice_id, reason, part)
    if earlier := await idempotency.find_earlier(CreditNote, staff, request):
        return earlier
    invoice = await get_owned(Invoice, staff, invoice_id)
    creditable = await load_creditable(invoice)
    if refusal := can_credit(invoice, creditable.credited):
        raise refusal
    draft = await draft_of_invoice(creditable, part or CreditedPart(), reason)
    return await insert_draft(CREDIT_NOTE, staff, draft, request)


@transactional
async def update_credit_note(
    staff: Staff, credit_note_id: str, changes: CreditNoteChanges
) -> CreditNote:
    """Change a draft. The invoice that it corrects stays.

    Raises NotFound, BadInput, AmountTooSmall, AmountTooLarge for more than isn't credited yet of
    the invoice, and Conflict if it isn't a draft.
    """
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if refusal := can_edit(note):
        raise refusal
    draft = await changed_draft(staff, note, changes)
    return await replace_draft(CREDIT_NOTE, staff, credit_note_id, draft)


@transactional
async def delete_credit_note(staff: Staff, credit_note_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict if it isn't a draft."""
    await delete_draft(CREDIT_NOTE, staff, credit_note_id)


def can_issue(note: CreditNote) -> Conflict | None:
    """Return why the credit note can't be issued, or None if it can."""
    return only_a_draft(
        note,
        Text(
            "Only a draft can be issued. This one is %(status)s.", status=status_text(note.status)
        ),
    )


@transactional
async def issue_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Issue a draft, which gives it its number and the customer its credit.

    Does nothing to a credit note that is issued already. Raises NotFound, BadInput with all that is
    missing for the e-invoice that the customer requires, and Conflict for a void one or if it is
    more than isn't credited yet of the invoice that it corrects.
    """
    company = await idempotency.lock_company(staff)
    note = await lock_document(CreditNote, staff, credit_note_id)
    if note.status in LIVE_CREDIT:
        return note
    if refusal := can_issue(note):
        raise refusal
    if note.invoice_id is not None:
        await _require_creditable(staff, note)
    customer = await note.customer
    await issue_document(note, company, customer)
    await require_e_invoice(note, customer)
    note.status = CreditNoteStatus.ISSUED
    note.issued_at = datetime.now(UTC)
    await note.save(update_fields=[*ISSUED_COLUMNS, "status", "issued_at", "updated_at"])
    await audit_log.note_document(staff, AuditAction.CREDIT_NOTE_ISSUED, note, detail=note.reason)
    return note


async def _require_creditable(staff: Staff, note: CreditNote) -> None:
    """Lock the invoice that a draft corrects. Raises Conflict unless so much isn't credited yet."""
    invoice = await get_owned(Invoice, staff, str(note.invoice_id), lock=True)
    creditable = await load_creditable(invoice)
    if refusal := can_credit(invoice, creditable.credited):
        raise refusal
    amounts = amounts_by_taxes(await lines_of(note))
    if refused := creditable.refusal_of(note.total, amounts):
        raise Conflict(Text("%(refusal)s Change the draft.", refusal=refused.message))


def can_void(note: CreditNote, *, is_surplus: bool) -> Conflict | None:
    """Return why the credit note can't be voided, or None if it can.

    A surplus can't be: refunding it uses up the credit, and would reopen the invoice if the credit
    were gone.
    """
    match note.status:
        case CreditNoteStatus.DRAFT:
            return Conflict(Text("A draft can't be voided. Delete it instead."))
        case CreditNoteStatus.APPLIED:
            return Conflict(
                Text("This credit note was applied to an invoice, so it can't be voided.")
            )
        case CreditNoteStatus.VOID:
            return Conflict(Text("This credit note is void already."))
    if note.paid_out:
        return Conflict(Text("Some of this credit note was paid out, so it can't be voided."))
    if is_surplus:
        return Conflict(
            Text(
                "This credit is money that was paid. Refund the payment or pay the credit out"
                " instead."
            )
        )
    return None


@transactional
async def void_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Void an issued credit note, which takes its credit back.

    Does nothing to a void one. Raises NotFound, and Conflict for a draft, as long as some of it is
    applied or paid out, and for a surplus.
    """
    note = await lock_document(CreditNote, staff, credit_note_id)
    if note.status is CreditNoteStatus.VOID:
        return note
    [is_surplus] = await load_is_surplus([note.id])
    if refusal := can_void(note, is_surplus=is_surplus):
        raise refusal
    note.status = CreditNoteStatus.VOID
    note.voided_at = datetime.now(UTC)
    await note.save(update_fields=["status", "voided_at", "updated_at"])
    await audit_log.note_document(staff, AuditAction.CREDIT_NOTE_VOIDED, note)
    return note
