"""Quotes as their recipients see them."""

from typing import Self

import strawberry

import models
from core.urls import Urls
from models.companies import today_of
from schema.documents import PublicDocument
from schema.quotes import QuoteDocument
from services.billing.quote_answers import QuoteAnswer
from services.public.documents import PublicQuoteData


@strawberry.type(description="A quote as its recipient sees it, without IDs or tokens.")
class PublicQuote(QuoteDocument, PublicDocument):
    row: strawberry.Private[models.Quote]

    @classmethod
    def of(cls, data: PublicQuoteData, urls: Urls) -> Self:
        """Return what clients may see of a quote."""
        quote = data.quote
        language = quote.written_in
        return cls(
            row=quote,
            formatted_in=language,
            language=language,
            today=today_of(quote.company),
            data=data,
            urls=urls,
        )


@strawberry.input(description="A client's answer to a quote.")
class AnswerQuoteInput:
    token: str = strawberry.field(description="The token of the quote's link, or of a portal.")
    accept: bool = strawberry.field(description="Whether to accept it. False declines it.")
    name: str = strawberry.field(
        description="The name of the person who answers, which stands for a signature. Up to 200 "
        "characters."
    )
    note: str | None = strawberry.field(
        default=None, description="A note to the business, up to 2,000 characters."
    )
    purchase_order: str | None = strawberry.field(
        default=None,
        description="The number of the client's order, for the invoice. Up to 100 characters. "
        "Ignored if the quote is declined.",
    )
    number: str | None = strawberry.field(
        default=None, description="The quote's number. Required with a portal's token."
    )

    def answer(self, ip: str | None) -> QuoteAnswer:
        return QuoteAnswer(
            accepts=self.accept,
            name=self.name,
            note=self.note,
            purchase_order=self.purchase_order,
            ip=ip,
        )


@strawberry.type(description="The answered quote.")
class PublicQuotePayload:
    quote: PublicQuote = strawberry.field(description="The quote as its recipient sees it.")
