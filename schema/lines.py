"""The lines of a document."""

from decimal import Decimal
from typing import Self

import strawberry

from i18n.formatting import without_trailing_zeros
from models.documents import DocumentLine, PricedDocument
from schema.enums import TaxCategory
from schema.money import Money
from services.billing.pricing import LineDraft
from services.billing.pricing import NamedTax as NamedTaxDraft


@strawberry.type(description="A tax with its own name, such as QST.")
class NamedTax:
    name: str = strawberry.field(description="The name of the tax.")
    rate: Decimal = strawberry.field(description="The rate in percent.")


@strawberry.type(description="A line of a document.")
class LineItem:
    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(description="The quantity; negative for a return.")
    unit: str | None = strawberry.field(
        description="The unit: a code of UN/ECE Recommendation 20, such as `HUR`, or free text."
    )
    unit_price: Money = strawberry.field(
        description="The unit price, with up to six decimals. It includes tax if "
        "`pricesIncludeTax` is set."
    )
    discount: Money = strawberry.field(
        description="The line's own discount, which `amount` no longer contains."
    )
    discount_percent: Decimal | None = strawberry.field(
        description="The line's own discount in percent; null if it is an amount or none."
    )
    tax_rate: Decimal = strawberry.field(description="The tax rate in percent.")
    tax_category: TaxCategory = strawberry.field(description="Why it has this rate.")
    tax_name: str | None = strawberry.field(
        description="The name of the tax; null for the word for tax in the document's language."
    )
    second_tax: NamedTax | None = strawberry.field(description="A second tax on the same base.")
    amount: Money = strawberry.field(
        description="Quantity times unit price less the line's own discount, before the "
        "document's discount. It includes tax if `pricesIncludeTax` is set."
    )
    net_amount: Money = strawberry.field(description="The amount without tax.")

    @classmethod
    def of(cls, line: DocumentLine, document: PricedDocument, language: str) -> Self:
        def money(minor: int) -> Money:
            return Money.of(document.money(minor), language)

        second = line.second_tax_rate
        return cls(
            description=line.description,
            quantity=without_trailing_zeros(line.quantity),
            unit=line.unit,
            unit_price=Money.of_amount(line.unit_price, document.currency, language),
            discount=money(line.discount_amount),
            discount_percent=None
            if line.discount_percent is None
            else without_trailing_zeros(line.discount_percent),
            tax_rate=without_trailing_zeros(line.tax_rate),
            tax_category=line.tax_category,
            tax_name=line.tax_name,
            second_tax=(
                None
                if second is None
                else NamedTax(name=line.second_tax_name or "", rate=without_trailing_zeros(second))
            ),
            amount=money(line.amount),
            net_amount=money(line.net),
        )


def plain_or_none(value: Decimal | None) -> Decimal | None:
    """Return `value` without trailing zeros, or None."""
    return None if value is None else without_trailing_zeros(value)


@strawberry.input(description="A second tax on a line, such as QST.")
class NamedTaxInput:
    name: str = strawberry.field(description="Up to 50 characters.")
    rate: Decimal = strawberry.field(
        description="The rate in percent, 0 to 100, with at most 4 decimals."
    )


@strawberry.input(description="A line of a draft.")
class LineItemInput:
    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(
        description="Not zero, with at most 6 decimals. Negative to take something back."
    )
    unit_price: Decimal = strawberry.field(
        description="The unit price in the document's currency, with at most 6 decimals. It can be "
        "negative unless the quantity is."
    )
    tax_rate: Decimal | None = strawberry.field(
        default=Decimal(0),
        description="The tax rate in percent, 0 to 100, with at most 4 decimals.",
    )
    unit: str | None = strawberry.field(
        default=None,
        description="A code of UN/ECE Recommendation 20 (`HUR` for hours, `KWH`, `C62` for pieces) "
        "or free text of up to 50 characters.",
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

    def draft(self) -> LineDraft:
        second = self.second_tax
        return LineDraft(
            description=self.description,
            quantity=self.quantity,
            unit_price=self.unit_price,
            unit=self.unit,
            discount_percent=self.discount_percent,
            discount_amount=self.discount_amount,
            tax_rate=self.tax_rate or Decimal(0),
            tax_category=self.tax_category,
            tax_name=self.tax_name,
            second_tax=NamedTaxDraft(name=second.name, rate=second.rate) if second else None,
        )
