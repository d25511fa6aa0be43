"""How lines, discount and tax add up: properties that always hold, and worked examples."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import Minor
from models.totals import LinePrice, calculate, spread


def _decimals(maximum: int, places: int) -> st.SearchStrategy[Decimal]:
    whole = st.integers(0, maximum * 10**places)
    return whole.map(lambda number: Decimal(number).scaleb(-places))


prices = st.builds(
    LinePrice,
    quantity=_decimals(10**9, 6),
    unit_price=st.integers(0, 10**15).map(Minor),
    tax_rate=_decimals(100, 4),
)
lines = st.lists(prices, min_size=1, max_size=20)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@given(lines, st.fractions(0, 1))
def test_totals_always_add_up(prices: list[LinePrice], part: Fraction) -> None:
    subtotal = calculate(prices, Minor(0)).subtotal
    discount = Minor(int(subtotal * part))
    totals = calculate(prices, discount)
    assert totals.subtotal == sum(line.amount for line in totals.lines) == subtotal
    assert totals.discount == sum(line.discount for line in totals.lines) == discount
    assert totals.tax == sum(line.tax for line in totals.lines)
    assert totals.total == subtotal - discount + totals.tax
    assert totals.total >= 0


@given(lines, st.fractions(0, 1))
def test_each_line_is_rounded_half_up_once(prices: list[LinePrice], part: Fraction) -> None:
    discount = Minor(int(calculate(prices, Minor(0)).subtotal * part))
    for price, line in zip(prices, calculate(prices, discount).lines, strict=True):
        assert line.amount == _half_up(Fraction(price.quantity) * price.unit_price)
        base = line.amount - line.discount
        assert line.tax == _half_up(base * Fraction(price.tax_rate) / 100)


@given(st.lists(st.integers(0, 10**18).map(Minor), max_size=50), st.fractions(0, 1))
def test_discount_shares_are_proportional_within_one_unit(
    amounts: list[Minor], part: Fraction
) -> None:
    discount = Minor(int(sum(amounts) * part))
    shares = spread(discount, amounts)
    assert sum(shares) == discount
    for share, amount in zip(shares, amounts, strict=True):
        assert 0 <= share <= amount
        assert abs(share * sum(amounts) - discount * amount) < max(sum(amounts), 1)


@given(lines)
def test_totals_ignore_the_caller_s_decimal_context(prices: list[LinePrice]) -> None:
    expected = calculate(prices, Minor(0))
    with localcontext(prec=3, rounding="ROUND_DOWN"):
        assert calculate(prices, Minor(0)) == expected


def test_a_full_discount_leaves_no_tax() -> None:
    prices = [LinePrice(Decimal(1), Minor(n), Decimal(20)) for n in (1, 333, 4711)]
    totals = calculate(prices, Minor(5045))
    assert [line.discount for line in totals.lines] == [1, 333, 4711]
    assert (totals.tax, totals.total) == (0, 0)


@pytest.mark.parametrize(
    ("discount", "amounts", "shares"),
    [
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (100, [3333, 3333, 3334], [33, 33, 34]),
        (5, [0, 10, 0], [0, 5, 0]),
        (0, [5, 6], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_equal_remainders_go_to_the_earlier_line(
    discount: int, amounts: list[int], shares: list[int]
) -> None:
    assert spread(Minor(discount), [Minor(amount) for amount in amounts]) == shares


@pytest.mark.parametrize(
    ("quantity", "unit_price", "tax_rate", "amount", "tax"),
    [
        ("0.5", 1, "0", 1, 0),
        ("0.499999", 1, "0", 0, 0),
        ("2.5", 1, "0", 3, 0),
        ("1.5", 1, "0", 2, 0),
        ("0.000001", 500_000, "0", 1, 0),
        ("1", 10, "5", 10, 1),
        ("1", 30, "5", 30, 2),
        ("1", 9, "5", 9, 0),
        ("1", 100, "19", 100, 19),
        ("3", 3333, "7.7", 9999, 770),
        ("1", 250, "0.1999", 250, 0),
        ("1", 250, "0.2", 250, 1),
        ("1", 1, "100", 1, 1),
    ],
)
def test_half_a_unit_is_rounded_up(
    quantity: str, unit_price: int, tax_rate: str, amount: int, tax: int
) -> None:
    price = LinePrice(Decimal(quantity), Minor(unit_price), Decimal(tax_rate))
    totals = calculate([price], Minor(0))
    assert (totals.lines[0].amount, totals.lines[0].tax) == (amount, tax)
    assert totals.total == amount + tax


def test_tax_is_rounded_per_line_and_not_per_rate() -> None:
    prices = [LinePrice(Decimal(1), Minor(10), Decimal(5))] * 3
    assert calculate(prices, Minor(0)).tax == 3  # 0.5 for each; the sum, 1.5, would give 2
