"""E-invoices: in which formats a document has one, and what is missing for the others."""

from typing import Self

import strawberry

from core.urls import Urls
from einvoices.details import MissingDetail as Detail
from einvoices.document import EInvoice as Content
from i18n.error_messages import in_language
from schema.enums import EInvoiceFormat
from services.billing.e_invoices import FormatState, Row, states_of


@strawberry.type(description="A detail that a format needs.")
class MissingDetail:
    field: str = strawberry.field(
        description="Where it is entered: a path that begins with `company`, `customer` or "
        "`document`, for example `customer.postalAddress.country` or `document.lines.1.secondTax`."
    )
    message: str = strawberry.field(
        description="What to do, in the user's language or else the company's."
    )
    term: str = strawberry.field(description="The business term of EN 16931, for example `BT-55`.")

    @classmethod
    def of(cls, detail: Detail, language: str) -> Self:
        return cls(
            field=detail.field, message=in_language(detail.message, language), term=detail.term
        )


@strawberry.type(description="An e-invoice in a format.")
class EInvoiceVersion:
    format: EInvoiceFormat = strawberry.field(description="The format.")
    ready: bool = strawberry.field(
        description="Whether nothing is missing. A draft that is ready has an e-invoice once it is "
        "issued."
    )
    url: str | None = strawberry.field(
        description="Where the XML is, if the document is issued and ready. It needs "
        "`Authorization: Bearer …` and VIEW_INVOICES."
    )
    missing: list[MissingDetail] = strawberry.field(
        description="What is missing. It can't be added once the document is issued."
    )

    @classmethod
    def of(cls, state: FormatState, url: str | None, language: str) -> Self:
        return cls(
            format=state.format,
            ready=state.is_ready,
            url=url if state.is_ready else None,
            missing=[MissingDetail.of(each, language) for each in state.missing],
        )


@strawberry.type(description="A document as an e-invoice (EN 16931).")
class EInvoice:
    formats: list[EInvoiceVersion] = strawberry.field(description="It in each format.")

    @classmethod
    def of(cls, row: Row, content: Content, urls: Urls, language: str) -> Self:
        """Return the e-invoice of `row`, which says `content`."""
        documents = f"{row.noun.replace(' ', '-')}s"

        def url_of(state: FormatState) -> str | None:
            is_issued = row.number is not None
            return urls.document_xml(documents, row.id, state.format) if is_issued else None

        return cls(
            formats=[
                EInvoiceVersion.of(state, url_of(state), language) for state in states_of(content)
            ]
        )
