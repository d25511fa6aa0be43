"""Payments received outside Stripe, which staff record and can reverse."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict, Text, gather_refusals
from models import (
    AuditAction,
    CheckoutShare,
    Invoice,
    InvoiceChange,
    InvoiceStatus,
    Payment,
    PaymentReversalKind,
    Reversal,
)
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import MAX_REASON, clean, clean_optional
from services.ledger import balances
from services.ledger.booking import Change, book
from services.ledger.locking import lock_ledger
from services.ledger.payment_emails import queue_receipts
from services.ledger.spent_credit import require_unspent
from values.money import AmountReason, AmountTooLarge, Minor, to_minor

_CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a caller's clock may be ahead of ours."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""An earlier time of receipt can only be a slip of the keyboard."""


def can_record_payment(invoice: Invoice) -> Conflict | None:
    """Return why no payment can be recorded for what is due, or None if one can.

    What was written off counts as due: a payment reverses the write-off.
    """
    if invoice.written_off:
        return None
    return balances.can_book(invoice)


def can_record_surplus(invoice: Invoice) -> Conflict | None:
    """Return why no money at all can be recorded for the invoice, or None if it can."""
    if invoice.status is InvoiceStatus.DRAFT:
        return balances.can_book(invoice)
    return None


@transactional
async def record_payment(  # noqa: PLR0913  # what a payment consists of
    staff: Staff,
    invoice_id: str,
    amount: Decimal,
    method: str,
    *,
    received_at: datetime | None = None,
    reference: str | None = None,
    surplus_as_credit: bool = False,
    send_receipt: bool = True,
    idempotency_key: str | None = None,
) -> Invoice:
    """Record a payment, and return the invoice with its new balance and status.

    With `send_receipt`, the customer gets the receipt by e-mail if the company sends receipts.
    With `surplus_as_credit`, what isn't due becomes credit of the customer. Without it, raises
    AmountTooLarge for more than is due, and Conflict for an invoice on which nothing is due. Always
    raises NotFound, BadInput, AmountTooSmall for zero or less, and Conflict for a draft or a key
    that was used with another payment.
    """
    options = ["surplus as credit"] if surplus_as_credit else []
    options += [] if send_receipt else ["no receipt"]
    with gather_refusals() as refusals:
        details: dict[str, Any] = {
            "method": refusals.of(clean, method, "method", most=50),
            "reference": refusals.of(clean_optional, reference, "reference", most=200),
            "received_at": refusals.of(_check_received_at, received_at),
        }
        request = idempotency.identify(
            idempotency_key, invoice_id, amount, method, received_at, reference, *options
        )
        if await idempotency.find_earlier(Payment, staff, request):
            return await get_owned(Invoice, staff, invoice_id)
        unlocked = await get_owned(Invoice, staff, invoice_id)
        minor = to_minor(amount, unlocked.currency, field="amount")
        balances.check_positive(minor)
    ledger = await lock_ledger(staff.company_id, invoices=[unlocked.id])
    invoice = ledger.invoices[unlocked.id]
    _check_amount(invoice, minor, surplus_as_credit=surplus_as_credit)
    details |= request.columns
    payment = await Payment.create(
        company_id=staff.company_id,
        invoice_id=invoice.id,
        amount=minor,
        currency=invoice.currency,
        actor=staff.name,
        **details,
    )
    if send_receipt:
        await queue_receipts(ledger.customer, [payment])
    paid = f"{invoice.money(minor)}, {details['method']}"
    await audit_log.note_document(staff, AuditAction.PAYMENT_RECORDED, invoice, detail=paid)
    change = Change(
        invoice=invoice,
        change=InvoiceChange.PAYMENT_RECEIVED,
        amount=minor,
        actor=staff.name,
        subject_id=payment.id,
    )
    await book(ledger, change)
    return invoice


def _check_received_at(received_at: datetime | None) -> datetime:
    now = datetime.now(UTC)
    if received_at is None:
        return now
    if received_at > now + _CLOCK_SKEW:
        raise BadInput(Text("A payment can't be received in the future."), field="receivedAt")
    if received_at < _EARLIEST:
        raise BadInput(
            Text("Enter a date from %(first)s on.", first=_EARLIEST.date()), field="receivedAt"
        )
    return received_at


def _check_amount(invoice: Invoice, amount: Minor, *, surplus_as_credit: bool) -> None:
    allowed = can_record_surplus if surplus_as_credit else can_record_payment
    if refusal := allowed(invoice):
        raise refusal
    limit = invoice.money(invoice.amount_due + invoice.written_off)
    if amount > limit.minor and not surplus_as_credit:
        message = Text("Only %(amount)s is due.", amount=limit)
        if invoice.written_off:
            message = Text("Only %(amount)s is due or written off.", amount=limit)
        raise AmountTooLarge(message, reason=AmountReason.ABOVE_AMOUNT_DUE, limit=limit)


# --- reversing one --------------------------------------------------------------------------------


def can_reverse_payment(*, is_online: bool, is_reversed: bool) -> Conflict | None:
    """Return why a payment can't be reversed, or None if it can unless its surplus is in use."""
    if is_online:
        return Conflict(Text("This payment was made through Stripe. Refund it instead."))
    if is_reversed:
        return Conflict(Text("This payment was already reversed."))
    return None


@transactional
async def reverse_payment(
    staff: Staff, payment_id: str, reason: str, *, idempotency_key: str | None = None
) -> Invoice:
    """Reverse a payment that staff recorded by mistake, and return the invoice.

    Credit that its surplus became is used up. Does nothing to a payment that was reversed already.
    Raises NotFound, BadInput, and Conflict for a payment through Stripe, for one whose surplus is
    in use elsewhere, or for a key that was used with another request.
    """
    reason = clean(reason, "reason", most=MAX_REASON)
    request = idempotency.identify(idempotency_key, payment_id, reason)
    payment = await get_owned(Payment, staff, payment_id)
    if await idempotency.find_earlier(Reversal, staff, request):
        return await Invoice.get(id=payment.invoice_id)
    ledger = await lock_ledger(staff.company_id, invoices=[payment.invoice_id])
    invoice = ledger.invoices[payment.invoice_id]
    if await Reversal.exists(reversed_payment_id=payment.id):
        return invoice
    is_online = await CheckoutShare.exists(id=payment.id)
    if refusal := can_reverse_payment(is_online=is_online, is_reversed=False):
        raise refusal
    await require_unspent(ledger, invoice, payment.amount, payment.created_at)
    await Reversal.create(
        company_id=staff.company_id,
        invoice_id=invoice.id,
        payment_id=payment.id,
        kind=PaymentReversalKind.REVERSAL,
        amount=payment.amount,
        reversed_payment_id=payment.id,
        actor=staff.name,
        reason=reason,
        **request.columns,
    )
    detail = f"{invoice.money(payment.amount)}: {reason}"
    await audit_log.note_document(staff, AuditAction.PAYMENT_REVERSED, invoice, detail=detail)
    change = Change(
        invoice=invoice,
        change=InvoiceChange.PAYMENT_REVERSED,
        amount=payment.amount,
        actor=staff.name,
        reason=reason,
        subject_id=payment.id,
    )
    await book(ledger, change)
    return invoice
