"""Amounts as Stripe takes them: its own units, which steps they come in, how little and how much.

Source: Stripe's documentation, "Supported currencies": zero-decimal currencies, special cases,
three-decimal currencies, and "Minimum and maximum charge amounts".
"""

from decimal import Decimal
from typing import Final

from models.currencies import EXPONENTS
from models.money import Minor, to_minor

_WHOLE: Final = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
"""Stripe counts these in whole units."""
_HUNDREDFOLD: Final = frozenset({"ISK", "UGX"})
"""Whole, and yet Stripe wants them times 100."""
_MINIMA: Final = {
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
_NOT_TAKEN: Final = frozenset(
    "BTN CUP ERN IQD IRR KPW LYD SDG SSP SYP VES ZWG".split()  # noqa: SIM905
)
"""Stripe takes no payments in these."""
_MOST: Final = 99_999_999
"""Eight digits, in Stripe's units."""

SUPPORTED: Final = frozenset(EXPONENTS) - _NOT_TAKEN


def _factor(currency: str) -> tuple[int, int]:
    """Return by what a minor unit of ours is multiplied and divided to be Stripe's unit."""
    stripe_exponent = (
        0 if currency in _WHOLE else 2 if currency in _HUNDREDFOLD else EXPONENTS[currency]
    )
    difference = stripe_exponent - EXPONENTS[currency]
    return (10**difference, 1) if difference >= 0 else (1, 10**-difference)


def step(currency: str) -> Minor:
    """Return what every amount is a multiple of, in minor units.

    With three decimals the last one is 0, and MGA, which ISO 4217 gives two decimals, is whole.
    """
    if EXPONENTS[currency] == 3:  # noqa: PLR2004  # decimals
        return Minor(10)
    return Minor(_factor(currency)[1])


def to_stripe(minor: int, currency: str) -> int:
    """Return `minor` units, a multiple of the step, in Stripe's unit."""
    multiplier, divisor = _factor(currency)
    if minor % step(currency):
        message = f"{minor} is no multiple of the step of {currency}"
        raise ValueError(message)
    return minor * multiplier // divisor


def from_stripe(amount: int, currency: str) -> Minor:
    """Return Stripe's `amount` in minor units. What is less than one of them is rounded down."""
    multiplier, divisor = _factor(currency)
    return Minor(amount * divisor // multiplier)


def minimum(currency: str) -> Minor:
    """Return the least that can be paid, in minor units, as far as it is known.

    Stripe states it for the currencies in which it pays out. For another one it is the value of
    that in the account's own, so that only Stripe can tell: then it is one step.
    """
    known = _MINIMA.get(currency)
    return to_minor(Decimal(known), currency, field="amount") if known else step(currency)


def maximum(currency: str) -> Minor:
    """Return the most that can be paid at once, in minor units: a multiple of the step."""
    most = from_stripe(_MOST, currency)
    return Minor(most - most % step(currency))
