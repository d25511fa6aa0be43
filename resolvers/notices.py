"""Choosing the events that people get e-mails about, and that the company's chat gets."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.enums import WebhookEvent
from schema.notices import (
    Chat,
    ChooseNoticesInput,
    ChooseNoticesPayload,
    SetChatInput,
    SetChatPayload,
)
from schema.permissions import Requires
from services.webhooks import notices


@strawberry.type
class NoticeQueries:
    @strawberry.field(
        description="The events that the signed-in user gets e-mails about. Empty for API keys.",
        extensions=[Requires()],
    )
    async def notices(self, info: Info) -> list[WebhookEvent]:
        return await notices.notices_of(info.context.staff)

    @strawberry.field(
        description="The events that front ends show on the signed-in user's desktop. Empty for "
        "API keys.",
        extensions=[Requires()],
    )
    async def desktop_notices(self, info: Info) -> list[WebhookEvent]:
        return await notices.desktop_events_of(info.context.staff)


@strawberry.type
class NoticeMutations:
    @strawberry.mutation(
        description="Chooses the events that the signed-in user is told about. Events within a few "
        "minutes share one e-mail, and there is at most one e-mail an hour.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def choose_notices(
        self,
        info: Info,
        input: Annotated[ChooseNoticesInput, strawberry.argument(description="The events.")],
    ) -> ChooseNoticesPayload:
        staff = info.context.staff
        chosen = await notices.choose_notices(staff, input.events, input.desktop_events)
        return ChooseNoticesPayload(
            notices=chosen, desktop_notices=await notices.desktop_events_of(staff)
        )

    @strawberry.mutation(
        description="Sets or removes the chat that gets messages about events. To set it, you also "
        "need VIEW_INVOICES and a recent password.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def set_chat(
        self,
        info: Info,
        input: Annotated[SetChatInput, strawberry.argument(description="The chat.")],
    ) -> SetChatPayload:
        context = info.context
        addresses = context.services.webhook_addresses
        chat = await notices.set_chat(context.staff, addresses, input.url, input.events or ())
        return SetChatPayload(chat=Chat.of(chat))
