"""A company's own words for its e-mails."""

from datetime import datetime
from typing import Self

import strawberry

import models
from integrations.mail.contents import EmailContent
from integrations.mail.mime import render_html
from schema.enums import EmailTextKind
from services.email.own_texts import PLACEHOLDERS, OwnText


@strawberry.type(description="A company's own words for one kind of e-mail in one language.")
class EmailText:
    kind: EmailTextKind = strawberry.field(description="The kind of e-mail.")
    language: str = strawberry.field(description="The language, without a territory.")
    subject: str | None = strawberry.field(
        description="The subject with placeholders; null for the standard one."
    )
    message: str | None = strawberry.field(
        description="The message with placeholders; null for the standard one."
    )
    placeholders: list[str] = strawberry.field(
        description="What both may contain, for example `{number}`."
    )
    updated_at: datetime = strawberry.field(description="When it was last changed.")

    @classmethod
    def of(cls, row: models.EmailText) -> Self:
        return cls(
            kind=row.kind,
            language=row.language,
            subject=row.subject,
            message=row.message,
            placeholders=[f"{{{name}}}" for name in PLACEHOLDERS[row.kind]],
            updated_at=row.updated_at,
        )


@strawberry.type(description="A sample of an e-mail with a company's own words.")
class EmailPreview:
    subject: str = strawberry.field(description="The subject.")
    html: str = strawberry.field(
        description="The HTML, without scripts. Show it in a sandboxed frame."
    )

    @classmethod
    def of(cls, content: EmailContent) -> Self:
        return cls(subject=content.body.subject, html=render_html(content))


@strawberry.input(description="Which e-mail, in which language.")
class EmailTextRef:
    kind: EmailTextKind = strawberry.field(description="The kind of e-mail.")
    language: str | None = strawberry.field(
        default=None,
        description="The language (BCP 47), by default the company's. A territory makes no "
        "difference.",
    )


@strawberry.input(
    description="A company's own words. They are plain text and may have placeholders: "
    "`{number}`, `{amount}`, `{customer}`, `{due_date}` of invoices, reminders and failed "
    "payments, and `{valid_until}` of quotes."
)
class EmailTextInput(EmailTextRef):
    subject: str | None = strawberry.field(
        default=None, description="Up to 200 characters. Null is the standard subject."
    )
    message: str | None = strawberry.field(
        default=None,
        description="Up to 2,000 characters. Null is the standard message. If it begins with a "
        "greeting, that replaces the standard one.",
    )

    def text(self) -> OwnText:
        return OwnText(subject=self.subject, message=self.message)


@strawberry.type(description="The stored text.")
class EmailTextPayload:
    email_text: EmailText | None = strawberry.field(
        description="The stored text; null if subject and message are the standard ones."
    )


@strawberry.type(description="A test e-mail that was sent.")
class TestEmailPayload:
    sent_to: str = strawberry.field(description="The address of the user who asked for it.")
