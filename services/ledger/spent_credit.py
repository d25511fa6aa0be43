"""Refusing to reverse what became credit that is in use by now."""

from datetime import datetime
from typing import Final

from db.statements import fetch
from errors import Conflict, Text
from models import CreditNote, Invoice, Surplus
from services.ledger.balances import load_sums
from services.ledger.locking import LockedLedger

_USED_ON: Final = """
    SELECT invoice.number AS number, SUM(amount) AS amount
    FROM credit_application JOIN invoice ON invoice.id = invoice_id
    WHERE credit_note_id = $1 AND invoice_id <> $2
    GROUP BY invoice.number ORDER BY invoice.number
"""


async def require_unspent(
    ledger: LockedLedger, invoice: Invoice, amount: int, since: datetime
) -> None:
    """Raise Conflict if `amount` minor units can't be taken off a locked invoice.

    That is so if a surplus since then became credit that was used elsewhere or paid out: the credit
    would have nothing behind it any more. Staff can reverse that first. Stripe's refunds and
    disputes don't ask, since their money is gone.
    """
    sums = await load_sums(invoice.id)
    notes = ledger.surplus_notes(invoice)
    if amount <= sums.paid + sum(note.remaining for note in notes):
        return
    newer = await Surplus.filter(invoice_id=invoice.id, at__gte=since)
    ids = {surplus.credit_note_id for surplus in newer}
    for note in notes:
        if note.id in ids and (refusal := await _refusal(note, invoice)):
            raise Conflict(refusal)


async def _refusal(note: CreditNote, invoice: Invoice) -> Text | None:
    """Return what to reverse first, or None if the credit is used on `invoice` alone."""
    rows = await fetch(_USED_ON, note.id, invoice.id)
    invoices = ", ".join(row["number"] for row in rows if row["amount"] > 0)
    if invoices and note.paid_out:
        return Text(
            "The surplus became credit note %(note)s, which was then applied to %(invoices)s and"
            " paid out. Reverse that first.",
            note=note.label,
            invoices=invoices,
        )
    if invoices:
        return Text(
            "The surplus became credit note %(note)s, which was then applied to %(invoices)s."
            " Reverse that first.",
            note=note.label,
            invoices=invoices,
        )
    if note.paid_out:
        return Text(
            "The surplus became credit note %(note)s, which was then paid out. Reverse that first.",
            note=note.label,
        )
    return None
