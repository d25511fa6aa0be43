"""What people are told of: by e-mail, and in the company's chat."""

from typing import Self

import strawberry

import models
from schema.enums import WebhookEvent


@strawberry.type(description="The company's chat, in which messages about events are posted.")
class Chat:
    url: str = strawberry.field(
        description="The incoming webhook to which they are posted, as Slack has them."
    )
    events: list[WebhookEvent] = strawberry.field(description="The events that it is told of.")
    enabled: bool = strawberry.field(
        description="Whether messages are posted. The portal stops after a week of failures, and "
        "if the chat answers with HTTP 410."
    )

    @classmethod
    def of(cls, chat: models.Webhook | None) -> Self | None:
        return None if chat is None else cls(url=chat.url, events=chat.events, enabled=chat.enabled)


@strawberry.input(description="What the signed-in user gets e-mails about.")
class ChooseNoticesInput:
    events: list[WebhookEvent] = strawberry.field(
        description="Any of INVOICE_VIEWED (the first time that an invoice is opened), "
        "PAYMENT_RECEIVED, PAYMENT_FAILED, QUOTE_ACCEPTED and QUESTION_ASKED. None is fine, too."
    )


@strawberry.type(description="What the signed-in user gets e-mails about.")
class ChooseNoticesPayload:
    notices: list[WebhookEvent] = strawberry.field(description="The events.")


@strawberry.input(description="The chat in which messages about events are posted.")
class SetChatInput:
    url: str | None = strawberry.field(
        description="An incoming webhook of Slack or of a chat that is compatible. Null ends the "
        "messages.",
    )
    events: list[WebhookEvent] | None = strawberry.field(
        default=None,
        description="The same events as in `chooseNotices`; at least one, if there is a URL.",
    )


@strawberry.type(description="The company's chat.")
class SetChatPayload:
    chat: Chat | None = strawberry.field(description="The chat; null if there is none any more.")
