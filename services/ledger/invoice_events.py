"""Recording what happens to invoices, for those who follow them."""

from typing import Final

from db.signals import Signal
from db.statements import fetch
from db.transactions import transactional
from models import Invoice, InvoiceChange, InvoiceUpdate

EVENT_RECORDED: Final = Signal()


@transactional
async def record_event(
    invoice: Invoice,
    change: InvoiceChange,
    amount: int | None = None,
    *,
    actor: str | None = None,
    reason: str | None = None,
) -> None:
    """Add an event to the company's feed. `amount` is in minor units and greater than zero.

    `actor` is the name of the user or API key that did it, and `reason` is in their words.
    Call it at the end of the transaction that changes the invoice: it locks the feed until the
    commit, and no other lock may be taken after it.
    """
    [row] = await fetch(
        "UPDATE view_feed SET update_sequence = update_sequence + 1,"
        " last_update_at = clock_timestamp()"
        " WHERE company_id = $1 RETURNING update_sequence, last_update_at",
        invoice.company_id,
    )
    await InvoiceUpdate.create(
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        sequence=row["update_sequence"],
        change=change,
        amount=amount,
        actor=actor,
        reason=reason,
        at=row["last_update_at"],
    )
    EVENT_RECORDED.send_after_commit(invoice.company_id)
