"""E-mails to clients: what staff send, and what became of each."""

from datetime import datetime
from typing import Final, Self

import strawberry

import models
from models import DeliveryState
from schema.enums import DeliveryStatus, MailCategory, MailKind
from services.email.announcements import Announced
from services.email.emails import Words

_STATUSES: Final = {
    DeliveryState.SENT: DeliveryStatus.SENT,
    DeliveryState.SKIPPED: DeliveryStatus.SKIPPED_OPTED_OUT,
}
_NOT_YET: Final = "Not sent yet. It goes on by itself."


@strawberry.type(description="An e-mail to one address, and what became of it.")
class EmailDelivery:
    id: strawberry.ID = strawberry.field(description="Names the delivery for good.")
    kind: MailKind = strawberry.field(description="What it is about.")
    category: MailCategory = strawberry.field(description="What its recipient can turn off.")
    recipient: str = strawberry.field(description="The address.")
    state: DeliveryState = strawberry.field(description="Where it stands.")
    detail: str | None = strawberry.field(
        description="The mail server's last answer, or why it was not sent."
    )
    attempts: int = strawberry.field(description="How often it was tried.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried next; null: it is not tried any more."
    )
    stage: int | None = strawberry.field(
        description="Of a scheduled reminder: days after the due date, negative before it."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    sent_at: datetime | None = strawberry.field(description="When the mail server took it.")

    @classmethod
    def of(cls, delivery: models.EmailDelivery) -> Self:
        """Return what staff see of `delivery`."""
        return cls(
            id=strawberry.ID(str(delivery.id)),
            kind=delivery.kind,
            category=delivery.kind.category,
            recipient=delivery.recipient,
            state=delivery.status,
            detail=delivery.detail,
            attempts=delivery.attempts,
            next_attempt_at=delivery.next_attempt_at,
            stage=delivery.stage,
            created_at=delivery.created_at,
            sent_at=delivery.sent_at,
        )


@strawberry.type(description="What sending has come to so far.")
class SendPayload:
    status: DeliveryStatus = strawberry.field(description="What it has come to.")
    detail: str | None = strawberry.field(
        description="The mail server's answer, or why it was not sent."
    )
    delivery: EmailDelivery = strawberry.field(
        description="The delivery. One that is QUEUED is tried again by itself."
    )

    @classmethod
    def of(cls, delivery: models.EmailDelivery) -> Self:
        """Return what the delivery has come to by now."""
        is_under_way = delivery.next_attempt_at is not None
        said = [_NOT_YET] if is_under_way else []
        return cls(
            status=_STATUSES.get(delivery.status, DeliveryStatus.FAILED),
            detail=" ".join([*said, *filter(None, [delivery.detail])]) or None,
            delivery=EmailDelivery.of(delivery),
        )


@strawberry.input
class WordsInput:
    """What goes with a document that is sent; not a type of the schema itself."""

    to: str | None = strawberry.field(default=None, description="Omitted: the customer's address.")
    message: str | None = strawberry.field(
        default=None, description="What you add in your own words, up to 2,000 characters."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again sends no "
        "second e-mail.",
    )

    def words(self) -> Words:
        """Return them as the service takes them."""
        return Words(self.to, self.message)


@strawberry.input(description="An invoice to send.")
class SendInvoiceInput(WordsInput):
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's id.")


@strawberry.input(description="A quote to send.")
class SendQuoteInput(WordsInput):
    quote_id: strawberry.ID = strawberry.field(description="The quote's id.")


@strawberry.input(description="A marketing e-mail.")
class SendAnnouncementInput:
    customer_ids: list[strawberry.ID] = strawberry.field(
        description="To whom, 1 to 1,000 customers. An address gets it once."
    )
    subject: str = strawberry.field(description="Up to 200 characters.")
    body: str = strawberry.field(description="Plain text, up to 10,000 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again sends no "
        "second announcement.",
    )


@strawberry.type(description="An announcement on its way.")
class SendAnnouncementPayload:
    queued: int = strawberry.field(description="To how many addresses it goes.")
    skipped: int = strawberry.field(description="How many addresses want no announcements.")
    without_address: int = strawberry.field(description="How many customers have no address.")

    @classmethod
    def of(cls, announced: Announced) -> Self:
        """Return how many it goes to."""
        return cls(
            queued=announced.queued,
            skipped=announced.skipped,
            without_address=announced.without_address,
        )
