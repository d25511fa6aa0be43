"""Recording what happens to invoices, for those who follow them."""

from typing import Final

from db.signals import Signal
from db.statements import fetch
from db.transactions import transactional
from models import Invoice, InvoiceChange, InvoiceUpdate, SubjectType, WebhookEvent
from services.common.webhook_events import Subject, publish

EVENT_RECORDED: Final = Signal()
_PUBLISHED: Final = {
    InvoiceChange.ISSUED: WebhookEvent.INVOICE_ISSUED,
    InvoiceChange.CANCELLED: WebhookEvent.INVOICE_CANCELLED,
    InvoiceChange.PAYMENT_RECEIVED: WebhookEvent.PAYMENT_RECEIVED,
    InvoiceChange.PAYMENT_PENDING: WebhookEvent.PAYMENT_PENDING,
    InvoiceChange.PAYMENT_FAILED: WebhookEvent.PAYMENT_FAILED,
    InvoiceChange.REFUNDED: WebhookEvent.PAYMENT_REFUNDED,
    InvoiceChange.DISPUTED: WebhookEvent.PAYMENT_DISPUTED,
}
"""The events that webhooks get for changes of invoices."""


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

    `actor` is the name of the user or API key that did it, and `reason` is in their words. For
    a payment that failed, it is Stripe's reason in plain English.

    Call it at the end of the transaction that changes the invoice: it locks the feed until the
    commit, and no other lock may be taken after it.
    """
    [row] = await fetch(
        "UPDATE view_feed SET update_sequence = update_sequence + 1,"
        " last_update_at = clock_timestamp()"
        " WHERE company_id = $1 RETURNING update_sequence, last_update_at",
        invoice.company_id,
    )
    update = await InvoiceUpdate.create(
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
    if event := _PUBLISHED.get(change):
        publish(invoice.company_id, event, Subject(SubjectType.INVOICE_UPDATE, update.id))


def publish_paid(invoice: Invoice) -> None:
    """Tell webhooks that nothing is left to pay on the invoice."""
    publish(invoice.company_id, WebhookEvent.INVOICE_PAID, Subject(SubjectType.INVOICE, invoice.id))
