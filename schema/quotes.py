"""Quotes, as the company's staff see them, and the fields that clients see as well."""

from datetime import date, datetime
from typing import Any, Self

import strawberry

import models
from context import Info, Viewer
from schema.documents import Document, StaffDocument, document_fields, staff_fields
from schema.enums import QuoteStatus
from schema.invoices import Invoice


@strawberry.type
class QuoteDocument(Document):
    """The fields that `PublicQuote` and `Quote` share. This is not a type of the schema itself."""

    status: QuoteStatus = strawberry.field(description="The status.")
    is_expired: bool = strawberry.field(
        description="Whether it is undecided and its last valid day has passed."
    )
    valid_until: date | None = strawberry.field(
        description="The last day on which it can be accepted; null if there is no limit."
    )


def quote_fields(quote: models.Quote, language: str, today: date) -> dict[str, Any]:
    """Return the values of QuoteDocument's fields by name, with amounts formatted in `language`.

    `today` is the company's.
    """
    return {
        **document_fields(quote, language),
        "status": quote.status,
        "is_expired": quote.is_expired(today),
        "valid_until": quote.valid_until,
    }


@strawberry.type(description="A quote as the company's staff see it.")
class Quote(QuoteDocument, StaffDocument):
    sent_at: datetime | None = strawberry.field(
        description="When it was first shared; null for a draft."
    )
    decided_at: datetime | None = strawberry.field(
        description="When it was accepted or declined; null if undecided."
    )
    row: strawberry.Private[models.Quote]

    @strawberry.field(description="The invoice created from it; null if there is none.")
    async def invoice(self, info: Info) -> Invoice | None:
        if self.row.invoice_id is None:
            return None
        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        return Invoice.of(row, info.context.viewer) if row else None

    @classmethod
    def of(cls, quote: models.Quote, viewer: Viewer) -> Self:
        return cls(
            **quote_fields(quote, viewer.language, viewer.today),
            **staff_fields(quote, viewer.urls.quote),
            pdf_url=viewer.urls.document_pdf("quotes", quote.id),
            sent_at=quote.sent_at,
            decided_at=quote.decided_at,
        )


@strawberry.type(description="The updated quote.")
class QuotePayload:
    quote: Quote = strawberry.field(description="The updated quote.")

    @classmethod
    def of(cls, quote: models.Quote, viewer: Viewer) -> Self:
        return cls(quote=Quote.of(quote, viewer))


@strawberry.input(description="A quote of the company.")
class QuoteRef:
    quote_id: strawberry.ID = strawberry.field(description="The quote's ID.")
