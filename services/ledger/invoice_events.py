"""Recording what happens to invoices, quotes and credit notes, for those who follow them."""

from typing import Any, Final
from uuid import UUID

from db.signals import Signal
from db.statements import fetch
from db.transactions import is_rehearsal, transactional
from models import Invoice, InvoiceChange, InvoiceUpdate, SubjectType, WebhookEvent
from services.common.webhook_events import Subject, publish
from services.ledger.document_numbers import REFERENCES, Document

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
    document: Document,
    change: InvoiceChange,
    amount: int | None = None,
    *,
    actor: str | None = None,
    reason: str | None = None,
    subject_id: UUID | None = None,
) -> None:
    """Add an event to the company's feed. `amount` is in minor units and greater than zero.

    `actor` is the name of the user or API key that did it, and `reason` is in their words. For
    a payment that failed, it is Stripe's reason in plain English. `subject_id` is that of the
    payment, share of a checkout, question or answer that it is about.

    Call it at the end of the transaction that changes the document: it locks the feed until the
    commit, and no other lock may be taken after it. A rehearsal, whose events nobody would see,
    doesn't let those wait who record views.
    """
    if is_rehearsal():
        return
    [row] = await fetch(
        "UPDATE view_feed SET update_sequence = update_sequence + 1,"
        " last_update_at = clock_timestamp()"
        " WHERE company_id = $1 RETURNING update_sequence, last_update_at",
        document.company_id,
    )
    reference: dict[str, Any] = {REFERENCES[type(document)]: document.id}
    update = await InvoiceUpdate.create(
        company_id=document.company_id,
        customer_id=document.customer_id,
        sequence=row["update_sequence"],
        change=change,
        amount=amount,
        actor=actor,
        reason=reason,
        subject_id=subject_id,
        at=row["last_update_at"],
        **reference,
    )
    EVENT_RECORDED.send_after_commit(document.company_id)
    if event := _PUBLISHED.get(change):
        publish(document.company_id, event, Subject(SubjectType.INVOICE_UPDATE, update.id))


def publish_paid(invoice: Invoice) -> None:
    """Tell webhooks that nothing is left to pay on the invoice."""
    publish(invoice.company_id, WebhookEvent.INVOICE_PAID, Subject(SubjectType.INVOICE, invoice.id))
