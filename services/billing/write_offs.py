"""Writing off what is due on an invoice, and claiming it again."""

from decimal import Decimal

from auth.staff import Staff
from db.transactions import transactional
from errors import Conflict, Text, gather_refusals
from models import AuditAction, Invoice, InvoiceChange, WriteOff
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import MAX_REASON, clean
from services.ledger import balances
from services.ledger.booking import Change, book
from services.ledger.locking import lock_ledger
from values.money import to_minor


def can_write_off(invoice: Invoice) -> Conflict | None:
    """Return why nothing of the invoice can be written off, or None if what is due can."""
    return balances.can_book(invoice)


@transactional
async def write_off(
    staff: Staff,
    invoice_id: str,
    reason: str,
    amount: Decimal | None = None,
    *,
    idempotency_key: str | None = None,
) -> Invoice:
    """Write off `amount` of what is due on an invoice; None: all of it. Return the invoice.

    Money that arrives later reverses the write-off. Raises NotFound, BadInput, AmountTooSmall,
    AmountTooLarge for more than is due, and Conflict if nothing is due or for a key that was used
    with another request.
    """
    with gather_refusals() as refusals:
        reason = refusals.of(clean, reason, "reason", most=MAX_REASON) or ""
        request = idempotency.identify(idempotency_key, invoice_id, amount, reason)
        unlocked = await get_owned(Invoice, staff, invoice_id)
        if await idempotency.find_earlier(WriteOff, staff, request):
            return await get_owned(Invoice, staff, invoice_id)
        given = None
        if amount is not None:
            given = to_minor(amount, unlocked.currency, field="amount")
            balances.check_positive(given)
    ledger = await lock_ledger(staff.company_id, invoices=[unlocked.id])
    invoice = ledger.invoices[unlocked.id]
    minor = invoice.amount_due if given is None else given
    balances.check_amount(invoice, minor)
    await WriteOff.create(
        company_id=staff.company_id,
        invoice_id=invoice.id,
        amount=minor,
        actor=staff.name,
        reason=reason,
        **request.columns,
    )
    detail = f"{invoice.money(minor)}: {reason}"
    await audit_log.note_document(staff, AuditAction.INVOICE_WRITTEN_OFF, invoice, detail=detail)
    change = Change(
        invoice=invoice,
        change=InvoiceChange.WRITTEN_OFF,
        amount=minor,
        actor=staff.name,
        reason=reason,
    )
    await book(ledger, change)
    return invoice


def can_reverse_write_off(invoice: Invoice) -> Conflict | None:
    """Return why no write-off can be reversed, or None if all that is written off can."""
    if not invoice.written_off:
        return Conflict(Text("Nothing is written off on this invoice."))
    return None


@transactional
async def reverse_write_off(
    staff: Staff, invoice_id: str, reason: str, *, idempotency_key: str | None = None
) -> Invoice:
    """Make due again all that is written off on an invoice, and return the invoice.

    Raises NotFound, BadInput, and Conflict if nothing is written off or for a key that was used
    with another request.
    """
    reason = clean(reason, "reason", most=MAX_REASON)
    request = idempotency.identify(idempotency_key, "reverse", invoice_id, reason)
    unlocked = await get_owned(Invoice, staff, invoice_id)
    if await idempotency.find_earlier(WriteOff, staff, request):
        return await get_owned(Invoice, staff, invoice_id)
    ledger = await lock_ledger(staff.company_id, invoices=[unlocked.id])
    invoice = ledger.invoices[unlocked.id]
    if refusal := can_reverse_write_off(invoice):
        raise refusal
    minor = invoice.written_off
    await WriteOff.create(
        company_id=staff.company_id,
        invoice_id=invoice.id,
        amount=-minor,
        actor=staff.name,
        reason=reason,
        **request.columns,
    )
    detail = f"{invoice.money(minor)}: {reason}"
    await audit_log.note_document(staff, AuditAction.WRITE_OFF_REVERSED, invoice, detail=detail)
    change = Change(
        invoice=invoice,
        change=InvoiceChange.WRITE_OFF_REVERSED,
        amount=minor,
        actor=staff.name,
        reason=reason,
    )
    await book(ledger, change)
    return invoice
