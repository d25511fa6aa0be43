"""What invoices, quotes and credit notes have in common: figures, parties, texts, link, lines."""

from collections.abc import Sequence
from datetime import UTC
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from db.search import SearchableModel
from models.companies import Company
from models.customers import Customer
from models.party_snapshots import PartySnapshot
from values.money import Minor, Money
from values.parties import Buyer, Seller
from values.taxes import TaxCategory, TaxRounding

DOCUMENT_PARENTS: Final = ("company", "customer", "seller_snapshot", "buyer_snapshot")
"""What is loaded with a document to show it."""
MAX_SUMMARY: Final = 100
"""Characters of a document's summary."""


class PricedDocument(SearchableModel):
    """A company's priced document for a customer. Amounts are in minor units of its currency.

    While it is a draft, it follows its company and customer. Issuing it gives it its number and
    freezes both parties.
    """

    noun: ClassVar[str]
    """What it is called: "invoice", "quote" or "credit note"."""
    searched: ClassVar = (
        "number",
        "requested_number",
        "purchase_order",
        "buyer_reference",
        "summary",
        "notes",
    )
    read_in: str | None = None
    """The language that its reader has chosen instead, on a page."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    number = fields.CharField(64, null=True)
    """Null while it is a draft."""
    number_key = fields.CharField(192, null=True)
    """The number in the form in which it is unique: regardless of case."""
    requested_number = fields.CharField(64, null=True)
    """The number that staff chose for when it is issued; null for the next one."""
    currency = fields.CharField(3)
    issue_date = fields.DateField(null=True)
    tax_rounding = fields.CharEnumField(
        TaxRounding, max_length=8, default=TaxRounding.HALF_UP, db_default=TaxRounding.HALF_UP
    )
    prices_include_tax = fields.BooleanField(default=False, db_default=False)
    subtotal = fields.BigIntField(default=0)
    """The sum of the lines, without tax."""
    discount_percent = fields.DecimalField(7, 4, null=True)
    """The discount as it was entered, if it was in percent."""
    discount_amount = fields.BigIntField(default=0, db_default=0)
    """The discount off the sum of the line amounts: with tax where prices include it."""
    discount = fields.BigIntField(default=0)
    """The discount without tax."""
    tax = fields.BigIntField(default=0)
    total = fields.BigIntField(default=0)
    tax_exemption_reason = fields.CharField(500, null=True)
    purchase_order = fields.CharField(100, null=True)
    """The customer's order number (EN 16931 BT-13)."""
    buyer_reference = fields.CharField(100, null=True)
    """What the customer wants on its invoices, for example a Leitweg-ID (EN 16931 BT-10)."""
    summary = fields.CharField(MAX_SUMMARY, default="", db_default="")
    """What its first line describes, as `summary_of` shortens it, for lists and searches."""
    period_start = fields.DateField(null=True)
    """The day of the service, or the first one (EN 16931 BT-72, BT-73)."""
    period_end = fields.DateField(null=True)
    """The last day of the service; null if it has one day."""
    delivery_address: str | None = fields.TextField(null=True)
    """A `PostalAddress` as JSON; null if it is the customer's."""
    payment_terms = fields.TextField(null=True)
    notes = fields.TextField(null=True)
    language = fields.CharField(16, null=True)
    """A BCP 47 tag. Null while it is a draft, which is in the customer's language."""
    has_questions = fields.BooleanField(default=False, db_default=False)
    """Whether clients have asked something about it, so that pages look for it."""
    share_token = fields.UUIDField(null=True, unique=True)
    """The token in the share link; null if not shared."""
    shared_at = fields.DatetimeField(null=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    company: fields.ForeignKeyRelation[Company]
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer]
    customer_id: UUID
    seller_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot]
    seller_snapshot_id: UUID | None
    buyer_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot]
    buyer_snapshot_id: UUID | None
    loaded_lines: "Sequence[DocumentLine] | None" = None
    """Its lines in order, if it was loaded with them."""

    class Meta:
        abstract = True

    def money(self, minor: int) -> Money:
        """Return `minor` units in the document's currency."""
        return Money(Minor(minor), self.currency)

    @property
    def label(self) -> str:
        """Its number; for a draft the one that was chosen for it, or else "draft"."""
        return self.number or self.requested_number or "draft"

    @property
    def version(self) -> str:
        """What changes whenever it is saved."""
        return self.updated_at.astimezone(UTC).isoformat()

    @property
    def name(self) -> str:
        """What staff call it: "invoice INV-00001", or while it is a draft "draft invoice"."""
        parts = (
            "draft" if self.number is None else None,
            self.noun,
            self.number or self.requested_number,
        )
        return " ".join(part for part in parts if part)

    @property
    def seller(self) -> Seller:
        """The business as the document names it. Needs the company and the snapshot."""
        snapshot = self.seller_snapshot
        return Seller.parse(snapshot.content) if snapshot else self.company.seller

    @property
    def buyer(self) -> Buyer:
        """The customer as the document names it. Needs the customer and the snapshot."""
        snapshot = self.buyer_snapshot
        return Buyer.parse(snapshot.content) if snapshot else self.customer.buyer

    @property
    def written_in(self) -> str:
        """The language it is written in. Needs the company and the customer of a draft."""
        return self.read_in or self.language or self.customer.language_with(self.company)


def summary_of(description: str) -> str:
    """Return the first line of a description, cut to MAX_SUMMARY characters with an ellipsis."""
    line = description.partition("\n")[0].rstrip()
    return line if len(line) <= MAX_SUMMARY else f"{line[: MAX_SUMMARY - 1].rstrip()}…"


def document_constraints(table: str) -> tuple[UniqueConstraint | CheckConstraint, ...]:
    """Return the constraints that the tables of all documents have."""
    return (
        UniqueConstraint(("company_id", "number_key"), f"{table}_number"),
        UniqueConstraint(("company_id", "idempotency_key"), f"{table}_idempotency"),
        CheckConstraint("length(currency) = 3", f"{table}_currency"),
        CheckConstraint("tax_rounding IN ('HALF_UP', 'DOWN')", f"{table}_tax_rounding"),
        CheckConstraint("total = subtotal - discount + tax", f"{table}_total"),
        CheckConstraint("total >= 0 AND discount_amount >= 0", f"{table}_amounts"),
        CheckConstraint(
            "(status = 'DRAFT') = (number IS NULL) AND (number IS NULL) = (number_key IS NULL)",
            f"{table}_numbered",
        ),
        CheckConstraint(
            "(status = 'DRAFT') = (seller_snapshot_id IS NULL)"
            " AND (status = 'DRAFT') = (buyer_snapshot_id IS NULL)"
            " AND (status = 'DRAFT') = (language IS NULL)",
            f"{table}_frozen",
        ),
        CheckConstraint("period_end IS NULL OR period_end >= period_start", f"{table}_period"),
        CheckConstraint("(share_token IS NULL) = (shared_at IS NULL)", f"{table}_shared_at"),
    )


class DocumentLine(Model):
    """A line of a document. Amounts are in minor units of the document's currency."""

    id = fields.BigIntField(primary_key=True, generated=True)
    position = fields.IntField()
    description = fields.TextField()
    quantity = fields.DecimalField(18, 6)
    unit = fields.CharField(50, null=True)
    """A code of UN/ECE Recommendation 20, such as HUR, or free text; null for none."""
    unit_price = fields.DecimalField(24, 6)
    """In the currency's main unit; with tax where prices include it."""
    discount_percent = fields.DecimalField(7, 4, null=True)
    """The line's own discount as it was entered, if it was in percent."""
    discount_amount = fields.BigIntField(default=0, db_default=0)
    """The line's own discount."""
    amount = fields.BigIntField()
    """Quantity times unit price less the line's own discount: with tax where prices include it."""
    net = fields.BigIntField()
    """The amount without tax."""
    discount = fields.BigIntField()
    """The line's share of the document's discount, without tax."""
    tax_category = fields.CharEnumField(TaxCategory, max_length=16)
    tax_name = fields.CharField(50, null=True)
    """Null for the word for the tax in the document's language."""
    tax_rate = fields.DecimalField(7, 4)
    """The tax rate in percent."""
    tax = fields.BigIntField()
    """The line's share of the document's tax at this rate."""
    second_tax_name = fields.CharField(50, null=True)
    second_tax_rate = fields.DecimalField(7, 4, null=True)
    second_tax = fields.BigIntField(default=0, db_default=0)

    class Meta:
        abstract = True


def line_constraints(table: str, owner: str) -> tuple[UniqueConstraint | CheckConstraint, ...]:
    """Return the constraints of the tables of lines; `owner` is the column of the document.

    SQLite stores decimals as text, and adding 0 makes them numbers.
    """
    return (
        UniqueConstraint((owner, "position"), f"{table}_position"),
        CheckConstraint("quantity + 0 <> 0", f"{table}_quantity"),
        CheckConstraint("discount_amount >= 0", f"{table}_amounts"),
        CheckConstraint(
            "tax_category IN ('STANDARD', 'ZERO', 'EXEMPT', 'REVERSE_CHARGE', 'INTRA_COMMUNITY',"
            " 'EXPORT', 'OUT_OF_SCOPE')",
            f"{table}_tax_category",
        ),
        CheckConstraint(
            "tax_rate + 0 >= 0 AND (tax_category = 'STANDARD') = (tax_rate + 0 > 0)",
            f"{table}_tax_rate",
        ),
        CheckConstraint(
            "(second_tax_name IS NULL) = (second_tax_rate IS NULL)"
            " AND (second_tax_rate IS NOT NULL OR second_tax = 0)",
            f"{table}_second_tax",
        ),
    )
