"""Money in responses."""

from decimal import Decimal
from typing import Self

import strawberry

from i18n.formatting import format_money
from models import money as amounts


@strawberry.type(description="An exact amount of money. Don't calculate with it as a float.")
class Money:
    amount: Decimal = strawberry.field(
        description="The amount in the currency's main unit, with all of its decimals."
    )
    currency: str = strawberry.field(description="The currency's ISO 4217 code.")
    money: strawberry.Private[amounts.Money]
    language: strawberry.Private[str]

    @strawberry.field(description="The amount formatted for display.")
    def formatted(self) -> str:
        return format_money(self.money, self.language)

    @classmethod
    def of(cls, money: amounts.Money, language: str) -> Self:
        return cls(amount=money.amount, currency=money.currency, money=money, language=language)
