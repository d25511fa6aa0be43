"""The lines of a document."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

import strawberry

from i18n.formatting import to_number, without_trailing_zeros
from models.documents import DocumentLine, PricedDocument
from schema.enums import TaxCategory
from schema.lazy_fields import Computed, inner_field, lazy_field
from schema.money import Money, money_field
from services.billing.pricing import LineDraft
from services.billing.pricing import NamedTax as NamedTaxDraft


@strawberry.type(description="A tax with its own name, such as QST.")
class NamedTax:
    name: str = strawberry.field(description="The name of the tax.")
    rate: Decimal = strawberry.field(description="The rate in percent.")


def _money(path: str, description: str) -> Any:  # noqa: ANN401  # as `strawberry.field`
    """Declare a field with an amount of a line."""
    return money_field(path, currency="currency", language="language", description=description)


@strawberry.type(description="A line of a document.")
class LineItem:
    description: str = inner_field("line.description", "What is charged for.")
    quantity: Decimal = lazy_field("The quantity; negative for a return.")
    unit: str | None = inner_field(
        "line.unit", "The unit: a code of UN/ECE Recommendation 20, such as `HUR`, or free text."
    )
    unit_price: Money = _money(
        "line.unit_price",
        "The unit price, with up to six decimals. It includes tax if `pricesIncludeTax` is set.",
    )
    discount: Money = _money(
        "line.discount_amount", "The line's own discount, which `amount` no longer contains."
    )
    discount_percent: Decimal | None = lazy_field(
        "The line's own discount in percent; null if it is an amount or none."
    )
    tax_rate: Decimal = lazy_field("The tax rate in percent.")
    tax_category: TaxCategory = inner_field("line.tax_category", "Why it has this rate.")
    tax_name: str | None = inner_field(
        "line.tax_name",
        "The name of the tax; null for the word for tax in the document's language.",
    )
    second_tax: NamedTax | None = lazy_field("A second tax on the same base.")
    amount: Money = _money(
        "line.amount",
        "Quantity times unit price less the line's own discount, before the "
        "document's discount. It includes tax if `pricesIncludeTax` is set.",
    )
    net_amount: Money = _money("line.net", "The amount without tax.")
    line: strawberry.Private[DocumentLine]
    currency: strawberry.Private[str]
    language: strawberry.Private[str]

    write_quantity = Computed(to_number, "line.quantity")
    write_tax_rate = Computed(to_number, "line.tax_rate")

    def make_quantity(self) -> Decimal:
        return without_trailing_zeros(self.line.quantity)

    def make_discount_percent(self) -> Decimal | None:
        return plain_or_none(self.line.discount_percent)

    def make_tax_rate(self) -> Decimal:
        return without_trailing_zeros(self.line.tax_rate)

    def make_second_tax(self) -> NamedTax | None:
        line = self.line
        if line.second_tax_rate is None:
            return None
        rate = without_trailing_zeros(line.second_tax_rate)
        return NamedTax(name=line.second_tax_name or "", rate=rate)

    @classmethod
    def all_of(
        cls, lines: Iterable[DocumentLine], document: PricedDocument, language: str
    ) -> list[Self]:
        """Return the lines of `document`."""
        currency = document.currency
        return [cls(line=line, currency=currency, language=language) for line in lines]


def plain_or_none(value: Decimal | None) -> Decimal | None:
    """Return `value` without trailing zeros, or None."""
    return None if value is None else without_trailing_zeros(value)


@strawberry.input(description="A second tax on a line, such as QST.")
class NamedTaxInput:
    name: str = strawberry.field(description="Up to 50 characters.")
    rate: Decimal = strawberry.field(
        description="The rate in percent, 0 to 100, with at most 4 decimals."
    )


@strawberry.input
class LineItemTerms:
    """The taxes and discounts of a line. This is not a type of the schema itself."""

    tax_rate: Decimal | None = strawberry.field(
        default=Decimal(0),
        description="The tax rate in percent, 0 to 100, with at most 4 decimals.",
    )
    tax_category: TaxCategory | None = strawberry.field(
        default=None, description="Defaults to STANDARD, or ZERO where the rate is 0."
    )
    tax_name: str | None = strawberry.field(
        default=None,
        description="The name of the tax, such as `GST`. Defaults to the word for tax in the "
        "document's language.",
    )
    second_tax: NamedTaxInput | None = strawberry.field(
        default=None, description="A second tax on the same base, such as QST beside GST."
    )
    discount_percent: Decimal | None = strawberry.field(
        default=None, description="A discount on this line, in percent."
    )
    discount_amount: Decimal | None = strawberry.field(
        default=None, description="A discount on this line, as an amount."
    )

    def terms(self) -> dict[str, Any]:
        """Return the fields for a `LineDraft` by name."""
        second = self.second_tax
        return {
            "discount_percent": self.discount_percent,
            "discount_amount": self.discount_amount,
            "tax_rate": self.tax_rate or Decimal(0),
            "tax_category": self.tax_category,
            "tax_name": self.tax_name,
            "second_tax": NamedTaxDraft(name=second.name, rate=second.rate) if second else None,
        }


@strawberry.input(description="A line of a draft.")
class LineItemInput(LineItemTerms):
    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(
        description="Not zero, with at most 6 decimals. Negative to reduce the total."
    )
    unit_price: Decimal = strawberry.field(
        description="The unit price in the document's currency, with at most 6 decimals. It can be "
        "negative unless the quantity is."
    )
    unit: str | None = strawberry.field(
        default=None,
        description="A code of UN/ECE Recommendation 20 (`HUR` for hours, `KWH`, `C62` for pieces) "
        "or free text of up to 50 characters.",
    )

    def draft(self) -> LineDraft:
        return LineDraft(
            description=self.description,
            quantity=self.quantity,
            unit_price=self.unit_price,
            unit=self.unit,
            **self.terms(),
        )
