"""Webhooks and their deliveries."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

import models
from auth.permissions import Permission
from context import Info
from schema.connections import Connection, Paged, connection_of_each
from schema.enums import WebhookDeliveryState, WebhookEvent
from schema.nodes import Node
from schema.permissions import Requires
from services.common.listings import Window
from services.webhooks.webhooks import DELIVERIES, IssuedWebhook, WebhookChanges


@strawberry.type(description="An event for a webhook, and whether it was delivered.")
class WebhookDelivery(Node):
    id: strawberry.ID = strawberry.field(
        description="The ID, which is sent in the header `webhook-id`. A replay has the same ID."
    )
    event: WebhookEvent = strawberry.field(
        description="The event; for a test, one of the webhook's events."
    )
    is_test: bool = strawberry.field(description="Whether it was queued by `testWebhook`.")
    state: WebhookDeliveryState = strawberry.field(description="The status.")
    attempts: int = strawberry.field(
        description="The number of attempts since it was queued or replayed."
    )
    response_status: int | None = strawberry.field(
        description="The HTTP status of the last response; null if there was none."
    )
    response_body: str | None = strawberry.field(
        description="The first kilobyte of the last response."
    )
    detail: str | None = strawberry.field(
        description="Why the last attempt failed; null if it didn't."
    )
    created_at: datetime = strawberry.field(description="When the event happened.")
    delivered_at: datetime | None = strawberry.field(
        description="When the receiver accepted it; null if it hasn't."
    )
    row: strawberry.Private[models.WebhookDelivery]

    @strawberry.field(
        description="What is sent, as JSON text; null before the first attempt.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def payload(self) -> str | None:
        return self.row.payload

    @classmethod
    def of(cls, delivery: models.WebhookDelivery) -> Self:
        return cls(
            id=strawberry.ID(str(delivery.id)),
            event=delivery.event,
            is_test=delivery.subject_type is models.SubjectType.WEBHOOK,
            state=delivery.state,
            attempts=delivery.attempts,
            response_status=delivery.response_status,
            response_body=delivery.response_body,
            detail=delivery.detail,
            created_at=delivery.occurred_at,
            delivered_at=delivery.delivered_at,
            row=delivery,
        )


@strawberry.type(description="A URL to which the portal posts events.")
class Webhook(Node):
    id: strawberry.ID = strawberry.field(description="The webhook's ID.")
    url: str = strawberry.field(description="The URL.")
    events: list[WebhookEvent] = strawberry.field(description="The events that are sent.")
    description: str | None = strawberry.field(description="What it is for.")
    enabled: bool = strawberry.field(
        description="Whether events are sent. The portal turns a webhook off after a week of "
        "failures, or if the receiver responds with HTTP 410."
    )
    disabled_reason: str | None = strawberry.field(
        description="Why the portal turned it off; null if it didn't."
    )
    failing_since: datetime | None = strawberry.field(
        description="Since when every attempt has failed; null if the last one succeeded."
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    row: strawberry.Private[models.Webhook]

    @strawberry.field(
        description="The deliveries of the last 30 days, newest first.",
        extensions=[Paged(), Requires(Permission.MANAGE_COMPANY)],
    )
    async def deliveries(
        self,
        info: Info,
        window: Window,
        *,
        state: Annotated[
            WebhookDeliveryState | None,
            strawberry.argument(description="Only those with this status."),
        ] = None,
    ) -> Connection[WebhookDelivery]:
        lists = DELIVERIES[state]
        return await connection_of_each(info, lists, self.row.id, window, WebhookDelivery.of)

    @classmethod
    def of(cls, webhook: models.Webhook) -> Self:
        return cls(
            id=strawberry.ID(str(webhook.id)),
            url=webhook.url,
            events=webhook.events,
            description=webhook.description,
            enabled=webhook.enabled,
            disabled_reason=webhook.disabled_reason,
            failing_since=webhook.failing_since,
            created_at=webhook.created_at,
            row=webhook,
        )


@strawberry.input(description="A new webhook.")
class CreateWebhookInput:
    url: str = strawberry.field(
        description="Where events are posted: an https URL on the public internet, up to 2,000 "
        "characters."
    )
    events: list[WebhookEvent] = strawberry.field(description="At least one.")
    description: str | None = strawberry.field(
        default=None, description="What it is for, in up to 200 characters."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="Changes to a webhook. Omitted fields stay as they are.")
class UpdateWebhookInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook's ID.")
    url: str | None = strawberry.field(
        default=strawberry.UNSET, description="The new URL. What is queued is sent there at once."
    )
    events: list[WebhookEvent] | None = strawberry.field(
        default=strawberry.UNSET, description="The events to send from now on. At least one."
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether events are sent. Turning it on also sends what is still queued.",
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it is for. Null clears it."
    )

    def changes(self) -> WebhookChanges:
        """Return what is to change. Null leaves all but the description as it is."""
        changes = WebhookChanges()
        if self.url:
            changes["url"] = self.url
        if self.events is not None and self.events is not strawberry.UNSET:
            changes["events"] = self.events
        if self.enabled is not None and self.enabled is not strawberry.UNSET:
            changes["enabled"] = self.enabled
        if self.description is not strawberry.UNSET:
            changes["description"] = self.description
        return changes


@strawberry.input(description="A webhook of the company.")
class WebhookRef:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook's ID.")


@strawberry.input(description="A delivery of one of the company's webhooks.")
class WebhookDeliveryRef:
    delivery_id: strawberry.ID = strawberry.field(description="The delivery's ID.")


@strawberry.type(description="A webhook with its new secret.")
class CreateWebhookPayload:
    webhook: Webhook = strawberry.field(description="The webhook.")
    secret: str = strawberry.field(
        description="The secret that signs its deliveries (Standard Webhooks). It is shown only "
        "once."
    )

    @classmethod
    def of(cls, issued: IssuedWebhook) -> Self:
        return cls(webhook=Webhook.of(issued.webhook), secret=issued.secret)


@strawberry.type(description="The updated webhook.")
class WebhookPayload:
    webhook: Webhook = strawberry.field(description="The updated webhook.")

    @classmethod
    def of(cls, webhook: models.Webhook) -> Self:
        return cls(webhook=Webhook.of(webhook))


@strawberry.type(description="What was deleted.")
class DeletedPayload:
    deleted_id: strawberry.ID = strawberry.field(description="The ID of what was deleted.")
