"""Rounding to minor units, and shares that add up."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from values.money import Minor
from values.pricing import round_minor, spread
from values.taxes import TaxRounding

HALF_UP, DOWN = TaxRounding.HALF_UP, TaxRounding.DOWN


@pytest.mark.parametrize(
    ("exact", "half_up", "down"),
    [("0.5", 1, 0), ("0.4999", 0, 0), ("1.5", 2, 1), ("2.5", 3, 2), ("2.9999", 3, 2), ("7", 7, 7)],
)
def test_half_up_is_away_from_zero_and_down_is_towards_it(
    exact: str, half_up: int, down: int
) -> None:
    assert round_minor(Fraction(exact), HALF_UP) == half_up
    assert round_minor(-Fraction(exact), HALF_UP) == -half_up
    assert round_minor(Fraction(exact), DOWN) == down
    assert round_minor(-Fraction(exact), DOWN) == -down


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (100, [3333, 3333, 3334], [33, 33, 34]),
        (5, [0, 10, 0], [0, 5, 0]),
        (1, [3, -1, 1], [1, 0, 0]),
        (0, [5, 6], [0, 0]),
        (0, [], []),
    ],
)
def test_the_largest_remainders_are_rounded_up_and_of_equal_ones_the_earlier(
    total: int, weights: list[int], shares: list[int]
) -> None:
    numerators = [total * weight for weight in weights]
    assert spread(Minor(total), [numerators], sum(weights) or 1) == [shares]


numbers = st.integers(-(10**18), 10**18)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(numbers, min_size=1, max_size=8), max_size=5),
    st.integers(1, 10**9),
    st.sampled_from(TaxRounding),
)
def test_numbers_and_groups_are_rounded_up_or_down_to_the_total(
    groups: list[list[int]], denominator: int, rounding: TaxRounding
) -> None:
    total = round_minor(Fraction(sum(map(sum, groups)), denominator), rounding)
    shares = spread(total, groups, denominator)
    assert sum(map(sum, shares)) == total
    for group, group_shares in zip(groups, shares, strict=True):
        assert abs(sum(group_shares) - Fraction(sum(group), denominator)) < 1
        for numerator, share in zip(group, group_shares, strict=True):
            assert abs(share - Fraction(numerator, denominator)) < 1
