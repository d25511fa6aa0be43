"""E-mails to users about events, and the company's chat."""

from typing import Self

import strawberry

import models
from schema.enums import WebhookEvent


@strawberry.type(description="The company's chat, which gets messages about events.")
class Chat:
    url: str = strawberry.field(
        description="The chat's incoming webhook, to which messages are posted."
    )
    events: list[WebhookEvent] = strawberry.field(
        description="The events that it gets messages about."
    )
    enabled: bool = strawberry.field(
        description="Whether messages are posted. The portal stops after a week of failures, or if "
        "the chat responds with HTTP 410."
    )

    @classmethod
    def of(cls, chat: models.Webhook | None) -> Self | None:
        return None if chat is None else cls(url=chat.url, events=chat.events, enabled=chat.enabled)


@strawberry.input(description="The events that the signed-in user is told about.")
class ChooseNoticesInput:
    events: list[WebhookEvent] = strawberry.field(
        description="Any of INVOICE_VIEWED and INVOICE_READ (the first time that an invoice is "
        "opened or read), PAYMENT_RECEIVED, PAYMENT_FAILED, QUOTE_ACCEPTED, QUOTE_DECLINED and "
        "QUESTION_ASKED. May be empty."
    )
    desktop_events: list[WebhookEvent] | None = strawberry.field(
        default=None,
        description="The events that front ends show on the user's desktop, any of those of "
        "`events`. Null leaves them as they are.",
    )


@strawberry.type(description="The events that the signed-in user is told about.")
class ChooseNoticesPayload:
    notices: list[WebhookEvent] = strawberry.field(description="By e-mail.")
    desktop_notices: list[WebhookEvent] = strawberry.field(description="On the desktop.")


@strawberry.input(description="The chat that gets messages about events.")
class SetChatInput:
    url: str | None = strawberry.field(
        description="An incoming webhook of Slack or a compatible chat. Null removes the chat.",
    )
    events: list[WebhookEvent] | None = strawberry.field(
        default=None,
        description="Any of the events of `chooseNotices`. At least one if there is a URL.",
    )


@strawberry.type(description="The company's chat.")
class SetChatPayload:
    chat: Chat | None = strawberry.field(description="The chat; null if it was removed.")
