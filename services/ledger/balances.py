"""What is paid on an invoice, computed from append-only rows. No other module computes it.

To add a row, lock the ledger (`locking.py`) and call `book` (`booking.py`) in the same transaction.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from db.statements import fetch
from errors import Conflict, Text
from models import Invoice, InvoiceStatus
from services.common.status_words import status_text
from values.money import AmountReason, AmountTooLarge, AmountTooSmall

_SUMS: Final = """
    SELECT
        (SELECT COALESCE(SUM(amount), 0) FROM payment WHERE invoice_id = $1)
        - (SELECT COALESCE(SUM(amount), 0) FROM reversal WHERE invoice_id = $1)
        - (SELECT COALESCE(SUM(amount), 0) FROM surplus WHERE invoice_id = $1)
        + (SELECT COALESCE(SUM(amount), 0) FROM credit_application WHERE invoice_id = $1)
            AS paid,
        (SELECT COALESCE(SUM(share.amount), 0) FROM checkout_share AS share
            JOIN checkout ON checkout.id = checkout_id
            WHERE invoice_id = $1 AND checkout.status = 'PENDING') AS pending,
        (SELECT COALESCE(SUM(amount), 0) FROM write_off WHERE invoice_id = $1) AS written_off
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The sums of an invoice's rows, in minor units."""

    paid: int
    """Negative if the credit from a surplus was used elsewhere and its payment then refunded.

    Later payments make up for that first.
    """
    pending: int
    written_off: int

    def excess_for(self, invoice: Invoice) -> int:
        """Return what is there beyond the total; what is missing is negative.

        A cancelled invoice needs nothing.
        """
        needed = 0 if invoice.status is InvoiceStatus.CANCELLED else invoice.total
        return self.paid + self.written_off - needed


async def load_sums(invoice_id: UUID) -> Sums:
    """Return the sums of an invoice's rows."""
    [sums] = await fetch(_SUMS, invoice_id)
    return Sums(
        paid=int(sums["paid"]),
        pending=int(sums["pending"]),
        written_off=int(sums["written_off"]),
    )


async def refresh(invoice: Invoice) -> None:
    """Bring the amounts and the status of a locked invoice in line with its rows and checkouts."""
    sums = await load_sums(invoice.id)
    invoice.amount_paid = max(0, sums.paid)
    invoice.amount_pending = sums.pending
    invoice.written_off = sums.written_off
    if invoice.status is not InvoiceStatus.CANCELLED:
        invoice.status = invoice.status_when_issued
    await invoice.save(
        update_fields=["amount_paid", "amount_pending", "written_off", "status", "updated_at"]
    )


def can_book(invoice: Invoice) -> Conflict | None:
    """Return why nothing can be booked on what is due on the invoice, or None if it can."""
    if invoice.is_open:
        return None
    return Conflict(
        Text(
            "This invoice is %(status)s, so nothing is due on it.",
            status=status_text(invoice.status),
        )
    )


def check_amount(invoice: Invoice, amount: int) -> None:
    """Check that `amount`, in minor units, can be booked on what is due on a locked invoice.

    Raises Conflict if nothing is due, AmountTooSmall unless the amount is positive, and
    AmountTooLarge if it is more than is due.
    """
    if refusal := can_book(invoice):
        raise refusal
    check_positive(amount)
    if amount > invoice.amount_due:
        due = invoice.money(invoice.amount_due)
        raise AmountTooLarge(
            Text("Only %(amount)s is due.", amount=due),
            reason=AmountReason.ABOVE_AMOUNT_DUE,
            limit=due,
        )


def check_positive(amount: int) -> None:
    """Raise AmountTooSmall unless `amount` is greater than zero."""
    if amount <= 0:
        raise AmountTooSmall(
            Text("The amount must be greater than zero."), reason=AmountReason.NOT_POSITIVE
        )
