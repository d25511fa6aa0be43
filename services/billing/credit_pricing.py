"""How much of an invoice isn't credited yet, and the taxes of credit notes over parts of it.

A credit note reduces the taxable amount of a supply "accordingly" (article 90 of Directive
2006/112/EC, § 17 UStG), and each rate has its own. So for each combination of taxes on lines, the
amount and each tax that are credited stay between zero and what was invoiced. What is credited
beyond that would be tax that nobody owed (article 203, § 14c UStG).

The taxes of parts are rounded again, so they needn't add up to the invoice's. Therefore whoever
credits the rest of an amount also credits the rest of its tax, and nobody more than that: credit
notes over all of an invoice equal it at each rate, to the minor unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from values.money import Minor
from values.pricing import LineTotal, Totals, spread
from values.taxes import TaxedLine, TaxRate, TaxShare, shares_of, total_taxes

Taxes: TypeAlias = tuple[TaxRate, ...]
"""The taxes of a line, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedAmount:
    """An amount without tax, and each of its taxes, in minor units."""

    base: int
    taxes: tuple[int, ...]

    @property
    def total(self) -> int:
        """The amount with tax."""
        return self.base + sum(self.taxes)

    def __add__(self, other: "TaxedAmount") -> "TaxedAmount":
        """Return the sum of two amounts with the same taxes."""
        return TaxedAmount(
            base=self.base + other.base,
            taxes=tuple(a + b for a, b in zip(self.taxes, other.taxes, strict=True)),
        )

    def __neg__(self) -> "TaxedAmount":
        return TaxedAmount(base=-self.base, taxes=tuple(-tax for tax in self.taxes))

    def __sub__(self, other: "TaxedAmount") -> "TaxedAmount":
        """Return the difference of two amounts with the same taxes."""
        return self + -other

    def __bool__(self) -> bool:
        return bool(self.base or any(self.taxes))

    def contains(self, part: "TaxedAmount") -> bool:
        """Whether `part` and each of its taxes are between zero and what this has of it."""
        pairs = zip((self.base, *self.taxes), (part.base, *part.taxes), strict=True)
        return all(min(0, whole) <= share <= max(0, whole) for whole, share in pairs)


def amounts_by_taxes(lines: Iterable[TaxedLine]) -> dict[Taxes, TaxedAmount]:
    """Return the sums of the lines' stored figures by the taxes that they have."""
    shares = [shares_of(line) for line in lines]
    return _sums(
        (
            tuple(share.rate for share in of_line),
            TaxedAmount(base=of_line[0].base, taxes=tuple(share.tax for share in of_line)),
        )
        for of_line in shares
    )


def totals_by_taxes(totals: Totals, taxes: Sequence[Taxes]) -> dict[Taxes, TaxedAmount]:
    """Return the sums of a document's lines by `taxes`, which are those of each line."""
    return _sums(
        (own, TaxedAmount(base=line.net - line.discount, taxes=line.taxes))
        for own, line in zip(taxes, totals.lines, strict=True)
    )


def _sums(amounts: Iterable[tuple[Taxes, TaxedAmount]]) -> dict[Taxes, TaxedAmount]:
    sums: dict[Taxes, TaxedAmount] = {}
    for taxes, amount in amounts:
        sums[taxes] = sums[taxes] + amount if taxes in sums else amount
    return sums


def stored_totals(lines: Sequence[TaxedLine], amounts: Sequence[int]) -> Totals:
    """Return the figures with which lines were stored, whatever they were priced by."""
    shares = [shares_of(line) for line in lines]
    return _totals(
        [
            LineTotal(
                amount=Minor(amount),
                net=Minor(line.net),
                discount=Minor(line.discount),
                taxes=tuple(share.tax for share in of_line),
            )
            for line, amount, of_line in zip(lines, amounts, shares, strict=True)
        ],
        [tuple(share.rate for share in of_line) for of_line in shares],
    )


def credit_rest_of_taxes(
    totals: Totals,
    taxes: Sequence[Taxes],
    rest: Mapping[Taxes, TaxedAmount],
    *,
    prices_include_tax: bool,
) -> Totals:
    """Return the figures of a credit note with no more tax than is left in `rest`.

    Where an amount is all that is left, so is its tax. `taxes` are those of each line. Where prices
    include tax, the total stays as it is.
    """
    lines = list(totals.lines)
    for own, part in totals_by_taxes(totals, taxes).items():
        if own not in rest:
            continue
        due = _taxes_due(part, rest[own], prices_include_tax=prices_include_tax)
        if due == part.taxes:
            continue
        indexes = [index for index, of_line in enumerate(taxes) if of_line == own]
        changed = _with_taxes([lines[index] for index in indexes], due)
        for index, line in zip(indexes, changed, strict=True):
            difference = sum(line.taxes) - sum(lines[index].taxes)
            net = line.net - (difference if prices_include_tax else 0)
            lines[index] = replace(line, net=Minor(net))
    return _totals(lines, taxes)


def _taxes_due(
    part: TaxedAmount, rest: TaxedAmount, *, prices_include_tax: bool
) -> tuple[int, ...]:
    if rest.total < 0:
        due = _taxes_due(-part, -rest, prices_include_tax=prices_include_tax)
        return tuple(-tax for tax in due)
    is_rest = part.total == rest.total if prices_include_tax else part.base == rest.base
    if is_rest:
        return rest.taxes
    taxes = [min(tax, left) for tax, left in zip(part.taxes, rest.taxes, strict=True)]
    if prices_include_tax:
        # What the rest doesn't have as an amount, it has as tax.
        excess = part.total - sum(taxes) - rest.base
        for position, left in enumerate(rest.taxes):
            more = max(0, min(excess, left - taxes[position]))
            taxes[position] += more
            excess -= more
    return tuple(taxes)


def _with_taxes(lines: Sequence[LineTotal], due: Sequence[int]) -> list[LineTotal]:
    """Return `lines` with their shares of the taxes that are `due`, in proportion to their bases.

    Of lines that cancel each other out, the first one bears the taxes.
    """
    bases = [line.net - line.discount for line in lines]
    base = sum(bases)
    shares = []
    for tax in due:
        numerators = [tax * own * (-1 if base < 0 else 1) for own in bases]
        if base:
            shares += spread(Minor(tax), [numerators], abs(base))
        else:
            shares.append([Minor(tax), *[Minor(0)] * (len(lines) - 1)])
    return [
        replace(line, taxes=taxes)
        for line, taxes in zip(lines, zip(*shares, strict=True), strict=True)
    ]


def _totals(lines: Sequence[LineTotal], taxes: Sequence[Taxes]) -> Totals:
    subtotal = sum(line.net for line in lines)
    discount = sum(line.discount for line in lines)
    tax = sum(sum(line.taxes) for line in lines)
    return Totals(
        lines=tuple(lines),
        amount=Minor(sum(line.amount for line in lines)),
        subtotal=Minor(subtotal),
        discount=Minor(discount),
        tax=Minor(tax),
        total=Minor(subtotal - discount + tax),
        taxes=total_taxes(
            [
                TaxShare(rate=rate, base=Minor(line.net - line.discount), tax=share)
                for rate, share in zip(rates, line.taxes, strict=True)
            ]
            for line, rates in zip(lines, taxes, strict=True)
        ),
    )
