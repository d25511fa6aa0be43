"""How lines, discounts and taxes add up to a document's figures.

The rules, with those of EN 16931 that they follow:

1. A line's amount is quantity times unit price, rounded half up to the currency's minor unit, less
   the line's own discount, whose percentage is rounded likewise (BT-131, BR-DEC-23).
2. The document's discount is an amount, or a percentage of the sum of the line amounts, rounded
   half up. It is spread in proportion over the taxes, and within each over its lines, so that it is
   an allowance (BG-20) at each rate (BR-CO-11, BR-S-08).
3. Each tax, that is each category, name and rate, is rounded once: it is the sum of its lines'
   amounts less their shares of the discount, times the rate (BR-S-08, BR-S-09, BR-CO-17). A company
   can choose to round down instead of half up. Two taxes on a line have the same base.
4. A line's own tax is for information: it is a share of the rounded tax.
5. The total is the sum of the line amounts, less the discount, plus the taxes (BR-CO-10, BR-CO-13
   to BR-CO-15). There are no charges (BR-CO-12), and payments (BR-CO-16) don't change it.

Where prices include tax, so do line amounts and discounts. Each tax is rounded once as well: the
amounts less discount, times its rate, divided by 100 plus all rates of the line. The total is then
exactly the sum of the amounts less the discount. The tax can differ by a minor unit from base times
rate, because no net amount leads to some gross amounts. Validators of EN 16931 allow for that.

Shares are spread by largest remainder: each is its exact value rounded up or down, and together
they are the whole. Of equal remainders, the highest rate and then the earlier line are rounded up.
No figure of the document depends on the order of its lines.

Other laws also require one rounding per rate. A German invoice splits net amount and tax by rate
(section 14 (4) nos. 7 and 8 UStG). A Japanese qualified invoice has one rounding for each rate
(article 70-10 of the Order for Enforcement of the Consumption Tax Act). In Quebec, GST and QST are
each computed on the price without the other (Revenu Quebec, "Calculating the Taxes").

Arithmetic is exact, in integers and fractions, whatever the decimal context. This module checks and
raises nothing. Before, the caller checks that

- the currency is in `EXPONENTS`;
- percentages are between 0 and 100, and nothing has a discount both in percent and as an amount;
- a line's discount is between zero and the absolute value of its `undiscounted_amount`;
- rates aren't negative, and the two taxes of a line differ, since its base would count twice.

Afterwards, the caller checks that the document's discount is between zero and `Totals.amount`, that
the total isn't negative, and that all figures fit the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor, lcm

from banking.currencies import EXPONENTS
from values.money import Minor
from values.taxes import TaxRate, TaxRounding, TaxShare, TaxTotal, total_taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePrice:
    """The input of a line: `unit_price` in main units, `discount_amount` in minor units.

    Quantity or unit price can be negative. A discount brings the amount nearer to zero: 10 % off
    -50.00 is -45.00.
    """

    quantity: Decimal
    unit_price: Decimal
    taxes: tuple[TaxRate, ...]
    discount_percent: Decimal | None = None
    discount_amount: Minor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPrice:
    """The input of a document: `discount_amount` in minor units, with tax where prices include it.

    A discount is only taken from lines that add up to more than zero.
    """

    currency: str
    lines: Sequence[LinePrice]
    discount_percent: Decimal | None = None
    discount_amount: Minor | None = None
    prices_include_tax: bool = False
    rounding: TaxRounding = TaxRounding.HALF_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotal:
    """A line's figures, in minor units.

    `amount` is after the line's own discount, and with tax where prices include it. `net` is the
    same without tax. `discount` is the share of the document's discount, without tax. `taxes` are
    in the order of the line's taxes. The line's base is `net - discount`.
    """

    amount: Minor
    net: Minor
    discount: Minor
    taxes: tuple[Minor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A document's figures, in minor units. `lines` are in the order of the input.

    `amount` is the sum of the line amounts, which include tax where prices do. `subtotal` and
    `discount` never do: `total = subtotal - discount + tax`.
    """

    lines: tuple[LineTotal, ...]
    amount: Minor
    subtotal: Minor
    discount: Minor
    tax: Minor
    total: Minor
    taxes: tuple[TaxTotal, ...]


def calculate(document: DocumentPrice) -> Totals:
    """Return the figures of `document`. See above for what the caller checks."""
    amounts = [line_amount(line, document.currency) for line in document.lines]
    groups = _lines_by_taxes(document.lines)
    discounted = [
        Minor(line - share)
        for line, share in zip(amounts, _spread_discount(document, amounts, groups), strict=True)
    ]
    taxes = _spread_taxes(document, discounted, groups)
    nets, bases = amounts, discounted
    if document.prices_include_tax:
        nets = _without_tax(amounts, _spread_taxes(document, amounts, groups))
        bases = _without_tax(discounted, taxes)
    lines = tuple(
        LineTotal(amount=amounts[i], net=nets[i], discount=Minor(nets[i] - base), taxes=taxes[i])
        for i, base in enumerate(bases)
    )
    subtotal, base = sum(nets), sum(bases)
    tax = sum(sum(shares) for shares in taxes)
    return Totals(
        lines=lines,
        amount=Minor(sum(amounts)),
        subtotal=Minor(subtotal),
        discount=Minor(subtotal - base),
        tax=Minor(tax),
        total=Minor(base + tax),
        taxes=total_taxes(
            [
                TaxShare(rate=rate, base=base, tax=share)
                for rate, share in zip(line.taxes, shares, strict=True)
            ]
            for line, base, shares in zip(document.lines, bases, taxes, strict=True)
        ),
    )


def line_amount(line: LinePrice, currency: str) -> Minor:
    """Return the amount of `line` after its own discount, before the document's."""
    amount = undiscounted_amount(line.quantity, line.unit_price, currency)
    return Minor(amount - _discount(amount, line.discount_percent, line.discount_amount))


def undiscounted_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> Minor:
    """Return quantity times unit price in minor units, before any discount."""
    return round_minor(Fraction(quantity) * Fraction(unit_price) * 10 ** EXPONENTS[currency])


def _discount(amount: Minor, percent: Decimal | None, fixed: Minor | None) -> Minor:
    if percent is not None:
        return round_minor(amount * Fraction(percent) / 100)
    return Minor((fixed or 0) * (-1 if amount < 0 else 1))


def _lines_by_taxes(lines: Sequence[LinePrice]) -> list[list[int]]:
    """Return the indexes of the lines that have the same taxes, the highest rates first."""
    groups: dict[tuple[TaxRate, ...], list[int]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(line.taxes, []).append(index)
    return [groups[taxes] for taxes in sorted(groups, key=lambda taxes: [t.rank for t in taxes])]


def _spread_discount(
    document: DocumentPrice, amounts: Sequence[Minor], groups: Sequence[Sequence[int]]
) -> list[Minor]:
    """Return each line's share of the document's discount."""
    shares = [Minor(0)] * len(amounts)
    amount = Minor(sum(amounts))
    if amount <= 0:
        return shares
    discount = _discount(amount, document.discount_percent, document.discount_amount)
    exact = [[discount * amounts[index] for index in lines] for lines in groups]
    for lines, part in zip(groups, spread(discount, exact, amount), strict=True):
        for index, share in zip(lines, part, strict=True):
            shares[index] = share
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Lines with the same taxes, at whose `position` a tax stands: `factor` times their amounts."""

    lines: Sequence[int]
    position: int
    factor: Fraction


def _spread_taxes(
    document: DocumentPrice, amounts: Sequence[Minor], groups: Sequence[Sequence[int]]
) -> list[tuple[Minor, ...]]:
    """Return each line's shares of its taxes if `amounts` is all there is to pay tax on."""
    taxes = [[Minor(0)] * len(line.taxes) for line in document.lines]
    for parts in _parts_by_tax(document, groups):
        denominator = lcm(*(part.factor.denominator for part in parts))
        exact = []
        for part in parts:
            numerator = (part.factor * denominator).numerator
            exact.append([amounts[index] * numerator for index in part.lines])
        tax = round_minor(Fraction(sum(map(sum, exact)), denominator), document.rounding)
        for part, shares in zip(parts, spread(tax, exact, denominator), strict=True):
            for index, share in zip(part.lines, shares, strict=True):
                taxes[index][part.position] = share
    return [tuple(shares) for shares in taxes]


def _parts_by_tax(
    document: DocumentPrice, groups: Sequence[Sequence[int]]
) -> Iterable[Sequence[_Part]]:
    parts: dict[TaxRate, list[_Part]] = {}
    for lines in groups:
        rates = document.lines[lines[0]].taxes
        included = sum(Fraction(rate.rate) for rate in rates) if document.prices_include_tax else 0
        for position, rate in enumerate(rates):
            factor = Fraction(rate.rate) / (100 + included)
            parts.setdefault(rate, []).append(_Part(lines=lines, position=position, factor=factor))
    return parts.values()


def _without_tax(amounts: Sequence[Minor], taxes: Sequence[tuple[Minor, ...]]) -> list[Minor]:
    return [Minor(amount - sum(shares)) for amount, shares in zip(amounts, taxes, strict=True)]


# --- rounding ------------------------------------------------------------------------------------


def round_minor(exact: Fraction, rounding: TaxRounding = TaxRounding.HALF_UP) -> Minor:
    """Return `exact` minor units as a whole number of them."""
    half = Fraction(1, 2) if rounding is TaxRounding.HALF_UP else 0
    rounded = floor(abs(exact) + half)
    return Minor(-rounded if exact < 0 else rounded)


def spread(total: Minor, groups: Sequence[Sequence[int]], denominator: int) -> list[list[Minor]]:
    """Round the numbers `numerator / denominator` in `groups` so that they add up to `total`.

    `total` is their exact sum, rounded up or down. Each group's sum is rounded first, so that it is
    off by less than one unit, however many numbers it has.
    """
    sums = _round_to_sum(total, [sum(numerators) for numerators in groups], denominator)
    return [
        _round_to_sum(group_total, numerators, denominator)
        for group_total, numerators in zip(sums, groups, strict=True)
    ]


def _round_to_sum(total: Minor, numerators: Sequence[int], denominator: int) -> list[Minor]:
    """Round each number up or down: up those with the largest remainders, of equals the earlier."""
    rounded = [numerator // denominator for numerator in numerators]
    by_remainder = sorted(
        range(len(numerators)), key=lambda index: numerators[index] % denominator, reverse=True
    )
    for index in by_remainder[: total - sum(rounded)]:
        rounded[index] += 1
    return [Minor(number) for number in rounded]
