"""Amounts as text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.currencies import EXPONENTS
from i18n.digits import with_own_digits
from i18n.formatting import (
    _decimals,
    _format_price,
    format_money,
    format_price,
    to_number,
    to_price,
    with_decimals,
    without_trailing_zeros,
)
from values.money import Minor, Money

_LANGUAGES = [
    "en",
    "de",
    "de-CH",
    "fr",
    "es",
    "pl",
    "pt-PT",
    "ar",
    "ar-EG",
    "fa",
    "hi",
    "ja",
    "sv",
    "en-IN",
]
_AMOUNTS = st.decimals(-(10**15), 10**15, places=6, allow_nan=False)


@given(
    amount=_AMOUNTS, currency=st.sampled_from([*EXPONENTS]), language=st.sampled_from(_LANGUAGES)
)
def test_amounts_are_written_as_babel_writes_them(
    amount: Decimal, currency: str, language: str
) -> None:
    decimals = _decimals(with_decimals(amount, currency))
    expected = _format_price(amount, currency, language, decimals)
    assert format_price(amount, currency, language) == with_own_digits(expected, language)


@given(
    minor=st.integers(-(2**63), 2**63 - 1),
    currency=st.sampled_from([*EXPONENTS]),
    language=st.sampled_from(_LANGUAGES),
)
def test_money_is_formatted_as_its_decimal_amount(minor: int, currency: str, language: str) -> None:
    money = Money(Minor(minor), currency)
    assert format_money(money, language) == format_price(money.amount, currency, language)


@given(amount=_AMOUNTS, currency=st.sampled_from([*EXPONENTS]))
def test_texts_of_numbers_are_those_of_their_decimals(amount: Decimal, currency: str) -> None:
    assert to_price(amount, currency) == format(with_decimals(amount, currency), "f")
    assert to_number(amount) == format(without_trailing_zeros(amount), "f")


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.000000", "0"), ("0E-10", "0"), ("0.0000001", "0.0000001"), ("1E+3", "1000"), ("-2", "-2")],
)
def test_texts_of_numbers_have_no_exponent(value: str, text: str) -> None:
    assert to_number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("1234567.1648", "EUR", "de", "1.234.567,1648\N{NO-BREAK SPACE}€"),
        ("1234567", "JPY", "en", "¥1,234,567"),
        ("12345678", "INR", "hi", "₹1,23,45,678.00"),
        ("-5", "USD", "en", "\N{MINUS SIGN}$5.00"),
    ],
)
def test_amounts_have_the_groups_and_signs_of_their_language(
    amount: str, currency: str, language: str, text: str
) -> None:
    assert format_price(Decimal(amount), currency, language) == text
