"""What documents have in common: for staff, for those who hold a link, and for those who write.

Nothing here is a type of the schema itself.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry

import models
from context import Info
from models.documents import DocumentLine
from schema.customers import Customer
from schema.lines import LineItem, LineItemInput
from schema.money import Money
from schema.parties import BillTo, Business
from settings import Settings

STAFF_PDF: Final = "Where the PDF is. It needs `Authorization: Bearer …` and VIEW_INVOICES."


@strawberry.type
class Document:
    """The fields that every type of a document has."""

    number: str = strawberry.field(description="Unique within the business.")
    issue_date: date | None = strawberry.field(description="The day it is, or was, issued.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    discount: Money = strawberry.field(description="Taken off the subtotal before tax.")
    tax: Money = strawberry.field(description="The taxes of all lines.")
    total: Money = strawberry.field(description="Subtotal less discount plus tax.")
    notes: str | None = strawberry.field(description="What the business adds, over several lines.")


def document_fields(row: models.Invoice | models.Quote, language: str) -> dict[str, Any]:
    """Return the values of Document's fields, by name; money is written in `language`."""
    return {
        "number": row.number,
        "issue_date": row.issue_date,
        "notes": row.notes,
        **money_fields(row, language, "subtotal", "discount", "tax", "total"),
    }


def money_fields(
    row: models.Invoice | models.Quote, language: str, *names: str
) -> dict[str, Money]:
    """Return the amounts of these names, written in `language`."""
    return {name: Money.of(row.money(getattr(row, name)), language) for name in names}


@strawberry.type
class StaffDocument:
    """The fields that only the types for staff have."""

    id: strawberry.ID = strawberry.field(description="Names it for good.")
    share_url: str | None = strawberry.field(description="The client's link; null: not shared.")
    shared_at: datetime | None = strawberry.field(description="When the link was made.")
    created_at: datetime = strawberry.field(description="When the draft was made.")
    pdf_url: str = strawberry.field(description=STAFF_PDF)
    row: strawberry.Private[models.Invoice | models.Quote]

    @strawberry.field(description="Whom it is addressed to.")
    async def customer(self, info: Info) -> Customer:
        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.settings)


def staff_fields(
    row: models.Invoice | models.Quote, url_of: Callable[[object], str]
) -> dict[str, Any]:
    """Return the values of StaffDocument's fields, by name; `url_of` makes a link of a token."""
    return {
        "id": strawberry.ID(str(row.id)),
        "share_url": url_of(row.share_token) if row.share_token else None,
        "shared_at": row.shared_at,
        "created_at": row.created_at,
        "row": row,
    }


@strawberry.type
class PublicDocument:
    """The fields that only the types for those who hold a link have: no ids and no tokens."""

    business: Business = strawberry.field(description="Who sends it.")
    bill_to: BillTo = strawberry.field(description="Whom it is addressed to.")
    lines: list[LineItem] = strawberry.field(description="Every line, in order.")
    pdf_url: str = strawberry.field(description="Where the PDF is.")


def public_fields(
    row: models.Invoice | models.Quote,
    lines: Sequence[DocumentLine],
    pdf_url: str,
    language: str,
    settings: Settings,
) -> dict[str, Any]:
    """Return the values of PublicDocument's fields, by name, of a row with company and customer."""
    return {
        "business": Business.of(row.company, settings),
        "bill_to": BillTo.of(row.customer),
        "lines": [LineItem.of(line, row, language) for line in lines],
        "pdf_url": pdf_url,
    }


@strawberry.input
class DocumentContent:
    """What can be set of any draft."""

    customer_id: strawberry.ID = strawberry.field(description="Whom it is addressed to.")
    number: str | None = strawberry.field(
        default=None,
        description="Up to 64 characters, unique within the company. Omitted: the next one, or for "
        "a draft that has one, as it is.",
    )
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217; omitted: the company's."
    )
    issue_date: date | None = strawberry.field(
        default=None, description="Omitted: the day it is issued or sent."
    )
    lines: list[LineItemInput] = strawberry.field(description="1 to 1000 lines.")
    discount: Decimal | None = strawberry.field(
        default=None, description="An amount off the subtotal, before tax."
    )
    notes: str | None = strawberry.field(default=None, description="Up to 10,000 characters.")

    def common(self) -> dict[str, Any]:
        """Return what a service's draft of any document takes, by name."""
        return {
            "customer_id": self.customer_id,
            "lines": [line.draft() for line in self.lines],
            "number": self.number,
            "currency": self.currency,
            "issue_date": self.issue_date,
            "discount": self.discount or Decimal(0),
            "notes": self.notes,
        }
