"""Amounts in Stripe's units, and the limits that Stripe sets in each currency.

Source: Stripe's documentation, "Supported currencies": zero-decimal currencies, special cases,
three-decimal currencies, and "Minimum and maximum charge amounts".
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Self

from models.currencies import EXPONENTS
from models.money import Minor, to_minor

_ZERO_DECIMAL: Final = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
"""Stripe counts these in whole units ("zero-decimal currencies")."""
_WHOLE_IN_HUNDREDTHS: Final = frozenset({"ISK", "UGX"})
"""Currencies without decimals that Stripe still counts in hundredths ("special cases")."""
_MINIMUMS: Final = {
    "AED": "2",
    "AUD": "0.50",
    "BGN": "1",
    "BRL": "0.50",
    "CAD": "0.50",
    "CHF": "0.50",
    "CZK": "15",
    "DKK": "2.50",
    "EUR": "0.50",
    "GBP": "0.30",
    "HKD": "4",
    "HUF": "175",
    "INR": "0.50",
    "JPY": "50",
    "MXN": "10",
    "MYR": "2",
    "NOK": "3",
    "NZD": "0.50",
    "PLN": "2",
    "RON": "2",
    "SEK": "3",
    "SGD": "0.50",
    "THB": "10",
    "USD": "0.50",
}
_UNSUPPORTED: Final = frozenset(
    "BTN CUP ERN IQD IRR KPW LYD SDG SSP SYP VES ZWG".split()  # noqa: SIM905
)
"""Stripe accepts no payments in these."""
_MAX_STRIPE_AMOUNT: Final = 99_999_999
"""Eight digits, in Stripe's units."""

SUPPORTED: Final = frozenset(EXPONENTS) - _UNSUPPORTED


@dataclass(frozen=True, slots=True)
class Limits:
    """The amounts that Stripe accepts in one payment in a currency, in minor units."""

    minimum: Minor
    """Where Stripe states no minimum for the currency, one step.

    Stripe then converts its minimum from the currency of the account, so only Stripe knows it.
    """
    maximum: Minor
    """A multiple of the step."""
    step: Minor
    """Every amount is a multiple of this.

    With three decimals, the last one is 0. MGA has two decimals in ISO 4217, but is whole here.
    """

    @classmethod
    @cache
    def of(cls, currency: str) -> Self:
        """Return the limits in `currency`."""
        step = _step(currency)
        stated = _MINIMUMS.get(currency)
        minimum = to_minor(Decimal(stated), currency, field="amount") if stated else step
        maximum = from_stripe(_MAX_STRIPE_AMOUNT, currency)
        return cls(minimum=minimum, maximum=Minor(maximum - maximum % step), step=step)

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


def _step(currency: str) -> Minor:
    if EXPONENTS[currency] == 3:  # noqa: PLR2004  # decimals
        return Minor(10)
    return Minor(_factor(currency)[1])


def _factor(currency: str) -> tuple[int, int]:
    """Return the multiplier and the divisor that turn minor units into Stripe's unit."""
    if currency in _ZERO_DECIMAL:
        stripe_exponent = 0
    elif currency in _WHOLE_IN_HUNDREDTHS:
        stripe_exponent = 2
    else:
        stripe_exponent = EXPONENTS[currency]
    difference = stripe_exponent - EXPONENTS[currency]
    return (10**difference, 1) if difference >= 0 else (1, 10**-difference)
