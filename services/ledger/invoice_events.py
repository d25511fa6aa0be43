"""Recording what happens to invoices, for those who follow them."""

from datetime import UTC, datetime
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
    commit, and no other lock may be taken after it. The time of an event is never before that of an
    earlier one.
    """
    [row] = await fetch(
        "UPDATE view_feed SET update_sequence = update_sequence + 1,"
        " last_update_at = CASE WHEN last_update_at > $1 THEN last_update_at ELSE $1 END"
        " WHERE company_id = $2 RETURNING update_sequence, last_update_at",
        datetime.now(UTC),
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
