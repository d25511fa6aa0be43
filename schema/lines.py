"""The lines of a document."""

from decimal import Decimal
from typing import Self

import strawberry

from models.documents import DocumentLine, PricedDocument
from schema.money import Money
from services.billing.pricing import LineDraft


@strawberry.type(description="A line of a document.")
class LineItem:
    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(description="The quantity.")
    unit_price: Money = strawberry.field(description="The unit price, before discount and tax.")
    tax_rate: Decimal = strawberry.field(description="The tax rate in percent.")
    amount: Money = strawberry.field(
        description="Quantity times unit price, before discount and tax."
    )

    @classmethod
    def of(cls, line: DocumentLine, document: PricedDocument, language: str) -> Self:
        return cls(
            description=line.description,
            quantity=_plain(line.quantity),
            unit_price=Money.of(document.money(line.unit_price), language),
            tax_rate=_plain(line.tax_rate),
            amount=Money.of(document.money(line.amount), language),
        )


def _plain(value: Decimal) -> Decimal:
    """Return `value` without trailing zeros."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


@strawberry.input(description="A line of a draft.")
class LineItemInput:
    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(description="Greater than zero, with at most 6 decimals.")
    unit_price: Decimal = strawberry.field(
        description="The unit price in the document's currency, before discount and tax."
    )
    tax_rate: Decimal | None = strawberry.field(
        default=Decimal(0),
        description="The tax rate in percent, 0 to 100, with at most 4 decimals.",
    )

    def draft(self) -> LineDraft:
        return LineDraft(
            self.description, self.quantity, self.unit_price, self.tax_rate or Decimal(0)
        )
