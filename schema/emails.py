"""E-mails to clients: sending them, and their deliveries."""

from datetime import datetime
from typing import Final, Self

import strawberry

import models
from models import DeliveryState
from schema.enums import DeliveryStatus, MailCategory, MailKind
from schema.nodes import Node
from services.email.announcements import AnnouncementResult
from services.email.cancellations import can_cancel
from services.email.emails import EmailOptions

_STATUSES: Final = {
    DeliveryState.SENT: DeliveryStatus.SENT,
    DeliveryState.SKIPPED: DeliveryStatus.SKIPPED_OPTED_OUT,
    DeliveryState.CANCELLED: DeliveryStatus.CANCELLED,
}
_NOT_YET: Final = "Not sent yet. The portal will try again."


@strawberry.type(description="An e-mail to one address and its status.")
class EmailDelivery(Node):
    id: strawberry.ID = strawberry.field(description="The delivery's ID.")
    kind: MailKind = strawberry.field(description="The kind of e-mail.")
    category: MailCategory = strawberry.field(
        description="The category that the recipient can turn off."
    )
    recipient: str = strawberry.field(description="The recipient's address.")
    is_copy: bool = strawberry.field(
        description="Whether it is a copy: for one of the customer's `ccEmails`, for a further "
        "address that the sender named, or for the company's archive."
    )
    state: DeliveryState = strawberry.field(description="The status.")
    detail: str | None = strawberry.field(
        description="The mail server's last response, or why it wasn't sent."
    )
    attempts: int = strawberry.field(description="The number of attempts.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When the next attempt is due; null if there won't be one."
    )
    stage: int | None = strawberry.field(
        description="For a scheduled reminder, the days after the due date (negative before it)."
    )
    message: str | None = strawberry.field(
        description="The personal message with which it was sent, if there is one."
    )
    can_cancel: bool = strawberry.field(
        description="Whether `cancelDelivery` can still stop it: someone sent it by hand, it isn't "
        "a copy, and it hasn't left."
    )
    created_at: datetime = strawberry.field(description="When it was requested.")
    sent_at: datetime | None = strawberry.field(description="When the mail server accepted it.")

    @classmethod
    def of(cls, delivery: models.EmailDelivery) -> Self:
        category = delivery.kind.category
        assert category is not None  # notices to staff are not in the log
        return cls(
            id=strawberry.ID(str(delivery.id)),
            kind=delivery.kind,
            category=category,
            recipient=delivery.address,
            is_copy=delivery.copy_of_id is not None,
            state=delivery.status,
            detail=delivery.detail,
            attempts=delivery.attempts,
            next_attempt_at=delivery.next_attempt_at,
            stage=delivery.stage,
            message=delivery.message,
            can_cancel=can_cancel(delivery) is None,
            created_at=delivery.created_at,
            sent_at=delivery.sent_at,
        )


@strawberry.type(description="The e-mails of a company to its customers today, where it is.")
class EmailsToday:
    sent: int = strawberry.field(
        description="How many were queued or sent, without those about payments."
    )
    limit: int = strawberry.field(description="How many its plan has a day.")


@strawberry.type(description="The result of sending so far.")
class SendPayload:
    status: DeliveryStatus = strawberry.field(description="The result.")
    detail: str | None = strawberry.field(
        description="The mail server's response, or why it wasn't sent."
    )
    delivery: EmailDelivery = strawberry.field(
        description="The delivery. A QUEUED delivery is retried automatically."
    )

    @classmethod
    def of(cls, delivery: models.EmailDelivery) -> Self:
        category = delivery.kind.category
        assert category is not None  # notices to staff are not in the log
        status = _STATUSES.get(delivery.status, DeliveryStatus.FAILED)
        has_begun = delivery.next_attempt_at is not None
        if delivery.status is DeliveryState.QUEUED and not delivery.attempts:
            status, has_begun = DeliveryStatus.WAITING, False
        sentences = [_NOT_YET if has_begun else None, delivery.detail]
        return cls(
            status=status,
            detail=" ".join(filter(None, sentences)) or None,
            delivery=EmailDelivery.of(delivery),
        )


@strawberry.input
class SendInput:
    """The options of sending a document. This is not a type of the schema itself."""

    to: str | None = strawberry.field(
        default=None, description="Defaults to the customer's address."
    )
    cc: list[str] | None = strawberry.field(
        default=None,
        description="At most 10 further addresses that get a copy, besides the customer's "
        "`ccEmails`. All recipients see them.",
    )
    message: str | None = strawberry.field(
        default=None,
        description="A personal message, up to 2,000 characters. It replaces the standard text.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )

    delay_seconds: int | None = strawberry.field(
        default=0,
        description="For how long the e-mail waits before it is sent, from 0 to 60 seconds. Until "
        "then, `cancelDelivery` stops it, and the status is WAITING.",
    )

    def options(self) -> EmailOptions:
        return EmailOptions(
            to=self.to,
            cc=tuple(self.cc or ()),
            message=self.message,
            delay_seconds=self.delay_seconds or 0,
        )


@strawberry.input(description="An invoice to send.")
class SendInvoiceInput(SendInput):
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's ID.")


@strawberry.input(description="A quote to send.")
class SendQuoteInput(SendInput):
    quote_id: strawberry.ID = strawberry.field(description="The quote's ID.")


@strawberry.input(description="A credit note to send.")
class SendCreditNoteInput(SendInput):
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note's ID.")


@strawberry.input(description="An announcement to send.")
class SendAnnouncementInput:
    customer_ids: list[strawberry.ID] = strawberry.field(
        description="The recipients, 1 to 1,000 customers. Each address gets it once."
    )
    subject: str = strawberry.field(description="Up to 200 characters.")
    body: str = strawberry.field(description="Plain text, up to 10,000 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.type(description="A queued announcement.")
class SendAnnouncementPayload:
    queued: int = strawberry.field(description="The number of addresses it is sent to.")
    skipped: int = strawberry.field(description="The number of addresses that have opted out.")
    without_address: int = strawberry.field(
        description="The number of customers without an e-mail address."
    )

    @classmethod
    def of(cls, result: AnnouncementResult) -> Self:
        return cls(
            queued=result.queued,
            skipped=result.skipped,
            without_address=result.without_address,
        )
