"""Money in responses."""

from decimal import Decimal
from typing import Self

import strawberry

from i18n.formatting import format_exact, to_price, with_decimals
from models import money as amounts
from schema.lazy_fields import lazy_field


@strawberry.type(description="An exact amount of money. Don't calculate with it as a float.")
class Money:
    amount: Decimal = lazy_field(
        "The amount in the currency's main unit, with all of its decimals; a unit price may have "
        "up to six."
    )
    currency: str = strawberry.field(description="The currency's ISO 4217 code.")
    language: strawberry.Private[str]
    exact: strawberry.Private[Decimal | int]
    """The amount in the main unit, or in minor units if it is an integer."""

    def make_amount(self) -> Decimal:
        exact, currency = self.exact, self.currency
        if isinstance(exact, int):
            return amounts.to_decimal(exact, currency)
        return with_decimals(exact, currency)

    def write_amount(self) -> str:
        exact, currency = self.exact, self.currency
        if isinstance(exact, int):
            return amounts.to_text(exact, currency)
        return to_price(exact, currency)

    @strawberry.field(description="The amount formatted for display.")
    def formatted(self) -> str:
        return format_exact(self.write_amount(), self.currency, self.language)

    @classmethod
    def of(cls, money: amounts.Money, language: str) -> Self:
        return cls(currency=money.currency, language=language, exact=money.minor)

    @classmethod
    def of_minor(cls, minor: int, currency: str, language: str) -> Self:
        """Return `minor` units of a currency."""
        return cls(currency=currency, language=language, exact=minor)

    @classmethod
    def of_amount(cls, amount: Decimal, currency: str, language: str) -> Self:
        """Return an amount in the main unit, which may have more decimals than the currency."""
        return cls(currency=currency, language=language, exact=amount)
