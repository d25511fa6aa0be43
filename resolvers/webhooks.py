"""Webhooks: creating, changing and testing them."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.permissions import Requires
from schema.webhooks import (
    CreateWebhookInput,
    CreateWebhookPayload,
    DeletedPayload,
    UpdateWebhookInput,
    WebhookDeliveryRef,
    WebhookPayload,
    WebhookRef,
)
from services.webhooks import webhooks
from services.webhooks.webhooks import PERMISSIONS

WebhookRefArgument = Annotated[WebhookRef, strawberry.argument(description="The webhook.")]


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(
        description="Creates a webhook: a URL to which the portal posts events from now on. A "
        "company can have 20. Needs a recent password.",
        extensions=[Requires(*PERMISSIONS)],
    )
    async def create_webhook(
        self,
        info: Info,
        input: Annotated[CreateWebhookInput, strawberry.argument(description="The webhook.")],
    ) -> CreateWebhookPayload:
        issued = await webhooks.create_webhook(
            info.context.staff,
            info.context.services.webhook_addresses,
            input.url,
            input.events,
            input.description,
            idempotency_key=input.idempotency_key,
        )
        return CreateWebhookPayload.of(issued)

    @strawberry.mutation(
        description="Changes a webhook. To change its URL or events, you also need VIEW_INVOICES. "
        "A new URL needs a recent password.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def update_webhook(
        self,
        info: Info,
        input: Annotated[UpdateWebhookInput, strawberry.argument(description="The changes.")],
    ) -> WebhookPayload:
        webhook = await webhooks.update_webhook(
            info.context.staff,
            info.context.services.webhook_addresses,
            input.webhook_id,
            input.changes(),
        )
        return WebhookPayload.of(webhook)

    @strawberry.mutation(
        description="Deletes a webhook and all its deliveries, including queued ones.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def delete_webhook(self, info: Info, input: WebhookRefArgument) -> DeletedPayload:
        deleted = await webhooks.delete_webhook(info.context.staff, input.webhook_id)
        return DeletedPayload(deleted_id=strawberry.ID(str(deleted)))

    @strawberry.mutation(
        description="Replaces a webhook's secret. For one day, deliveries are signed with the old "
        "and the new secret, so that you can update the receiver. Needs a recent password.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def rotate_webhook_secret(
        self, info: Info, input: WebhookRefArgument
    ) -> CreateWebhookPayload:
        issued = await webhooks.rotate_secret(info.context.staff, input.webhook_id)
        return CreateWebhookPayload.of(issued)

    @strawberry.mutation(
        description="Puts an event of the type `webhook.test` at the end of the webhook's queue, "
        "and sends what is queued at once. Fails with CONFLICT if the webhook is off.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def test_webhook(self, info: Info, input: WebhookRefArgument) -> WebhookPayload:
        return WebhookPayload.of(await webhooks.test_webhook(info.context.staff, input.webhook_id))

    @strawberry.mutation(
        description="Puts a delivery at the end of its webhook's queue again, with the same ID and "
        "payload. If it is still queued, it keeps its place. Fails with CONFLICT if the webhook is "
        "off.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def replay_webhook_delivery(
        self,
        info: Info,
        input: Annotated[WebhookDeliveryRef, strawberry.argument(description="The delivery.")],
    ) -> WebhookPayload:
        return WebhookPayload.of(
            await webhooks.replay_delivery(info.context.staff, input.delivery_id)
        )
