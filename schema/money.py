"""Money in responses."""

from decimal import Decimal
from typing import Any, Self

import strawberry

from i18n.formatting import format_exact, to_price, with_decimals
from schema.lazy_fields import Computed, lazy_field, made_field
from values import money as amounts


def _write(exact: Decimal | int, currency: str) -> str:
    if isinstance(exact, int):
        return amounts.to_text(exact, currency)
    return to_price(exact, currency)


def _format(exact: Decimal | int, currency: str, language: str) -> str:
    return format_exact(_write(exact, currency), currency, language)


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

    write_amount = Computed(_write, "exact", "currency")
    write_formatted = Computed(_format, "exact", "currency", "language")

    @strawberry.field(description="The amount formatted for display.")
    def formatted(self) -> str:
        return _format(self.exact, self.currency, self.language)

    @classmethod
    def of(cls, money: amounts.Money, language: str) -> Self:
        return cls(currency=money.currency, language=language, exact=money.minor)


def money_field(exact: str, *, currency: str, language: str, description: str) -> Any:  # noqa: ANN401
    """Declare a field with Money that is made from the attributes at these paths."""
    paths = {"exact": exact, "currency": currency, "language": language}
    return made_field(Money, paths, description)
