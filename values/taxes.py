"""Taxes on documents: categories, ways to round, and the sums of each tax.

Which tax a line bears follows the VAT categories of EN 16931. How much it is comes from
`values/pricing.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from values.money import Minor


class TaxCategory(StrEnum):
    """Why a line has the tax that it has: the VAT category of EN 16931 (BT-151, UNCL5305).

    Only STANDARD has rates above zero.
    """

    STANDARD = "STANDARD"
    """Taxed at a rate above zero, also at a reduced one (code S)."""
    ZERO = "ZERO"
    """Taxed at a rate of 0 % (code Z)."""
    EXEMPT = "EXEMPT"
    """Exempt by law, which the document names (code E)."""
    REVERSE_CHARGE = "REVERSE_CHARGE"
    """The buyer owes the tax (code AE)."""
    INTRA_COMMUNITY = "INTRA_COMMUNITY"
    """A supply of goods to a business in another country of the EU (code K)."""
    EXPORT = "EXPORT"
    """An export to a country outside the EU (code G)."""
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    """Not a subject of this tax at all, such as a deposit (code O)."""

    @classmethod
    def of_rate(cls, rate: Decimal) -> "TaxCategory":
        """Return the category of a tax of which only the rate is known."""
        return cls.STANDARD if rate else cls.ZERO

    @property
    def follows_from_rate(self) -> bool:
        """Whether it says nothing that the rate doesn't say."""
        return self in {TaxCategory.STANDARD, TaxCategory.ZERO}

    def can_have(self, rate: Decimal) -> bool:
        """Whether a tax of this category can have `rate`, which isn't negative."""
        return (self is TaxCategory.STANDARD) == (rate > 0)


class TaxRounding(StrEnum):
    """How the tax of each rate is rounded to the currency's minor unit."""

    HALF_UP = "HALF_UP"
    """To the nearest unit, halves away from zero. EN 16931 prescribes this."""
    DOWN = "DOWN"
    """Towards zero, which is the custom in Japan."""


class TaxRate(NamedTuple):
    """A tax: `rate` is in percent, `name` is None for the word for tax in the document's language.

    Two that are equal are one tax, whose sum is rounded once.
    """

    category: TaxCategory
    name: str | None
    rate: Decimal

    @property
    def rank(self) -> tuple[Decimal, int, str]:
        """The place in lists of taxes, which doesn't depend on the lines: highest rate first."""
        return -self.rate, _CATEGORIES.index(self.category), self.name or ""


_CATEGORIES: Final = tuple(TaxCategory)


class TaxShare(NamedTuple):
    """A line's share of a tax, in minor units. `base` is its amount less discount, without tax."""

    rate: TaxRate
    base: Minor
    tax: Minor


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """A document's base and tax, in minor units, of one category, name and rate (BG-23)."""

    category: TaxCategory
    name: str | None
    rate: Decimal
    base: Minor
    tax: Minor


class TaxedLine(Protocol):
    """A line with its stored figures, in minor units. `second_tax_rate` is None for one tax."""

    @property
    def net(self) -> int: ...  # noqa: D102
    @property
    def discount(self) -> int: ...  # noqa: D102
    @property
    def tax_category(self) -> TaxCategory: ...  # noqa: D102
    @property
    def tax_name(self) -> str | None: ...  # noqa: D102
    @property
    def tax_rate(self) -> Decimal: ...  # noqa: D102
    @property
    def tax(self) -> int: ...  # noqa: D102
    @property
    def second_tax_name(self) -> str | None: ...  # noqa: D102
    @property
    def second_tax_rate(self) -> Decimal | None: ...  # noqa: D102
    @property
    def second_tax(self) -> int | None: ...  # noqa: D102


def summarize(lines: Iterable[TaxedLine]) -> tuple[TaxTotal, ...]:
    """Return a document's taxes from the stored figures of its lines.

    Nothing is computed anew, so documents keep the figures that they were issued with.
    """
    return total_taxes([shares_of(line) for line in lines])


def shares_of(line: TaxedLine) -> list[TaxShare]:
    """Return the line's share of each of its taxes, in order."""
    base = Minor(line.net - line.discount)
    rate = TaxRate(category=line.tax_category, name=line.tax_name, rate=line.tax_rate)
    shares = [TaxShare(rate=rate, base=base, tax=Minor(line.tax))]
    if line.second_tax_rate is not None:
        rate = second_rate(line.second_tax_name, line.second_tax_rate)
        shares.append(TaxShare(rate=rate, base=base, tax=Minor(line.second_tax or 0)))
    return shares


def second_rate(name: str | None, rate: Decimal) -> TaxRate:
    """Return the second tax of a line, whose category follows from its rate."""
    return TaxRate(category=TaxCategory.of_rate(rate), name=name, rate=rate)


def total_taxes(lines: Iterable[Sequence[TaxShare]]) -> tuple[TaxTotal, ...]:
    """Return the sums of each tax of `lines`, whatever their order.

    The highest rate comes first, and taxes that are nowhere a line's first one come last, as
    Canadians expect it: GST at 5 %, then QST at 9.975 %.
    """
    sums: dict[TaxRate, tuple[bool, int, int]] = {}
    """Whether a tax is some line's first one, its base, and the tax itself."""
    for shares in lines:
        for at, share in enumerate(shares):
            is_first, base, tax = sums.get(share.rate, (False, 0, 0))
            sums[share.rate] = (is_first or at == 0, base + share.base, tax + share.tax)
    totals = sorted(sums.items(), key=lambda total: (not total[1][0], total[0].rank))
    return tuple(
        TaxTotal(
            category=rate.category,
            name=rate.name,
            rate=rate.rate,
            base=Minor(base),
            tax=Minor(tax),
        )
        for rate, (_, base, tax) in totals
    )
