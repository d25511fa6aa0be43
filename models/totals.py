"""How lines, discount and tax add up to a document's totals.

The rules:

1. A line's amount is quantity times unit price, rounded half up to the currency's minor unit.
2. The subtotal is the sum of the line amounts.
3. The discount, an amount off the subtotal before tax, is spread over the lines in proportion to
   their amounts by the largest-remainder method, so that the shares add up to it exactly; equal
   remainders go to the earlier line.
4. A line's tax is (amount less its share of the discount) times its rate, rounded half up.
5. Tax is the sum of the lines' taxes, and the total is subtotal less discount plus tax.

Rounding half up to two decimals is what EN 16931 (the European invoice standard) prescribes for
calculated amounts; an allowance on document level that lowers the taxable base before tax is its
BG-20. Tax per line rather than per rate is the convention of Stripe Tax ("line item level").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from models.money import Minor


@dataclass(frozen=True, slots=True)
class LinePrice:
    """The input of a line: the unit price in minor units, the tax rate in percent."""

    quantity: Decimal
    unit_price: Minor
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A line's totals, in minor units."""

    amount: Minor
    discount: Minor
    tax: Minor


@dataclass(frozen=True, slots=True)
class Totals:
    """A document's totals, in minor units. `lines` are in the order of the input."""

    lines: tuple[LineTotal, ...]
    subtotal: Minor
    discount: Minor
    tax: Minor
    total: Minor


def _round_half_up(value: Decimal) -> Minor:
    return Minor(int(value.to_integral_value(ROUND_HALF_UP)))


def spread(discount: Minor, amounts: Sequence[Minor]) -> list[Minor]:
    """Split `discount` in proportion to `amounts`; the shares add up to it exactly.

    `amounts` are not negative and `discount` is at most their sum.
    """
    subtotal = sum(amounts)
    if not subtotal:
        return [Minor(0)] * len(amounts)
    shares = [discount * amount // subtotal for amount in amounts]
    missing = discount - sum(shares)
    by_remainder = sorted(
        range(len(amounts)), key=lambda line: (-(discount * amounts[line] % subtotal), line)
    )
    for line in by_remainder[:missing]:
        shares[line] += 1
    return [Minor(share) for share in shares]


def calculate(prices: Sequence[LinePrice], discount: Minor) -> Totals:
    """Return the totals of `prices` less `discount`. The caller has checked the ranges."""
    with localcontext(prec=60):
        amounts = [_round_half_up(price.quantity * price.unit_price) for price in prices]
        shares = spread(discount, amounts)
        lines = tuple(
            LineTotal(amount, share, _round_half_up((amount - share) * price.tax_rate / 100))
            for price, amount, share in zip(prices, amounts, shares, strict=True)
        )
    subtotal = Minor(sum(amounts))
    tax = Minor(sum(line.tax for line in lines))
    return Totals(lines, subtotal, discount, tax, Minor(subtotal - discount + tax))
