"""What is paid on an invoice follows from rows that are only ever added: this is the one place.

Whoever adds a row holds the invoice's lock, and books it in the same transaction.
"""

from typing import Final
from uuid import UUID

from db.statements import fetch
from errors import Conflict
from models import Invoice, InvoiceChange
from models.money import AmountReason, AmountTooLarge, AmountTooSmall
from services.ledger.invoice_events import note_update
from services.ledger.open_checkouts import expire_open_checkouts

_BALANCE: Final = """
    SELECT
        (SELECT COALESCE(SUM(amount), 0) FROM payment WHERE invoice_id = $1)
        - (SELECT COALESCE(SUM(amount), 0) FROM reversal WHERE invoice_id = $1)
        - (SELECT COALESCE(SUM(amount), 0) FROM surplus WHERE invoice_id = $1)
        + (SELECT COALESCE(SUM(amount), 0) FROM credit_application WHERE invoice_id = $1)
            AS balance
"""


async def balance(invoice_id: UUID) -> int:
    """Return what the rows of an invoice come to, in minor units.

    It is less than nothing if credit of a surplus was used and its money was then taken back: what
    comes next makes up for that first.
    """
    [row] = await fetch(_BALANCE, invoice_id)
    return int(row["balance"])


def can_book(invoice: Invoice) -> Conflict | None:
    """Return why no payment or credit can be booked on the invoice, or None if it can."""
    if invoice.is_open:
        return None
    return Conflict(f"This invoice is {invoice.status}, so nothing is due on it.")


def check_amount(invoice: Invoice, amount: int) -> None:
    """Check that `amount`, in minor units, may be booked on a locked invoice.

    Raises Conflict for an invoice on which nothing is due, AmountTooSmall for zero or less, and
    AmountTooLarge for more than is due.
    """
    if refusal := can_book(invoice):
        raise refusal
    if amount <= 0:
        raise AmountTooSmall(
            "The amount must be greater than zero.", reason=AmountReason.NOT_POSITIVE
        )
    if amount > invoice.amount_due:
        due = invoice.money(invoice.amount_due)
        raise AmountTooLarge(f"Only {due} is due.", reason=AmountReason.ABOVE_AMOUNT_DUE, limit=due)


async def book(invoice: Invoice, change: InvoiceChange, amount: int) -> None:
    """Have a locked invoice follow its rows, to which this transaction has added one.

    An attempt to pay it online is called off: it may be for more than is due now. The change, which
    is about `amount` minor units, is noted for those who follow the invoice. So this comes last in
    its transaction.
    """
    invoice.amount_paid = max(0, await balance(invoice.id))
    invoice.status = invoice.status_when_paid(invoice.amount_paid)
    await invoice.save(update_fields=["amount_paid", "status", "updated_at"])
    await expire_open_checkouts(invoice.id)
    await note_update(invoice, change, amount)
