"""What a draft comes to while it is being written."""

from decimal import Decimal
from typing import Self

import strawberry

from errors import BadInput
from i18n.error_messages import worded
from i18n.formatting import without_trailing_zeros
from schema.enums import TaxCategory
from schema.lines import LineItemTerms
from schema.money import Money
from services.billing.drafting.prices import DraftPrice as DraftPriceRow
from services.billing.pricing import Discount, LineDraft
from values.money import Minor
from values.money import Money as Amount
from values.taxes import TaxTotal


@strawberry.input(description="A line of a draft that is being written.")
class DraftLineInput(LineItemTerms):
    quantity: Decimal | None = strawberry.field(
        default=Decimal(1), description="Not zero, with at most 6 decimals."
    )
    unit_price: Decimal | None = strawberry.field(
        default=None, description="A line without a unit price is left out."
    )

    def draft_or_none(self) -> LineDraft | None:
        """Return the line, or None if it has no price yet."""
        if self.unit_price is None:
            return None
        quantity = Decimal(1) if self.quantity is None else self.quantity
        return LineDraft(
            description="", quantity=quantity, unit_price=self.unit_price, **self.terms()
        )


@strawberry.input(description="A draft that is being written.")
class PriceDraftInput:
    lines: list[DraftLineInput] = strawberry.field(description="Up to 1,000 lines.")
    currency: str | None = strawberry.field(
        default=None, description="An ISO 4217 code. Defaults to the company's currency."
    )
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

    def discount_draft(self) -> Discount:
        """Return the document's discount."""
        return Discount(amount=self.discount or Decimal(0), percent=self.discount_percent)


@strawberry.type(description="Base and tax of one category, name and rate of a draft.")
class DraftTax:
    name: str | None = strawberry.field(
        description="The name of the tax; null for the word for tax in the document's language."
    )
    category: TaxCategory = strawberry.field(description="The category.")
    rate: Decimal = strawberry.field(description="The rate in percent.")
    base: Money = strawberry.field(
        description="The lines' amounts less their shares of the discount, without tax."
    )
    tax: Money = strawberry.field(description="The tax, rounded once.")

    @classmethod
    def of(cls, total: TaxTotal, currency: str, language: str) -> Self:
        return cls(
            name=total.name,
            category=total.category,
            rate=without_trailing_zeros(total.rate),
            base=_money(total.base, currency, language),
            tax=_money(total.tax, currency, language),
        )


@strawberry.type(description="Something that is wrong with an input.")
class InputProblem:
    field: str = strawberry.field(description='The input, such as "lines.3.unitPrice".')
    message: str = strawberry.field(description="What is wrong with it.")

    @classmethod
    def of(cls, refusal: BadInput, accept_language: str) -> Self:
        message, _ = worded(refusal, accept_language)
        return cls(field=refusal.field or "", message=message)


@strawberry.type(description="What the finished lines of a draft come to.")
class DraftPrice:
    line_amounts: list[Money | None] = strawberry.field(
        description="The amount of each line, as in `LineItem.amount`; null for a line that is "
        "left out because it has no unit price or is wrong."
    )
    subtotal: Money = strawberry.field(description="The sum of the lines, without tax.")
    discount: Money = strawberry.field(description="The discount on the subtotal, without tax.")
    taxes: list[DraftTax] = strawberry.field(
        description="Base and tax of each category, name and rate."
    )
    tax: Money = strawberry.field(description="The sum of all taxes.")
    total: Money = strawberry.field(description="Subtotal minus discount plus tax.")
    problems: list[InputProblem] = strawberry.field(
        description="The prices, quantities, taxes and discounts that would be refused if the "
        "draft were saved now. They are left out."
    )

    @classmethod
    def of(cls, price: DraftPriceRow, language: str, accept_language: str) -> Self:
        totals, currency = price.totals, price.currency
        return cls(
            line_amounts=[
                None if line is None else _money(line.amount, currency, language)
                for line in price.lines
            ],
            subtotal=_money(totals.subtotal, currency, language),
            discount=_money(totals.discount, currency, language),
            taxes=[DraftTax.of(tax, currency, language) for tax in totals.taxes],
            tax=_money(totals.tax, currency, language),
            total=_money(totals.total, currency, language),
            problems=[InputProblem.of(each, accept_language) for each in price.problems],
        )


def _money(minor: Minor, currency: str, language: str) -> Money:
    return Money.of(Amount(minor, currency), language)
