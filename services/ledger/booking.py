"""Completing a transaction that has added rows to the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from models import Invoice, InvoiceChange, InvoiceStatus
from services.ledger import balances
from services.ledger.invoice_events import publish_paid, record_event
from services.ledger.locking import LockedLedger
from services.ledger.open_checkouts import expire_open_checkouts
from services.ledger.surplus import settle_surplus


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened to an invoice, to record as an event."""

    change: InvoiceChange
    amount: int
    """In minor units."""
    actor: str | None = None
    """The name of the user or API key that did it."""
    reason: str | None = None
    """Why, in the words of the one who did it, or why a payment failed."""


async def book(ledger: LockedLedger, invoice: Invoice | None, *changes: Change) -> None:
    """Bring the locked invoices in line with their rows, and record what happened to `invoice`.

    A surplus becomes credit, and such credit fills a gap. Checkouts for more than is due then
    expire. Call it last in the transaction.
    """
    events: list[tuple[Invoice, Change]] = []
    if invoice is not None:
        events += [(invoice, change) for change in changes]
    paid: list[Invoice] = []
    for locked in ledger.invoices.values():
        was_paid = locked.status is InvoiceStatus.PAID
        events += [(locked, change) for change in await _settle(ledger, locked)]
        if locked.status is InvoiceStatus.PAID and not was_paid:
            paid.append(locked)
    for subject, change in events:
        await record_event(
            subject, change.change, change.amount, actor=change.actor, reason=change.reason
        )
    for settled in paid:
        publish_paid(settled)


async def _settle(ledger: LockedLedger, invoice: Invoice) -> Sequence[Change]:
    settled = await settle_surplus(ledger, invoice)
    await balances.refresh(invoice)
    await expire_open_checkouts(invoice.id, over=max(0, invoice.remaining))
    return [
        Change(change=change, amount=amount)
        for change, amount in (
            (InvoiceChange.WRITE_OFF_REVERSED, settled.write_off_reversed),
            (InvoiceChange.CREDIT_APPLIED, settled.credit_applied),
        )
        if amount
    ]
