"""Changing a company's own words for its e-mails, and trying them."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.email_texts import (
    EmailText,
    EmailTextInput,
    EmailTextPayload,
    EmailTextRef,
    TestEmailPayload,
)
from schema.permissions import Requires
from services.email import own_texts, trial_emails


@strawberry.type
class EmailTextMutations:
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
