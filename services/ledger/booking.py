"""Completing a transaction that has added rows to the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models import Invoice, InvoiceChange, InvoiceStatus
from services.ledger import balances
from services.ledger.invoice_events import publish_paid, record_event
from services.ledger.locking import LockedLedger
from services.ledger.open_checkouts import expire_open_checkouts
from services.ledger.surplus import settle_surplus


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened to a locked invoice, to record as an event."""

    invoice: Invoice
    change: InvoiceChange
    amount: int
    """In minor units."""
    actor: str | None = None
    """The name of the user or API key that did it."""
    reason: str | None = None
    """Why, in the words of the one who did it, or why a payment failed."""
    subject_id: UUID | None = None
    """The payment, or the share of the checkout."""


async def book(ledger: LockedLedger, *changes: Change) -> None:
    """Bring the locked invoices in line with their rows, and record what happened to them.

    A surplus becomes credit, and such credit fills a gap. Checkouts for more than is due then
    expire. Call it last in the transaction.
    """
    events = list(changes)
    paid: list[Invoice] = []
    for invoice in ledger.invoices.values():
        was_paid = invoice.status is InvoiceStatus.PAID
        events += await _settle(ledger, invoice)
        if invoice.status is InvoiceStatus.PAID and not was_paid:
            paid.append(invoice)
    for event in events:
        await record_event(
            event.invoice,
            event.change,
            event.amount,
            actor=event.actor,
            reason=event.reason,
            subject_id=event.subject_id,
        )
    for settled in paid:
        publish_paid(settled)


async def _settle(ledger: LockedLedger, invoice: Invoice) -> Sequence[Change]:
    settled = await settle_surplus(ledger, invoice)
    await balances.refresh(invoice)
    await expire_open_checkouts(invoice.id, over=max(0, invoice.remaining))
    return [
        Change(invoice=invoice, change=change, amount=amount)
        for change, amount in (
            (InvoiceChange.WRITE_OFF_REVERSED, settled.write_off_reversed),
            (InvoiceChange.CREDIT_APPLIED, settled.credit_applied),
        )
        if amount
    ]
