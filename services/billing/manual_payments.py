"""Payments received outside Stripe, which staff record."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict
from models import Invoice, InvoiceChange, Payment
from models.money import to_minor
from services.common import idempotency
from services.common.lookups import get_owned
from services.common.validation import clean, clean_optional
from services.ledger import balances

_CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a caller's clock may be ahead of ours."""


def can_record_payment(invoice: Invoice) -> Conflict | None:
    """Return why no payment can be recorded for the invoice, or None if one can."""
    return balances.can_book(invoice)


@transactional
async def record_payment(
    staff: Staff,
    invoice_id: str,
    amount: Decimal,
    method: str,
    *,
    received_at: datetime | None = None,
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Invoice:
    """Record a payment, and return the invoice with its new balance and status.

    Raises NotFound, BadInput, AmountTooSmall for zero or less, AmountTooLarge for more than is due,
    and Conflict for an invoice on which nothing is due or a key that was used with another payment.
    """
    details: dict[str, Any] = {
        "method": clean(method, "method", most=50),
        "reference": clean_optional(reference, "reference", most=200),
    }
    request = idempotency.identify(
        idempotency_key, invoice_id, amount, method, received_at, reference
    )
    if received_at and received_at > datetime.now(UTC) + _CLOCK_SKEW:
        raise BadInput("A payment can't be received in the future.", field="receivedAt")
    if await idempotency.find_earlier(Payment, staff, request):
        return await get_owned(Invoice, staff, invoice_id)
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    minor = to_minor(amount, invoice.currency, field="amount")
    balances.check_amount(invoice, minor)
    details |= request.columns
    await Payment.create(
        company_id=staff.company_id,
        invoice_id=invoice.id,
        amount=minor,
        received_at=received_at or datetime.now(UTC),
        **details,
    )
    await balances.book(invoice, InvoiceChange.PAYMENT_RECEIVED, minor)
    return invoice
