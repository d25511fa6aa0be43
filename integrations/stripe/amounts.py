"""Amounts in Stripe's units, and the limits that Stripe sets in each currency."""

from dataclasses import dataclass
from functools import cache
from typing import Self

from banking.currencies import EXPONENTS
from integrations.stripe.currencies import (
    CARD_DIGITS,
    MINIMUMS,
    WHOLE_IN_HUNDREDTHS,
    ZERO_DECIMAL,
    digits_of_every_method,
)
from values.money import Minor, to_minor


@dataclass(frozen=True, slots=True)
class Limits:
    """The amounts that Stripe accepts in one payment in a currency, in minor units."""

    minimum: Minor
    """Where Stripe states no minimum for the currency, one step.

    Stripe then converts its minimum from the currency of the account, so only Stripe knows it.
    """
    maximum: Minor
    """By card. A multiple of the step, like the next one."""
    maximum_of_every_method: Minor
    """By any method of payment: a larger amount can only be paid by card."""
    step: Minor
    """Every amount is a multiple of this.

    With three decimals, the last one is 0. MGA has two decimals in ISO 4217, but is whole here.
    """

    @classmethod
    @cache
    def of(cls, currency: str) -> Self:
        """Return the limits in `currency`."""
        step, stated = _step(currency), MINIMUMS.get(currency)
        return cls(
            minimum=step if stated is None else to_minor(stated, currency, field="amount"),
            maximum=_largest(CARD_DIGITS, currency),
            maximum_of_every_method=_largest(digits_of_every_method(currency), currency),
            step=step,
        )

    def round_up(self, minor: int) -> Minor:
        """Return `minor` units, rounded up to a multiple of the step."""
        return Minor(-(-minor // self.step) * self.step)


def to_stripe(minor: int, currency: str) -> int:
    """Convert `minor` units to Stripe's unit. Raises ValueError between two steps."""
    multiplier, divisor = _factor(currency)
    if minor % _step(currency):
        raise ValueError(f"{minor} is not a multiple of the step of {currency}")
    return minor * multiplier // divisor


def from_stripe(amount: int, currency: str) -> Minor:
    """Convert an amount in Stripe's unit to minor units, rounded down."""
    multiplier, divisor = _factor(currency)
    return Minor(amount * divisor // multiplier)


def _largest(digits: int, currency: str) -> Minor:
    """Return the largest multiple of the step that has this many digits at Stripe."""
    largest = from_stripe(10**digits - 1, currency)
    return Minor(largest - largest % _step(currency))


def _step(currency: str) -> Minor:
    if EXPONENTS[currency] == 3:  # noqa: PLR2004  # decimals
        return Minor(10)
    return Minor(_factor(currency)[1])


def _factor(currency: str) -> tuple[int, int]:
    """Return the multiplier and the divisor that turn minor units into Stripe's unit."""
    if currency in ZERO_DECIMAL:
        stripe_exponent = 0
    elif currency in WHOLE_IN_HUNDREDTHS:
        stripe_exponent = 2
    else:
        stripe_exponent = EXPONENTS[currency]
    difference = stripe_exponent - EXPONENTS[currency]
    return (10**difference, 1) if difference >= 0 else (1, 10**-difference)
