"""E-mails as they would be sent now."""

from typing import Self

import strawberry

from integrations.mail.mime import render_html, render_text
from schema.emails import SendCreditNoteInput, SendInvoiceInput, SendQuoteInput
from schema.invoices import InvoiceRef
from schema.preferences import OptOut
from services.email.emails import EmailOptions
from services.email.previews import OutgoingEmail, Recipient, SentByHand


@strawberry.input(
    one_of=True,
    description="What to send, with the input of its mutation. Idempotency keys and delays make no "
    "difference.",
)
class EmailPreviewInput:
    invoice: SendInvoiceInput | None = strawberry.field(
        default=strawberry.UNSET, description="An invoice. If it is a draft, it is issued first."
    )
    reminder: InvoiceRef | None = strawberry.field(
        default=strawberry.UNSET, description="A reminder of an invoice."
    )
    quote: SendQuoteInput | None = strawberry.field(
        default=strawberry.UNSET, description="A quote."
    )
    credit_note: SendCreditNoteInput | None = strawberry.field(
        default=strawberry.UNSET, description="A credit note."
    )

    def request(self) -> tuple[SentByHand, str, EmailOptions]:
        """Return what is to be sent, the document's ID, and how to send it."""
        if self.reminder:
            return SentByHand.REMINDER, self.reminder.invoice_id, EmailOptions()
        if self.invoice:
            return SentByHand.INVOICE, self.invoice.invoice_id, self.invoice.options()
        if self.quote:
            return SentByHand.QUOTE, self.quote.quote_id, self.quote.options()
        assert self.credit_note
        return (
            SentByHand.CREDIT_NOTE,
            self.credit_note.credit_note_id,
            self.credit_note.options(),
        )


@strawberry.type(description="Whom an e-mail or a copy of it would go to.")
class EmailRecipient:
    address: str = strawberry.field(description="The address.")
    is_copy: bool = strawberry.field(description="Whether it would be a copy.")
    is_blind_copy: bool = strawberry.field(
        description="Whether the other recipients don't see this one."
    )
    opt_out: OptOut | None = strawberry.field(
        description="Since when and how these e-mails are turned off, so that nothing is sent; "
        "null if they are on."
    )

    @classmethod
    def of(cls, recipient: Recipient) -> Self:
        return cls(
            address=recipient.address,
            is_copy=recipient.is_copy,
            is_blind_copy=recipient.is_blind,
            opt_out=OptOut.of(recipient.opt_out) if recipient.opt_out else None,
        )


@strawberry.type(description="An e-mail as it would be sent now. Nothing is changed.")
class OutgoingEmailPreview:
    recipients: list[EmailRecipient] = strawberry.field(
        description="Whom it is addressed to, and then who gets a copy."
    )
    subject: str | None = strawberry.field(
        description="The subject; null if the recipient has turned these e-mails off."
    )
    html: str | None = strawberry.field(
        description="The HTML, without scripts. Show it in a sandboxed frame. The link leads "
        "nowhere as long as the document isn't shared."
    )
    text: str | None = strawberry.field(description="The plain text.")
    attachments: list[str] = strawberry.field(description="The names of the attached files.")

    @classmethod
    def of(cls, email: OutgoingEmail) -> Self:
        content = email.content
        return cls(
            recipients=[EmailRecipient.of(each) for each in email.recipients],
            subject=content.body.subject if content else None,
            html=render_html(content) if content else None,
            text=render_text(content) if content else None,
            attachments=[each.filename for each in content.attachments] if content else [],
        )
