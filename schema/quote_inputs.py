"""Inputs for writing quotes, and what sharing one answers with."""

from datetime import date

import strawberry

from schema.documents import DocumentContent
from schema.quotes import Quote
from services.billing.quotes import QuoteDraft


@strawberry.input
class QuoteContent(DocumentContent):
    """What can be set of a draft; not a type of the schema itself."""

    valid_until: date | None = strawberry.field(
        default=None, description="The last day on which it may be accepted; omitted: no end."
    )

    def draft(self) -> QuoteDraft:
        """Return the content as the service takes it."""
        return QuoteDraft(**self.common(), valid_until=self.valid_until)


@strawberry.input(description="A quote to be. It begins as a draft, which no client can see.")
class CreateQuoteInput(QuoteContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again makes no "
        "second quote.",
    )


@strawberry.input(description="A draft with everything in it replaced.")
class UpdateQuoteInput(QuoteContent):
    quote_id: strawberry.ID = strawberry.field(description="The draft's id.")


@strawberry.type(description="A shared quote and its link.")
class ShareQuotePayload:
    token: str = strawberry.field(description="The link's only credential.")
    url: str = strawberry.field(description="The link to pass on.")
    quote: Quote = strawberry.field(description="The quote as it is now.")
