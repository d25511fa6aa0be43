"""Money: integer minor units in the database and in arithmetic, `Decimal` at the edges."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NewType

from errors import BadInput
from models.currencies import EXPONENTS

Minor = NewType("Minor", int)
"""An amount in a currency's smallest unit: 1999 is 19.99 EUR, 1999 JPY or 1.999 KWD."""

MAX_AMOUNT: Final = Minor(10**15)
"""The largest single amount, in minor units, so that sums always fit a 64-bit column."""


def to_minor(amount: Decimal, currency: str, *, field: str) -> Minor:
    """Return `amount` in minor units.

    Raises BadInput if it is too large or has more decimals than the currency.
    """
    exponent = EXPONENTS[currency]
    # Comparisons of decimals are exact; arithmetic would round first.
    if not amount.is_finite() or not -_max_amount(exponent) <= amount <= _max_amount(exponent):
        raise BadInput("The amount is out of range.", field=field)
    minor = Minor(int(amount.scaleb(exponent)))
    if to_decimal(minor, currency) != amount:
        raise BadInput(f"{currency} has {exponent} decimals.", field=field)
    return minor


def _max_amount(exponent: int) -> Decimal:
    return Decimal(MAX_AMOUNT).scaleb(-exponent)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Return `minor` units as an exact decimal with the currency's number of decimals."""
    return Decimal(minor).scaleb(-EXPONENTS[currency])


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency."""

    minor: Minor
    currency: str

    @property
    def amount(self) -> Decimal:
        """The exact decimal amount."""
        return to_decimal(self.minor, self.currency)
