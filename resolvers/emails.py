"""Sending e-mails to clients, and the company's own words for them."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from models import Invoice
from resolvers.links import InvoiceArgument
from schema.email_previews import EmailPreviewInput, OutgoingEmailPreview
from schema.email_texts import (
    EmailText,
    EmailTextInput,
    EmailTextPayload,
    EmailTextRef,
    TestEmailPayload,
)
from schema.emails import (
    SendAnnouncementInput,
    SendAnnouncementPayload,
    SendCreditNoteInput,
    SendInvoiceInput,
    SendPayload,
    SendQuoteInput,
)
from schema.mailings import InvoiceMailing, SendInvoicesInput, SendInvoicesPayload
from schema.permissions import Requires
from schema.sending import (
    CancelDeliveryInput,
    CancelDeliveryPayload,
    IssueAndSendInvoiceInput,
    IssueAndSendPayload,
)
from services.common.lookups import get_owned
from services.email import announcements, cancellations, emails, own_texts, previews, trial_emails
from services.email.many import Mailing, send_each


@strawberry.type
class EmailQueries:
    @strawberry.field(
        description="The e-mail that sending a document or a reminder would send now. Fails as the "
        "mutation would.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def email_preview(
        self,
        info: Info,
        input: Annotated[EmailPreviewInput, strawberry.argument(description="What would be sent.")],
    ) -> OutgoingEmailPreview:
        services = info.context.services
        what, document_id, options = input.request()
        email = await previews.preview_email(
            info.context.staff,
            what,
            document_id,
            options,
            limits=services.email_limits,
            settings=services.settings,
        )
        return OutgoingEmailPreview.of(email)


@strawberry.type
class EmailMutations:
    @strawberry.mutation(
        description="E-mails an invoice's link, and shares the invoice first if needed. Waits "
        "briefly for the mail server; if it doesn't accept the e-mail yet, sending "
        "continues in the background.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_invoice(
        self,
        info: Info,
        input: Annotated[
            SendInvoiceInput, strawberry.argument(description="The document and the recipient.")
        ],
    ) -> SendPayload:
        queued = await emails.send_invoice(
            info.context.staff,
            input.invoice_id,
            input.options(),
            limits=info.context.services.email_limits,
            idempotency_key=input.idempotency_key,
        )
        return SendPayload.of(await info.context.services.delivery_worker.deliver(queued))

    @strawberry.mutation(
        description="Issues a draft, shares it and e-mails its link, all or nothing. The e-mail "
        "leaves after ten seconds, in which `cancelDelivery` stops it. The invoice stays issued "
        "then, because its number can't be given to another one: send it later, or cancel it.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def issue_and_send_invoice(
        self,
        info: Info,
        input: Annotated[
            IssueAndSendInvoiceInput, strawberry.argument(description="The draft and the e-mail.")
        ],
    ) -> IssueAndSendPayload:
        staff, services = info.context.staff, info.context.services
        queued = await emails.issue_and_send_invoice(
            staff,
            input.invoice_id,
            input.options(),
            limits=services.email_limits,
            idempotency_key=input.idempotency_key,
        )
        delivery = await services.delivery_worker.deliver(queued)
        invoice = await get_owned(Invoice, staff, input.invoice_id)
        return IssueAndSendPayload.of(invoice, delivery, info.context.viewer)

    @strawberry.mutation(
        description="E-mails the links of up to 100 invoices, and issues drafts first. Each "
        "invoice has a result of its own, so one that can't be sent doesn't keep the others from "
        "it. The e-mails leave after ten seconds, in which `cancelDelivery` stops each.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_invoices(
        self,
        info: Info,
        input: Annotated[SendInvoicesInput, strawberry.argument(description="The invoices.")],
    ) -> SendInvoicesPayload:
        return await _send_each(info, Mailing.INVOICE, input)

    @strawberry.mutation(
        description="Sends a reminder of each of up to 100 invoices, like `sendReminder`, with a "
        "result for each. The e-mails leave after ten seconds, in which `cancelDelivery` stops "
        "each.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_reminders(
        self,
        info: Info,
        input: Annotated[SendInvoicesInput, strawberry.argument(description="The invoices.")],
    ) -> SendInvoicesPayload:
        return await _send_each(info, Mailing.REMINDER, input)

    @strawberry.mutation(
        description="Cancels an e-mail with a document or a reminder that somebody sent by hand, "
        "with its copies, if it hasn't left. Fails with CONFLICT if it has. What else sending has "
        "done stays: the document is issued and shared.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def cancel_delivery(
        self,
        info: Info,
        input: Annotated[
            CancelDeliveryInput, strawberry.argument(description="The e-mail to cancel.")
        ],
    ) -> CancelDeliveryPayload:
        cancelled = await cancellations.cancel_delivery(info.context.staff, input.delivery_id)
        return CancelDeliveryPayload.of(cancelled)

    @strawberry.mutation(
        description="E-mails the customer a reminder about an invoice.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_reminder(
        self,
        info: Info,
        input: InvoiceArgument,
        idempotency_key: Annotated[
            str | None,
            strawberry.argument(
                description="A key of up to 64 characters that makes this request safe to repeat."
            ),
        ] = None,
        delay_seconds: Annotated[
            int | None,
            strawberry.argument(
                description="For how long the e-mail waits before it is sent, from 0 to 60 "
                "seconds. Until then, `cancelDelivery` stops it, and the status is WAITING."
            ),
        ] = 0,
    ) -> SendPayload:
        queued = await emails.send_reminder(
            info.context.staff,
            input.invoice_id,
            limits=info.context.services.email_limits,
            delay_seconds=delay_seconds or 0,
            idempotency_key=idempotency_key,
        )
        return SendPayload.of(await info.context.services.delivery_worker.deliver(queued))

    @strawberry.mutation(
        description="E-mails a quote's link, and shares the quote first if needed. A draft "
        "becomes SENT.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_quote(
        self,
        info: Info,
        input: Annotated[
            SendQuoteInput, strawberry.argument(description="The document and the recipient.")
        ],
    ) -> SendPayload:
        queued = await emails.send_quote(
            info.context.staff,
            input.quote_id,
            input.options(),
            limits=info.context.services.email_limits,
            idempotency_key=input.idempotency_key,
        )
        return SendPayload.of(await info.context.services.delivery_worker.deliver(queued))

    @strawberry.mutation(
        description="E-mails a credit note's link, and shares the credit note first if needed. "
        "Issue it before.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_credit_note(
        self,
        info: Info,
        input: Annotated[
            SendCreditNoteInput, strawberry.argument(description="The document and the recipient.")
        ],
    ) -> SendPayload:
        queued = await emails.send_credit_note(
            info.context.staff,
            input.credit_note_id,
            input.options(),
            limits=info.context.services.email_limits,
            idempotency_key=input.idempotency_key,
        )
        return SendPayload.of(await info.context.services.delivery_worker.deliver(queued))

    @strawberry.mutation(
        description="E-mails an announcement to customers, except those who have opted out. It "
        "is sent in the background.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def send_announcement(
        self,
        info: Info,
        input: Annotated[SendAnnouncementInput, strawberry.argument(description="The values.")],
    ) -> SendAnnouncementPayload:
        result = await announcements.send_announcement(
            info.context.staff,
            input.customer_ids,
            input.subject,
            input.body,
            limits=info.context.services.email_limits,
            idempotency_key=input.idempotency_key,
        )
        return SendAnnouncementPayload.of(result)

    @strawberry.mutation(
        description="Sets the company's own words for one kind of e-mail in one language. "
        "Company.emailTextPreview shows what they look like.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def set_email_text(
        self,
        info: Info,
        input: Annotated[EmailTextInput, strawberry.argument(description="The words.")],
    ) -> EmailTextPayload:
        row = await own_texts.set_email_text(
            info.context.staff, input.kind, input.language, input.text()
        )
        return EmailTextPayload(email_text=EmailText.of(row) if row else None)

    @strawberry.mutation(
        description="Sends a sample with the company's own words to the signed-in user. Rate "
        "limited.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def send_test_email(
        self,
        info: Info,
        input: Annotated[EmailTextRef, strawberry.argument(description="The e-mail.")],
    ) -> TestEmailPayload:
        services = info.context.services
        address = await trial_emails.send_test_email(
            info.context.staff,
            input.kind,
            input.language,
            worker=services.delivery_worker,
            rate_limiter=services.rate_limiter,
            urls=services.urls,
        )
        return TestEmailPayload(sent_to=address)


async def _send_each(info: Info, mailing: Mailing, input: SendInvoicesInput) -> SendInvoicesPayload:
    results = await send_each(
        info.context.staff,
        mailing,
        input.invoice_ids,
        limits=info.context.services.email_limits,
        idempotency_key=input.idempotency_key,
    )
    viewer, language = info.context.viewer, info.context.accept_language
    return SendInvoicesPayload(
        results=[InvoiceMailing.of(each, viewer, language) for each in results]
    )
