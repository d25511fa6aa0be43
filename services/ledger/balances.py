"""What is paid on an invoice, computed from append-only rows. No other module computes it.

To add a row, lock the invoice and call `book` in the same transaction.
"""

from typing import Final
from uuid import UUID

from db.statements import fetch
from errors import Conflict
from models import Invoice, InvoiceChange, InvoiceStatus
from models.money import AmountReason, AmountTooLarge, AmountTooSmall
from services.ledger.invoice_events import record_event
from services.ledger.open_checkouts import expire_open_checkouts

_SUMS: Final = """
    SELECT
        (SELECT COALESCE(SUM(amount), 0) FROM payment WHERE invoice_id = $1)
        - (SELECT COALESCE(SUM(amount), 0) FROM reversal WHERE invoice_id = $1)
        - (SELECT COALESCE(SUM(amount), 0) FROM surplus WHERE invoice_id = $1)
        + (SELECT COALESCE(SUM(amount), 0) FROM credit_application WHERE invoice_id = $1)
            AS balance,
        (SELECT COALESCE(SUM(amount), 0) FROM checkout
            WHERE invoice_id = $1 AND status = 'PENDING') AS pending,
        (SELECT COALESCE(SUM(amount), 0) FROM write_off WHERE invoice_id = $1) AS written_off
"""


async def balance(invoice_id: UUID) -> int:
    """Return the sum of an invoice's rows, in minor units.

    It is negative if the credit from a surplus was applied elsewhere and its payment was then
    reversed. Later payments make up for that first.
    """
    [sums] = await fetch(_SUMS, invoice_id)
    return int(sums["balance"])


async def refresh(invoice: Invoice) -> None:
    """Bring the amounts and the status of a locked invoice in line with its rows and checkouts."""
    [sums] = await fetch(_SUMS, invoice.id)
    invoice.amount_paid = max(0, int(sums["balance"]))
    invoice.amount_pending = int(sums["pending"])
    invoice.written_off = int(sums["written_off"])
    if invoice.status is not InvoiceStatus.CANCELLED:
        invoice.status = invoice.status_when_issued
    await invoice.save(
        update_fields=["amount_paid", "amount_pending", "written_off", "status", "updated_at"]
    )


def can_book(invoice: Invoice) -> Conflict | None:
    """Return why no payment or credit can be booked on the invoice, or None if it can."""
    if invoice.is_open:
        return None
    return Conflict(f"This invoice is {invoice.status}, so nothing is due on it.")


def check_amount(invoice: Invoice, amount: int) -> None:
    """Check that `amount`, in minor units, can be booked on a locked invoice.

    Raises Conflict if nothing is due, AmountTooSmall unless the amount is positive, and
    AmountTooLarge if it is more than is due.
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
    """Update a locked invoice after this transaction has added a row to it.

    Expires its open checkout, which may be for more than is due now, and records the event `change`
    about `amount` minor units. So call it last in the transaction.
    """
    await refresh(invoice)
    await expire_open_checkouts(invoice.id)
    await record_event(invoice, change, amount)
