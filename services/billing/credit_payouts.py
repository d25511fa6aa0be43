"""Credit that the business has paid out to its customer, for example by bank transfer."""

from decimal import Decimal

from auth.staff import Staff
from db.transactions import transactional
from errors import Conflict, Text, gather_refusals
from models import AuditAction, CreditNote, CreditPayout
from services.billing.credit_applications import can_use, check_remaining
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.status_words import status_text
from services.common.validation import MAX_REASON, clean, clean_optional
from services.ledger import balances
from services.ledger.booking import book
from services.ledger.locking import lock_ledger
from values.money import to_minor


def can_pay_out(note: CreditNote) -> Conflict | None:
    """Return why nothing of the credit note can be paid out, or None if some of it can."""
    refusal = Text(
        "This credit note is %(status)s, so it can't be paid out.", status=status_text(note.status)
    )
    return can_use(note, refusal)


@transactional
async def pay_out_credit(
    staff: Staff,
    credit_note_id: str,
    amount: Decimal,
    method: str,
    *,
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> CreditNote:
    """Record that `amount` of a credit note was paid out, and return the credit note.

    Raises NotFound, BadInput, AmountTooSmall, AmountTooLarge for more than is left, and Conflict
    for a credit note without credit or a key that was used with another request.
    """
    with gather_refusals() as refusals:
        method = refusals.of(clean, method, "method", most=50) or ""
        reference = refusals.of(clean_optional, reference, "reference", most=200)
        request = idempotency.identify(idempotency_key, credit_note_id, amount, method, reference)
        unlocked = await get_owned(CreditNote, staff, credit_note_id)
        if await idempotency.find_earlier(CreditPayout, staff, request):
            return await get_owned(CreditNote, staff, credit_note_id)
        minor = to_minor(amount, unlocked.currency, field="amount")
        balances.check_positive(minor)
    ledger = await lock_ledger(staff.company_id, credit_notes=[unlocked.id])
    note = ledger.credit_notes[unlocked.id]
    if refusal := can_pay_out(note):
        raise refusal
    check_remaining(note, minor)
    await CreditPayout.create(
        company_id=staff.company_id,
        credit_note_id=note.id,
        amount=minor,
        method=method,
        reference=reference,
        actor=staff.name,
        **request.columns,
    )
    await _change_paid_out(note, minor)
    detail = f"{note.money(minor)}, {method}"
    await audit_log.note_document(staff, AuditAction.CREDIT_PAID_OUT, note, detail=detail)
    return note


def can_reverse_payout(*, is_reversed: bool) -> Conflict | None:
    """Return why a payout can't be reversed, or None if it can."""
    if is_reversed:
        return Conflict(Text("This payout was reversed already."))
    return None


@transactional
async def reverse_credit_payout(
    staff: Staff, payout_id: str, reason: str, *, idempotency_key: str | None = None
) -> CreditNote:
    """Reverse a payout that was recorded by mistake or returned, and return the credit note.

    Does nothing to a payout that was reversed already. Raises NotFound, BadInput, and Conflict
    for a key that was used with another request.
    """
    reason = clean(reason, "reason", most=MAX_REASON)
    request = idempotency.identify(idempotency_key, payout_id, reason)
    payout = await get_owned(CreditPayout, staff, payout_id)
    if await idempotency.find_earlier(CreditPayout, staff, request):
        return await CreditNote.get(id=payout.credit_note_id)
    ledger = await lock_ledger(staff.company_id, credit_notes=[payout.credit_note_id])
    note = ledger.credit_notes[payout.credit_note_id]
    if await CreditPayout.exists(reverses_id=payout.id):
        return note
    if refusal := can_reverse_payout(is_reversed=payout.reverses_id is not None):
        raise refusal
    await CreditPayout.create(
        company_id=staff.company_id,
        credit_note_id=note.id,
        amount=-payout.amount,
        method=payout.method,
        reference=payout.reference,
        reverses_id=payout.id,
        actor=staff.name,
        reason=reason,
        **request.columns,
    )
    await _change_paid_out(note, -payout.amount)
    detail = f"{note.money(payout.amount)}: {reason}"
    await audit_log.note_document(staff, AuditAction.CREDIT_PAYOUT_REVERSED, note, detail=detail)
    await book(ledger)
    return note


async def _change_paid_out(note: CreditNote, amount: int) -> None:
    note.paid_out += amount
    await note.save(update_fields=["paid_out", "updated_at"])
