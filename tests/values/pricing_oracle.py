"""Documents at random, and what they come to: worked out by tax with fractions, without lines."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from math import floor
from random import Random
from typing import Final, TypeAlias, TypeVar

from banking.currencies import EXPONENTS
from values.money import Minor
from values.pricing import DocumentPrice, LinePrice
from values.taxes import TaxCategory, TaxRate, TaxRounding

Taxes: TypeAlias = tuple[TaxRate, ...]
_Key = TypeVar("_Key", bound=Hashable)


def standard(rate: str, name: str | None = None) -> TaxRate:
    return TaxRate(category=TaxCategory.STANDARD, name=name, rate=Decimal(rate))


def untaxed(category: TaxCategory) -> TaxRate:
    return TaxRate(category=category, name=None, rate=Decimal(0))


GST: Final = standard("5", "GST")
QST: Final = standard("9.975", "QST")
_TAXES: Final[tuple[Taxes, ...]] = (
    (standard("19"),),
    (standard("7"),),
    (standard("10"),),
    (standard("10", "Consumption tax"),),
    (standard("8"),),
    (standard("100"),),
    (standard("0.0001"),),
    (untaxed(TaxCategory.ZERO),),
    (untaxed(TaxCategory.EXEMPT),),
    (untaxed(TaxCategory.REVERSE_CHARGE),),
    (GST,),
    (GST, QST),
    (QST, GST),
    (GST, standard("7", "PST")),
    (untaxed(TaxCategory.EXEMPT), QST),
)


# --- documents ------------------------------------------------------------------------------------


def random_document(random: Random, currency: str | None = None) -> DocumentPrice:
    """Return a document with 1 to 40 lines: cents, usual sums, huge ones, rebates, discounts."""
    currency = currency or random.choice(sorted(EXPONENTS))
    taxes = [random.choice(_TAXES) for _ in range(random.randint(1, 4))]
    if random.random() < 0.3:
        taxes.append((standard(str(Decimal(random.randint(1, 10**6)).scaleb(-4))),))
    count = random.choice((1, 2, 3, random.randint(4, 40)))
    kind = random.choice((_tiny, _usual, _usual, _huge))
    rebates = random.choice((0, 0.2))
    lines = [_line(random, currency, random.choice(taxes), kind, rebates) for _ in range(count)]
    amount = sum(line_amounts(lines, currency))
    percent, fixed = _discount(random, amount)
    return DocumentPrice(
        currency=currency,
        lines=lines,
        discount_percent=percent if amount > 0 else None,
        discount_amount=fixed,
        prices_include_tax=random.random() < 0.5,
        rounding=random.choice(tuple(TaxRounding)),
    )


def _tiny(random: Random, exponent: int) -> tuple[Decimal, Decimal]:
    return Decimal(1), Decimal(random.randint(1, 9)).scaleb(-exponent)


def _usual(random: Random, exponent: int) -> tuple[Decimal, Decimal]:
    quantity = random.choice((Decimal(random.randint(1, 12)), _decimal(random, 3 * 10**7)))
    price = random.choice((Decimal(random.randint(1, 10**5)).scaleb(-exponent), _decimal(random)))
    return quantity, price


def _huge(random: Random, _exponent: int) -> tuple[Decimal, Decimal]:
    return _decimal(random, 10**15), _decimal(random, 10**18)


def _decimal(random: Random, maximum: int = 10**9) -> Decimal:
    """Return a number with six decimals."""
    return Decimal(random.randint(1, maximum)).scaleb(-6)


def _line(
    random: Random,
    currency: str,
    taxes: Taxes,
    kind: Callable[[Random, int], tuple[Decimal, Decimal]],
    rebates: float,
) -> LinePrice:
    quantity, price = kind(random, EXPONENTS[currency])
    if random.random() < rebates:
        quantity, price = random.choice(((-quantity, price), (quantity, -price)))
    full = _half_up(Fraction(quantity) * Fraction(price) * 10 ** EXPONENTS[currency])
    percent, fixed = _discount(random, abs(full))
    return LinePrice(
        quantity=quantity,
        unit_price=price,
        taxes=taxes,
        discount_percent=percent,
        discount_amount=fixed,
    )


def _discount(random: Random, amount: int) -> tuple[Decimal | None, Minor | None]:
    match random.randint(0, 5):
        case 0:
            return Decimal(random.choice((0, 100, random.randint(1, 9999)))).scaleb(-2), None
        case 1:
            return None, Minor(random.randint(0, max(amount, 0)))
        case _:
            return None, None


# --- what they come to ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a document: base and tax of each tax, and the shares of the discount."""

    subtotal: int
    discount: int
    tax: int
    total: int
    taxes: dict[TaxRate, tuple[int, int]]
    discounts: dict[Taxes, int]
    """Of the lines with the same taxes. With tax where prices include it."""


def figures_of(document: DocumentPrice) -> Figures:
    amounts: dict[Taxes, int] = {}
    for line, amount in zip(
        document.lines, line_amounts(document.lines, document.currency), strict=True
    ):
        amounts[line.taxes] = amounts.get(line.taxes, 0) + amount
    # The taxes with the highest rates come first, which is all that decides ties.
    amounts = {taxes: amounts[taxes] for taxes in sorted(amounts, key=_order)}
    amount = sum(amounts.values())
    discount = document.discount_amount or 0
    if document.discount_percent is not None:
        discount = _half_up(amount * Fraction(document.discount_percent) / 100)
    part = Fraction(discount, amount) if discount else Fraction(0)
    discounts = hand_out(discount, {taxes: sums * part for taxes, sums in amounts.items()})
    left = {taxes: sums - discounts[taxes] for taxes, sums in amounts.items()}
    sums, shares = _tax(document, left)
    tax = sum(sums.values())
    bases = left
    subtotal = amount
    if document.prices_include_tax:
        bases = {taxes: left[taxes] - shares[taxes] for taxes in left}
        subtotal = amount - sum(_tax(document, amounts)[0].values())
    return Figures(
        subtotal=subtotal,
        discount=subtotal - sum(bases.values()),
        tax=tax,
        total=amount - discount + (0 if document.prices_include_tax else tax),
        taxes={
            rate: (sum(base for taxes, base in bases.items() if rate in taxes), sums[rate])
            for rate in sums
        },
        discounts=discounts,
    )


def line_amounts(lines: Sequence[LinePrice], currency: str) -> list[int]:
    amounts = []
    for line in lines:
        exact = Fraction(line.quantity) * Fraction(line.unit_price)
        amount = _half_up(exact * 10 ** EXPONENTS[currency])
        own = Fraction(line.discount_percent or 0) * abs(amount) / 100
        size = abs(amount) - _half_up(own) - (line.discount_amount or 0)
        amounts.append(-size if amount < 0 else size)
    return amounts


def tax_part(document: DocumentPrice, taxes: Taxes, rate: TaxRate) -> Fraction:
    """Return what part of an amount this tax is, or is to be added."""
    included = sum(Fraction(tax.rate) for tax in taxes) if document.prices_include_tax else 0
    return Fraction(rate.rate) / (100 + included)


def _tax(
    document: DocumentPrice, amounts: Mapping[Taxes, int]
) -> tuple[dict[TaxRate, int], dict[Taxes, int]]:
    """Return the sum of each tax, and of all taxes that lines with the same taxes have."""
    round_tax = _half_up if document.rounding is TaxRounding.HALF_UP else int
    sums: dict[TaxRate, int] = {}
    shares = dict.fromkeys(amounts, 0)
    for rate in dict.fromkeys(chain.from_iterable(amounts)):
        quotas = {
            taxes: amount * tax_part(document, taxes, rate)
            for taxes, amount in amounts.items()
            if rate in taxes
        }
        sums[rate] = round_tax(sum(quotas.values(), Fraction(0)))
        for taxes, share in hand_out(sums[rate], quotas).items():
            shares[taxes] += share
    return sums, shares


def hand_out(total: int, quotas: Mapping[_Key, Fraction]) -> dict[_Key, int]:
    """Give out `total`, one by one, to who is furthest below the quota; to the first of several."""
    given = {key: floor(quota) for key, quota in quotas.items()}
    for _ in range(total - sum(given.values())):
        given[max(given, key=lambda key: quotas[key] - given[key])] += 1
    return given


def _order(taxes: Taxes) -> list[tuple[Decimal, int, str]]:
    categories = list(TaxCategory)
    return [(-tax.rate, categories.index(tax.category), tax.name or "") for tax in taxes]


def _half_up(exact: Fraction) -> int:
    """Round to the nearest number, halves away from zero."""
    size = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return size if exact >= 0 else -size
