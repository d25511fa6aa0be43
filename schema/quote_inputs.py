"""Inputs for writing quotes, and the result of sharing one."""

from datetime import date

import strawberry

from schema.documents import DocumentContent
from schema.quotes import Quote
from services.billing.quotes import QuoteDraft


@strawberry.input
class QuoteContent(DocumentContent):
    """The fields of a draft. This is not a type of the schema itself."""

    valid_until: date | None = strawberry.field(
        default=None, description="The last day on which it can be accepted. Omit it for no limit."
    )

    def draft(self) -> QuoteDraft:
        return QuoteDraft(**self.common(), valid_until=self.valid_until)


@strawberry.input(description="A new quote. It starts as a draft, which clients can't see.")
class CreateQuoteInput(QuoteContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="A quote to duplicate.")
class DuplicateQuoteInput:
    quote_id: strawberry.ID = strawberry.field(description="The quote's ID.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="New values for a draft.")
class UpdateQuoteInput(QuoteContent):
    quote_id: strawberry.ID = strawberry.field(description="The draft's ID.")
    if_version: str | None = strawberry.field(
        default=None,
        description="The draft's `version` that these values replace. If it has another one by "
        "now, the update is refused with CONFLICT and the reason DRAFT_CHANGED.",
    )


@strawberry.type(description="A shared quote and its link.")
class ShareQuotePayload:
    token: str = strawberry.field(
        description="The token in the link. Anyone who has it can open the document."
    )
    url: str = strawberry.field(description="The link to share.")
    quote: Quote = strawberry.field(description="The updated quote.")
