"""Sending invoices, quotes, reminders and announcements by e-mail."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from resolvers.links import WhichInvoice
from schema.emails import (
    SendAnnouncementInput,
    SendAnnouncementPayload,
    SendInvoiceInput,
    SendPayload,
    SendQuoteInput,
)
from schema.permissions import Requires
from services.email import announcements, emails


@strawberry.type
class SendingMutations:
    """E-mails to clients."""

    @strawberry.mutation(
        description="E-mail an invoice's link, which is made if there is none. Waits for the mail "
        "server, but not for long: what it can't take now is tried again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_invoice(
        self,
        info: Info,
        input: Annotated[SendInvoiceInput, strawberry.argument(description="What, and to whom.")],
    ) -> SendPayload:
        """See the description."""
        queued = await emails.send_invoice(
            info.context.staff,
            input.invoice_id,
            input.words(),
            idempotency_key=input.idempotency_key,
        )
        return SendPayload.of(await info.context.services.dispatcher.carry(queued))

    @strawberry.mutation(
        description="E-mail a reminder of an invoice to its customer.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_reminder(self, info: Info, input: WhichInvoice) -> SendPayload:
        """See the description."""
        queued = await emails.send_reminder(info.context.staff, input.invoice_id)
        return SendPayload.of(await info.context.services.dispatcher.carry(queued))

    @strawberry.mutation(
        description="E-mail a quote's link, which is made if there is none. A draft is sent by it.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_quote(
        self,
        info: Info,
        input: Annotated[SendQuoteInput, strawberry.argument(description="What, and to whom.")],
    ) -> SendPayload:
        """See the description."""
        queued = await emails.send_quote(
            info.context.staff,
            input.quote_id,
            input.words(),
            idempotency_key=input.idempotency_key,
        )
        return SendPayload.of(await info.context.services.dispatcher.carry(queued))

    @strawberry.mutation(
        description="E-mail an announcement to customers, but not to those who want none. It goes "
        "out behind the answer.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_announcement(
        self,
        info: Info,
        input: Annotated[SendAnnouncementInput, strawberry.argument(description="It.")],
    ) -> SendAnnouncementPayload:
        """See the description."""
        announced = await announcements.send_announcement(
            info.context.staff,
            input.customer_ids,
            input.subject,
            input.body,
            idempotency_key=input.idempotency_key,
        )
        info.context.services.dispatcher.wake()
        return SendAnnouncementPayload.of(announced)
