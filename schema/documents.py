"""What documents have in common: for staff, for holders of a link, and in inputs.

Nothing here is a type of the schema itself.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry

import models
from context import Info
from core.urls import Urls
from models.documents import DocumentLine
from schema.customers import Customer
from schema.lines import LineItem, LineItemInput
from schema.money import Money
from schema.parties import BillTo, Business

STAFF_PDF: Final = "Where the PDF is. It needs `Authorization: Bearer …` and VIEW_INVOICES."


@strawberry.type
class Document:
    """The fields of all document types."""

    number: str = strawberry.field(description="The number, unique within the business.")
    issue_date: date | None = strawberry.field(description="The issue date.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    discount: Money = strawberry.field(description="The discount on the subtotal, before tax.")
    tax: Money = strawberry.field(description="The sum of all taxes.")
    total: Money = strawberry.field(description="Subtotal minus discount plus tax.")
    notes: str | None = strawberry.field(description="Notes from the business, with line breaks.")


def document_fields(row: models.Invoice | models.Quote, language: str) -> dict[str, Any]:
    """Return the values of Document's fields by name, with amounts formatted in `language`."""
    return {
        "number": row.number,
        "issue_date": row.issue_date,
        "notes": row.notes,
        **money_fields(row, language, "subtotal", "discount", "tax", "total"),
    }


def money_fields(
    row: models.Invoice | models.Quote, language: str, *names: str
) -> dict[str, Money]:
    """Return the amounts with these names, formatted in `language`."""
    return {name: Money.of(row.money(getattr(row, name)), language) for name in names}


@strawberry.type
class StaffDocument:
    """The additional fields of the types for staff."""

    id: strawberry.ID = strawberry.field(description="The ID.")
    share_url: str | None = strawberry.field(description="The client's link; null if not shared.")
    shared_at: datetime | None = strawberry.field(description="When the link was created.")
    created_at: datetime = strawberry.field(description="When the draft was created.")
    pdf_url: str = strawberry.field(description=STAFF_PDF)
    row: strawberry.Private[models.Invoice | models.Quote]

    @strawberry.field(description="The recipient.")
    async def customer(self, info: Info) -> Customer:
        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.urls)


def staff_fields(
    row: models.Invoice | models.Quote, url_of: Callable[[object], str]
) -> dict[str, Any]:
    """Return the values of StaffDocument's fields by name. `url_of` makes the link for a token."""
    return {
        "id": strawberry.ID(str(row.id)),
        "share_url": url_of(row.share_token) if row.share_token else None,
        "shared_at": row.shared_at,
        "created_at": row.created_at,
        "row": row,
    }


@strawberry.type
class PublicDocument:
    """The additional fields of the public types, which have no ids and no tokens."""

    business: Business = strawberry.field(description="The sender.")
    bill_to: BillTo = strawberry.field(description="The recipient.")
    lines: list[LineItem] = strawberry.field(description="The lines, in order.")
    pdf_url: str = strawberry.field(description="The URL of the PDF.")


def public_fields(
    row: models.Invoice | models.Quote,
    lines: Sequence[DocumentLine],
    pdf_url: str,
    language: str,
    urls: Urls,
) -> dict[str, Any]:
    """Return the values of PublicDocument's fields by name, of a row with company and customer."""
    return {
        "business": Business.of(row.company, urls),
        "bill_to": BillTo.of(row.customer),
        "lines": [LineItem.of(line, row, language) for line in lines],
        "pdf_url": pdf_url,
    }


@strawberry.input
class DocumentContent:
    """The fields of any draft."""

    customer_id: strawberry.ID = strawberry.field(description="The recipient.")
    number: str | None = strawberry.field(
        default=None,
        description="Up to 64 characters, unique within the company. Defaults to the next "
        "number; a draft keeps the number it has.",
    )
    currency: str | None = strawberry.field(
        default=None, description="An ISO 4217 code. Defaults to the company's currency."
    )
    issue_date: date | None = strawberry.field(
        default=None, description="Defaults to the day it is issued or sent."
    )
    lines: list[LineItemInput] = strawberry.field(description="1 to 1,000 lines.")
    discount: Decimal | None = strawberry.field(
        default=None, description="A discount on the subtotal, before tax."
    )
    notes: str | None = strawberry.field(default=None, description="Up to 10,000 characters.")

    def common(self) -> dict[str, Any]:
        """Return the fields for the service's draft by name."""
        return {
            "customer_id": self.customer_id,
            "lines": [line.draft() for line in self.lines],
            "number": self.number,
            "currency": self.currency,
            "issue_date": self.issue_date,
            "discount": self.discount or Decimal(0),
            "notes": self.notes,
        }
