"""A quote as its recipient sees it."""

from collections.abc import Sequence
from typing import Self

import strawberry

import models
from models.documents import DocumentLine
from schema.documents import PublicDocument, public_fields
from schema.quotes import QuoteDocument, quote_fields
from settings import Settings


@strawberry.type(description="A quote as its recipient sees it, without IDs or tokens.")
class PublicQuote(QuoteDocument, PublicDocument):
    @classmethod
    def of(
        cls, quote: models.Quote, lines: Sequence[DocumentLine], pdf_url: str, settings: Settings
    ) -> Self:
        """Return what a client may see of `quote`, which comes with its company and customer."""
        language = quote.customer.language_with(quote.company)
        return cls(
            **quote_fields(quote, language),
            **public_fields(quote, lines, pdf_url, language, settings),
        )
