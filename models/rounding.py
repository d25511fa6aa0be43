"""Rounding to minor units, also of many numbers whose rounded sum is given."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from models.money import Minor
from models.taxes import TaxRounding


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
