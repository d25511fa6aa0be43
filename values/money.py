"""Money: integer minor units in the database and in arithmetic, `Decimal` at the edges."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NewType

from banking.currencies import EXPONENTS
from errors import BadInput, ErrorCode, Text

Minor = NewType("Minor", int)
"""An amount in a currency's smallest unit: 1999 is 19.99 EUR, 1999 JPY or 1.999 KWD."""

MAX_AMOUNT: Final = Minor(10**15)
"""The largest single amount, in minor units, so that sums always fit a 64-bit column."""


def to_minor(amount: Decimal, currency: str, *, field: str) -> Minor:
    """Return `amount` in minor units.

    Raises AmountRefused if it is too large or has more decimals than the currency.
    """
    exponent = EXPONENTS[currency]
    # Comparisons of decimals are exact; arithmetic would round first.
    if not amount.is_finite() or not -_max_amount(exponent) <= amount <= _max_amount(exponent):
        raise AmountRefused(
            Text("The amount is out of range."), reason=AmountReason.OUT_OF_RANGE, field=field
        )
    minor = Minor(int(amount.scaleb(exponent)))
    if to_decimal(minor, currency) != amount:
        raise AmountRefused(
            Text("%(currency)s has %(decimals)s decimals.", currency=currency, decimals=exponent),
            reason=AmountReason.TOO_PRECISE,
            limit=Money(Minor(1), currency),
            field=field,
        )
    return minor


def _max_amount(exponent: int) -> Decimal:
    return Decimal(MAX_AMOUNT).scaleb(-exponent)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Return `minor` units as an exact decimal with the currency's number of decimals."""
    return Decimal(minor).scaleb(-EXPONENTS[currency])


def to_text(minor: int, currency: str) -> str:
    """Return `minor` units as `to_decimal` does, but as text: "19.99"."""
    exponent = EXPONENTS[currency]
    if exponent == 0:
        return str(minor)
    digits = str(minor).zfill(exponent + 1 + (minor < 0))
    return f"{digits[:-exponent]}.{digits[-exponent:]}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency."""

    minor: Minor
    currency: str

    @property
    def amount(self) -> Decimal:
        """The exact decimal amount."""
        return to_decimal(self.minor, self.currency)

    def __str__(self) -> str:
        """Return the exact amount and the currency's code: "19.99 EUR"."""
        return f"{to_text(self.minor, self.currency)} {self.currency}"


# --- refusals -------------------------------------------------------------------------------------


class AmountReason(StrEnum):
    """The rule that an amount breaks."""

    OUT_OF_RANGE = "OUT_OF_RANGE"
    """No amount may be so large."""
    TOO_PRECISE = "TOO_PRECISE"
    """It has more decimals than the currency, whose smallest amount is the limit."""
    NOT_A_MULTIPLE = "NOT_A_MULTIPLE"
    """Stripe only accepts multiples of the limit."""
    NOT_POSITIVE = "NOT_POSITIVE"
    """It is zero or less."""
    BELOW_MINIMUM = "BELOW_MINIMUM"
    """It is under the smallest amount that may be paid."""
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    """It is over the largest amount that may be paid at once."""
    REMAINDER_TOO_SMALL = "REMAINDER_TOO_SMALL"
    """It leaves something, but less than the limit, which could never be paid online."""
    BALANCE_TOO_SMALL = "BALANCE_TOO_SMALL"
    """All that is left to pay is under the smallest amount that can be paid online."""
    ABOVE_AMOUNT_DUE = "ABOVE_AMOUNT_DUE"
    """It is over what is due on the invoice."""
    ABOVE_REMAINING_CREDIT = "ABOVE_REMAINING_CREDIT"
    """It is over what is left of the credit note."""
    ABOVE_CREDITABLE_AMOUNT = "ABOVE_CREDITABLE_AMOUNT"
    """It is over what was invoiced and isn't credited yet."""
    ABOVE_REFUNDABLE_AMOUNT = "ABOVE_REFUNDABLE_AMOUNT"
    """It is over what can be refunded of the payment."""
    REFUSED_BY_STRIPE = "REFUSED_BY_STRIPE"
    """Stripe has a limit for the account that only Stripe knows."""


class AmountRefused(BadInput):
    """An amount breaks a rule: `reason` says which, `limit` has the amount that it allows."""

    reason: AmountReason

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: AmountReason,
        limit: Money | None = None,
        field: str = "amount",
    ) -> None:
        super().__init__(message, field=field)
        self.reason = reason
        self.limit = limit

    @property
    def own_extensions(self) -> dict[str, Any]:
        """What is known of the error, with `limit` where there is one."""
        extensions = super().own_extensions
        if self.limit is not None:
            limit = {"amount": str(self.limit.amount), "currency": self.limit.currency}
            extensions["limit"] = limit
        return extensions


class AmountTooSmall(AmountRefused):
    """The amount is under what may be booked or paid."""

    code = ErrorCode.AMOUNT_TOO_SMALL
    default_message = Text("The amount is too small.")


class AmountTooLarge(AmountRefused):
    """The amount is over what may be booked or paid."""

    code = ErrorCode.AMOUNT_TOO_LARGE
    default_message = Text("The amount is too large.")
