"""Quotes as their recipients see them."""

from collections.abc import Sequence
from typing import Self

import strawberry

import models
from core.urls import Urls
from models.documents import DocumentLine
from schema.documents import PublicDocument, public_fields
from schema.quotes import QuoteDocument, quote_fields


@strawberry.type(description="A quote as its recipient sees it, without IDs or tokens.")
class PublicQuote(QuoteDocument, PublicDocument):
    @classmethod
    def of(
        cls, quote: models.Quote, lines: Sequence[DocumentLine], pdf_url: str, urls: Urls
    ) -> Self:
        """Return what clients may see of `quote`, fetched with its company and customer."""
        language = quote.customer.language_with(quote.company)
        return cls(
            **quote_fields(quote, language),
            **public_fields(quote, lines, pdf_url, language, urls),
        )
