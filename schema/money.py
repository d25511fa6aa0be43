"""Money in responses."""

from decimal import Decimal
from typing import Self

import strawberry

from i18n.formatting import format_price, with_decimals
from models import money as amounts


@strawberry.type(description="An exact amount of money. Don't calculate with it as a float.")
class Money:
    amount: Decimal = strawberry.field(
        description="The amount in the currency's main unit, with all of its decimals; a unit "
        "price may have up to six."
    )
    currency: str = strawberry.field(description="The currency's ISO 4217 code.")
    language: strawberry.Private[str]

    @strawberry.field(description="The amount formatted for display.")
    def formatted(self) -> str:
        return format_price(self.amount, self.currency, self.language)

    @classmethod
    def of(cls, money: amounts.Money, language: str) -> Self:
        return cls.of_amount(money.amount, money.currency, language)

    @classmethod
    def of_amount(cls, amount: Decimal, currency: str, language: str) -> Self:
        """Return an amount in the main unit, which may have more decimals than the currency."""
        return cls(amount=with_decimals(amount, currency), currency=currency, language=language)
