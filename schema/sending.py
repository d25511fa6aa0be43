"""Issuing and sending in one step, and cancelling what hasn't left."""

from typing import Self

import strawberry

import models
from context import Viewer
from schema.emails import EmailDelivery, SendInput, SendPayload
from schema.enums import DeliveryStatus
from schema.invoices import Invoice
from services.email.cancellations import CancelledDelivery
from services.email.emails import UNDO_SECONDS


@strawberry.input(description="A draft to issue and to send.")
class IssueAndSendInvoiceInput(SendInput):
    invoice_id: strawberry.ID = strawberry.field(description="The draft's ID.")
    delay_seconds: int | None = strawberry.field(
        default=UNDO_SECONDS,
        description="For how long the e-mail waits before it is sent, from 0 to 60 seconds. Until "
        "then, `cancelDelivery` stops it, and the status is WAITING.",
    )


@strawberry.type(description="An invoice that was issued, and the result of sending it so far.")
class IssueAndSendPayload:
    invoice: Invoice = strawberry.field(
        description="The invoice as issued. It stays issued if the e-mail is cancelled or fails."
    )
    status: DeliveryStatus = strawberry.field(description="The result.")
    detail: str | None = strawberry.field(
        description="The mail server's response, or why it wasn't sent."
    )
    delivery: EmailDelivery = strawberry.field(description="The delivery.")

    @classmethod
    def of(cls, invoice: models.Invoice, delivery: models.EmailDelivery, viewer: Viewer) -> Self:
        sent = SendPayload.of(delivery)
        return cls(
            invoice=Invoice.of(invoice, viewer),
            status=sent.status,
            detail=sent.detail,
            delivery=sent.delivery,
        )


@strawberry.input(description="An e-mail to cancel.")
class CancelDeliveryInput:
    delivery_id: strawberry.ID = strawberry.field(description="The delivery's ID.")


@strawberry.type(description="An e-mail that was cancelled before it was sent.")
class CancelDeliveryPayload:
    delivery: EmailDelivery = strawberry.field(description="The cancelled delivery.")
    sent_copies: list[EmailDelivery] = strawberry.field(
        description="Its copies that had left already. The others are cancelled, too."
    )

    @classmethod
    def of(cls, cancelled: CancelledDelivery) -> Self:
        return cls(
            delivery=EmailDelivery.of(cancelled.delivery),
            sent_copies=[EmailDelivery.of(copy) for copy in cancelled.left],
        )
