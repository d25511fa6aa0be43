"""Quotes, as the company's staff see them, and the fields that clients see as well."""

from datetime import date, datetime
from typing import Self

import strawberry

import models
from context import Info, Viewer
from schema.documents import Document, StaffDocument, share_url
from schema.enums import QuoteStatus
from schema.invoices import Invoice
from schema.lazy_fields import inner_field, lazy_field
from schema.quote_actions import QuoteAction, quote_actions


@strawberry.type
class QuoteDocument(Document):
    """The fields that `PublicQuote` and `Quote` share. This is not a type of the schema itself."""

    status: QuoteStatus = inner_field("row.status", "The status.")
    is_expired: bool = lazy_field("Whether it is undecided and its last valid day has passed.")
    valid_until: date | None = inner_field(
        "row.valid_until", "The last day on which it can be accepted; null if there is no limit."
    )
    decided_at: datetime | None = inner_field(
        "row.decided_at", "When it was accepted or declined; null if undecided."
    )
    answered_by: str | None = inner_field(
        "row.answered_by",
        "The name that the client gave who accepted or declined it; null if the company's staff "
        "recorded the answer.",
    )
    answer_note: str | None = inner_field(
        "row.answer_note", "What the client wrote with the answer."
    )
    row: strawberry.Private[models.Quote]
    today: strawberry.Private[date]
    """The company's current date."""

    def make_is_expired(self) -> bool:
        return self.row.is_expired(self.today)


@strawberry.type(description="A quote as the company's staff see it.")
class Quote(QuoteDocument, StaffDocument):
    sent_at: datetime | None = inner_field(
        "row.sent_at", "When it was first shared; null for a draft."
    )
    answer_purchase_order: str | None = inner_field(
        "row.answer_purchase_order",
        "The number of the client's order, which becomes the invoice's `purchaseOrder`.",
    )
    answer_ip: str | None = inner_field(
        "row.answer_ip", "The address from which the client answered."
    )
    row: strawberry.Private[models.Quote]

    def make_share_url(self) -> str | None:
        return share_url(self.row, self.urls.quote)

    def make_pdf_url(self) -> str:
        return self.urls.document_pdf("quotes", self.row.id)

    @strawberry.field(description="The invoice created from it; null if there is none.")
    async def invoice(self, info: Info) -> Invoice | None:
        if self.row.invoice_id is None:
            return None
        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        return Invoice.of(row, info.context.viewer) if row else None

    @strawberry.field(description="The actions that its state and the caller's permissions allow.")
    async def allowed_actions(self, info: Info) -> list[QuoteAction]:
        invoice_id = self.row.invoice_id
        invoice = await info.context.loaders.invoices.load(invoice_id) if invoice_id else None
        return quote_actions(self.row, invoice, info.context.staff)

    @classmethod
    def of(cls, quote: models.Quote, viewer: Viewer) -> Self:
        return cls(row=quote, formatted_in=viewer.language, today=viewer.today, urls=viewer.urls)


@strawberry.type(description="The updated quote.")
class QuotePayload:
    quote: Quote = strawberry.field(description="The updated quote.")

    @classmethod
    def of(cls, quote: models.Quote, viewer: Viewer) -> Self:
        return cls(quote=Quote.of(quote, viewer))


@strawberry.input(description="A quote of the company.")
class QuoteRef:
    quote_id: strawberry.ID = strawberry.field(description="The quote's ID.")
