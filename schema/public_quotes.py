"""Quotes as their recipients see them."""

from typing import Self

import strawberry

import models
from core.urls import Urls
from models.companies import today_of
from schema.documents import PublicDocument
from schema.quotes import QuoteDocument
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
