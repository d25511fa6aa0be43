"""What documents have in common: for staff, for holders of a link, and in inputs.

Nothing here is a type of the schema itself.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import strawberry

import models
from auth.permissions import Permission
from context import Info
from core.urls import Urls
from i18n.documents import DocumentView
from i18n.locales import direction_of
from models.documents import DocumentLine
from schema.connections import After, First
from schema.lazy_fields import inner_field, lazy_field
from schema.lines import LineItem, LineItemInput, plain_or_none
from schema.money import Money, money_field
from schema.nodes import Node
from schema.parties import DIRECTION, BillTo, Business, PostalAddress, PostalAddressInput
from schema.periods import Period, PeriodInput
from schema.permissions import Requires
from schema.questions import PublicQuestion, Question
from schema.taxes import TaxSummary
from schema.timelines import TIMELINE_PAGE, Timeline, timeline_of
from services.activity.scopes import Scope
from services.billing.copies import delivery_address
from services.billing.pricing import Discount
from services.public.documents import PublicCreditNoteData, PublicInvoiceData, PublicQuoteData

if TYPE_CHECKING:
    from schema.customers import Customer

Row: TypeAlias = models.Invoice | models.Quote | models.CreditNote

STAFF_PDF: Final = "Where the PDF is. It needs `Authorization: Bearer …` and VIEW_INVOICES."


def amount(column: str, description: str) -> Any:  # noqa: ANN401  # as `strawberry.field`
    """Declare a field with the amount in a column of a document's row."""
    return money_field(
        f"row.{column}",
        currency="row.currency",
        language="formatted_in",
        description=description,
    )


@strawberry.type
class Document:
    """The fields of all document types."""

    issue_date: date | None = inner_field("row.issue_date", "The issue date.")
    prices_include_tax: bool = inner_field(
        "row.prices_include_tax", "Whether the prices and amounts of the lines include tax."
    )
    subtotal: Money = amount("subtotal", "The sum of the lines, without tax.")
    discount: Money = amount("discount", "The discount on the subtotal, without tax.")
    discount_percent: Decimal | None = lazy_field(
        "The discount in percent; null if it is an amount or none."
    )
    tax: Money = amount("tax", "The sum of all taxes.")
    total: Money = amount("total", "Subtotal minus discount plus tax.")
    service_period: Period | None = lazy_field(
        "The day or the days of the service or the delivery."
    )
    purchase_order: str | None = inner_field("row.purchase_order", "The customer's order number.")
    summary: str = inner_field(
        "row.summary", "What the first line describes, in one line of up to 100 characters."
    )
    buyer_reference: str | None = inner_field(
        "row.buyer_reference", "The customer's reference, for example a Leitweg-ID."
    )
    delivery_address: PostalAddress | None = lazy_field(
        "Where it was delivered; null if that is the customer's address."
    )
    payment_terms: str | None = inner_field("row.payment_terms", "The terms of payment.")
    notes: str | None = inner_field("row.notes", "Notes from the business, with line breaks.")
    row: strawberry.Private[Row]
    formatted_in: strawberry.Private[str]
    """The language of its amounts and addresses."""

    def make_discount_percent(self) -> Decimal | None:
        return plain_or_none(self.row.discount_percent)

    def make_service_period(self) -> Period | None:
        return Period.of(self.row)

    def make_delivery_address(self) -> PostalAddress | None:
        return PostalAddress.of(delivery_address(self.row), self.formatted_in)


@strawberry.type
class StaffDocument(Node):
    """The additional fields of the types for staff."""

    id: strawberry.ID = lazy_field("The ID.")
    number: str | None = inner_field(
        "row.number", "The number, unique within the company; null while it is a draft."
    )
    requested_number: str | None = inner_field(
        "row.requested_number",
        "The number that was chosen for it. A draft without one gets the next number "
        "when it is issued.",
    )
    discount_amount: Money = amount(
        "discount_amount",
        "The discount as an amount off the sum of the lines' amounts. Like those, it includes tax "
        "if `pricesIncludeTax` is set.",
    )
    tax_exemption_reason: str | None = inner_field(
        "row.tax_exemption_reason",
        "Why no tax is charged, in the business's own words; null for the usual ones.",
    )
    share_url: str | None = lazy_field("The client's link; null if not shared.")
    shared_at: datetime | None = inner_field("row.shared_at", "When the link was created.")
    created_at: datetime = inner_field("row.created_at", "When the draft was created.")
    version: str = inner_field(
        "row.version", "Changes with each update. For `ifVersion` of the next one."
    )
    pdf_url: str = lazy_field(STAFF_PDF)
    row: strawberry.Private[Row]
    urls: strawberry.Private[Urls]

    def make_id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.id))

    @strawberry.field(description="The lines, in order.")
    async def lines(self, info: Info) -> list[LineItem]:
        lines = await _load_lines(self.row, info)
        return LineItem.all_of(lines, self.row, info.context.viewer.language)

    @strawberry.field(
        description="What happened to it, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def timeline(
        self, info: Info, *, first: First = TIMELINE_PAGE, after: After = None
    ) -> Timeline:
        return await timeline_of(info, Scope.of_document(self.row), first, after)

    @strawberry.field(description="Base and tax of each category, name and rate.")
    async def taxes(self, info: Info) -> list[TaxSummary]:
        lines = await _load_lines(self.row, info)
        return TaxSummary.all_of(self.row, lines, info.context.viewer.language)

    @strawberry.field(description="The recipient.")
    async def customer(
        self, info: Info
    ) -> Annotated["Customer", strawberry.lazy("schema.customers")]:
        from schema.customers import Customer  # noqa: PLC0415  # which has documents itself

        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.viewer)

    @strawberry.field(description="What clients have asked about it, oldest first.")
    async def questions(self, info: Info) -> list[Question]:
        if not self.row.has_questions:
            return []
        return list(map(Question.of, await info.context.loaders.threads.load(self.row.id)))

    @strawberry.field(
        description="The business as the document names it: as it was at issue, or as it is now "
        "while it is a draft."
    )
    async def business(self, info: Info) -> Business:
        row = await with_parties(self.row, info)
        return Business.on(row, info.context.urls, row.written_in)

    @strawberry.field(
        description="The recipient as the document names it: as it was at issue, or as it is now "
        "while it is a draft."
    )
    async def bill_to(self, info: Info) -> BillTo:
        row = await with_parties(self.row, info)
        return BillTo.on(row, row.written_in)


async def with_parties(row: Row, info: Info) -> Row:
    """Return `row` with what it needs to name its parties."""
    loaders = info.context.loaders
    row.company = await loaders.companies.load(row.company_id)
    row.customer = await loaders.customers.load(row.customer_id)
    for side in ("seller_snapshot", "buyer_snapshot"):
        if snapshot_id := getattr(row, f"{side}_id"):
            setattr(row, side, await loaders.party_snapshots.load(snapshot_id))
    return row


async def _load_lines(row: Row, info: Info) -> Sequence[DocumentLine]:
    loaders = info.context.loaders
    match row:
        case models.Invoice():
            return await loaders.invoice_lines.load(row.id)
        case models.Quote():
            return await loaders.quote_lines.load(row.id)
        case models.CreditNote():
            return await loaders.credit_note_lines.load(row.id)


def share_url(row: Row, url_of: Callable[[object], str]) -> str | None:
    """Return the client's link, which `url_of` makes for a token; None if it isn't shared."""
    return url_of(row.share_token) if row.share_token else None


@strawberry.type
class PublicDocument:
    """The additional fields of the public types, which have no ids and no tokens."""

    number: str = inner_field("row.label", "The number, unique within the business.")
    language: str = strawberry.field(description="The document's language (BCP 47).")
    direction: str = lazy_field(DIRECTION)
    business: Business = lazy_field("The sender.")
    bill_to: BillTo = lazy_field("The recipient.")
    lines: list[LineItem] = lazy_field("The lines, in order.")
    taxes: list[TaxSummary] = lazy_field("Base and tax of each category, name and rate.")
    pdf_url: str = lazy_field("The URL of the PDF.")
    row: strawberry.Private[Row]
    data: strawberry.Private[PublicInvoiceData | PublicQuoteData | PublicCreditNoteData]
    urls: strawberry.Private[Urls]

    def make_direction(self) -> str:
        return direction_of(self.language)

    def make_business(self) -> Business:
        return Business.on(self.row, self.urls, self.language)

    def make_bill_to(self) -> BillTo:
        return BillTo.on(self.row, self.language)

    def make_lines(self) -> list[LineItem]:
        return LineItem.all_of(self.data.lines, self.row, self.language)

    def make_taxes(self) -> list[TaxSummary]:
        return TaxSummary.all_of(self.row, self.data.lines, self.language)

    def make_pdf_url(self) -> str:
        return self.data.pdf_url

    @strawberry.field(description="What was asked about it, oldest first.")
    async def questions(self, info: Info) -> list[PublicQuestion]:
        if not self.row.has_questions:
            return []
        return PublicQuestion.all_of(await info.context.loaders.threads.load(self.row.id))

    @cached_property
    def view(self) -> DocumentView:
        """The document in words, for the page."""
        return DocumentView.of(self.row, self.data.lines)


@strawberry.input
class DocumentContent:
    """The fields of any draft."""

    customer_id: strawberry.ID = strawberry.field(description="The recipient.")
    number: str | None = strawberry.field(
        default=None,
        description="The number that it gets when it is issued: up to 64 characters, unique within "
        "the company regardless of case. An empty text is the next number. Without one, a new "
        "draft gets the next number, and an edited one keeps what was chosen for it.",
    )
    currency: str | None = strawberry.field(
        default=None, description="An ISO 4217 code. Defaults to the company's currency."
    )
    issue_date: date | None = strawberry.field(
        default=None, description="Defaults to the day it is issued or sent."
    )
    lines: list[LineItemInput] = strawberry.field(description="1 to 1,000 lines.")
    discount: Decimal | None = strawberry.field(
        default=None,
        description="A discount on the sum of the lines, as an amount. It includes tax if the "
        "prices do.",
    )
    discount_percent: Decimal | None = strawberry.field(
        default=None, description="A discount on the sum of the lines, in percent."
    )
    prices_include_tax: bool | None = strawberry.field(
        default=False, description="Whether unit prices and discounts include tax."
    )
    tax_exemption_reason: str | None = strawberry.field(
        default=None,
        description="Why no tax is charged, up to 500 characters. It is printed beside the taxes "
        "of the lines that are exempt, or else of all lines without tax by category. Defaults to "
        "the usual words for each category.",
    )
    service_period: PeriodInput | None = strawberry.field(
        default=None, description="The day or the days of the service or the delivery."
    )
    purchase_order: str | None = strawberry.field(
        default=None, description="The customer's order number, up to 100 characters."
    )
    buyer_reference: str | None = strawberry.field(
        default=None,
        description="Up to 100 characters. Defaults to the customer's, an empty text is none.",
    )
    delivery_address: PostalAddressInput | None = strawberry.field(
        default=None, description="Where it was delivered, if not at the customer's address."
    )
    payment_terms: str | None = strawberry.field(
        default=None,
        description="Up to 1,000 characters. Defaults to the company's, an empty text is none.",
    )
    notes: str | None = strawberry.field(
        default=None,
        description="Up to 10,000 characters. Defaults to those of the customer or else the "
        "company, an empty text is none.",
    )

    def common(self) -> dict[str, Any]:
        """Return the fields for the service's draft by name."""
        return {
            "customer_id": self.customer_id,
            "lines": [line.draft() for line in self.lines],
            "number": self.number,
            "currency": self.currency,
            "issue_date": self.issue_date,
            "prices_include_tax": bool(self.prices_include_tax),
            "discount": Discount(amount=self.discount or Decimal(0), percent=self.discount_percent),
            "tax_exemption_reason": self.tax_exemption_reason,
            "purchase_order": self.purchase_order,
            "buyer_reference": self.buyer_reference,
            "service_period": self.service_period and self.service_period.period(),
            "delivery_address": self.delivery_address and self.delivery_address.address(),
            "payment_terms": self.payment_terms,
            "notes": self.notes,
        }
