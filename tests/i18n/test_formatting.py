"""Amounts as text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.formatting import _decimals, _format_price, format_price, with_decimals
from models.currencies import EXPONENTS

_LANGUAGES = ["en", "de", "de-CH", "fr", "es", "pl", "pt-PT", "ar", "fa", "hi", "ja", "sv", "en-IN"]
_AMOUNTS = st.decimals(-(10**15), 10**15, places=6, allow_nan=False)


@given(
    amount=_AMOUNTS, currency=st.sampled_from([*EXPONENTS]), language=st.sampled_from(_LANGUAGES)
)
def test_amounts_are_written_as_babel_writes_them(
    amount: Decimal, currency: str, language: str
) -> None:
    decimals = _decimals(with_decimals(amount, currency))
    expected = _format_price(amount, currency, language, decimals)
    assert format_price(amount, currency, language) == expected


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
