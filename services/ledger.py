"""What is paid on an invoice follows from rows that are only ever added: this is the one place.

Whoever adds a row holds the invoice's lock, and books it in the same transaction.
"""

from errors import AmountTooLarge, AmountTooSmall, Conflict
from models import Invoice, InvoiceChange
from services.calling_off import call_off
from services.updates import note_update


def check_amount(invoice: Invoice, amount: int) -> None:
    """Check that `amount`, in minor units, may be booked on a locked invoice.

    Raises Conflict for an invoice that owes nothing, AmountTooSmall for nothing or less, and
    AmountTooLarge for more than is due.
    """
    if not invoice.is_open:
        message = f"This invoice is {invoice.status}, so nothing is owed on it."
        raise Conflict(message)
    if amount <= 0:
        message = "The amount must be more than nothing."
        raise AmountTooSmall(message, field="amount")
    if amount > invoice.amount_due:
        message = f"Only {invoice.money(invoice.amount_due).amount} {invoice.currency} is due."
        raise AmountTooLarge(message, field="amount")


async def book(invoice: Invoice, amount: int, change: InvoiceChange) -> None:
    """Count `amount`, in minor units, whose row is added in this transaction, as paid.

    An attempt to pay it online is called off: it may be for more than is due now. `change` is noted
    for those who follow the invoice, so this comes last in its transaction.
    """
    invoice.amount_paid += amount
    invoice.status = invoice.status_when_paid(invoice.amount_paid)
    await invoice.save(update_fields=["amount_paid", "status", "updated_at"])
    await call_off(invoice.id)
    await note_update(invoice, change, abs(amount))
