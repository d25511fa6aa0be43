"""Quotes as their recipients see them."""

from typing import Self

import strawberry

from core.urls import Urls
from models.companies import today_of
from schema.documents import PublicDocument, public_fields
from schema.quotes import QuoteDocument, quote_fields
from services.public.documents import PublicQuoteData


@strawberry.type(description="A quote as its recipient sees it, without IDs or tokens.")
class PublicQuote(QuoteDocument, PublicDocument):
    @classmethod
    def of(cls, data: PublicQuoteData, urls: Urls) -> Self:
        """Return what clients may see of a quote."""
        quote = data.quote
        language = quote.written_in
        return cls(
            **quote_fields(quote, language, today_of(quote.company)),
            **public_fields(quote, data, language, urls),
        )
