"""Sending many invoices, or reminders of them."""

from typing import Self

import strawberry

import models
from context import Viewer
from i18n.error_messages import worded
from schema.emails import EmailDelivery, SendPayload
from schema.enums import DeliveryStatus, ErrorCode
from schema.invoices import Invoice
from services.email.many import MailingResult


@strawberry.input(description="Invoices to send, or to send reminders of.")
class SendInvoicesInput:
    invoice_ids: list[strawberry.ID] = strawberry.field(
        description="The invoices' IDs, from 1 to 100."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat: what was "
        "sent for an invoice before isn't sent again.",
    )


@strawberry.type(description="What became of one of several invoices.")
class InvoiceMailing:
    invoice_id: strawberry.ID = strawberry.field(description="The ID that was given.")
    invoice: Invoice | None = strawberry.field(
        description="The invoice as it is now; null if the company has none with this ID, or if "
        "the database has gone away."
    )
    status: DeliveryStatus | None = strawberry.field(
        description="The result of sending so far; null if it was refused."
    )
    detail: str | None = strawberry.field(
        description="The mail server's response, or why it wasn't sent."
    )
    delivery: EmailDelivery | None = strawberry.field(
        description="The delivery; null if it was refused."
    )
    code: ErrorCode | None = strawberry.field(
        description="The code of the refusal, as in errors; null if there is a delivery."
    )

    @classmethod
    def of(cls, result: MailingResult, viewer: Viewer, accept_language: str) -> Self:
        sent = SendPayload.of(result.delivery) if result.delivery else None
        refusal, invoice = result.refusal, result.document
        reason = worded(refusal, accept_language)[0] if refusal else None
        return cls(
            invoice_id=strawberry.ID(result.document_id),
            invoice=Invoice.of(invoice, viewer) if isinstance(invoice, models.Invoice) else None,
            status=sent.status if sent else None,
            detail=sent.detail if sent else reason,
            delivery=sent.delivery if sent else None,
            code=refusal.code if refusal and sent is None else None,
        )


@strawberry.type(description="What became of each invoice.")
class SendInvoicesPayload:
    results: list[InvoiceMailing] = strawberry.field(
        description="A result for each invoice, in the order in which they were given."
    )
