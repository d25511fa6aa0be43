"""Parsing of typed numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.formatting import format_amount, format_number
from i18n.parsing import parse_number
from i18n.translations import available_languages
from models.currencies import EXPONENTS
from models.money import MAX_AMOUNT, Minor, Money

_TERRITORIES = ["de-AT", "de-CH", "en-IN", "fr-CH", "es-MX", "ar-EG", "ar-MA"]
_languages = st.sampled_from([*available_languages(), *_TERRITORIES])


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("1234.5", "en", "1234.5"),
        ("1,234.50", "en", "1234.50"),
        ("0.5", "en", "0.5"),
        ("  7 ", "en", "7"),
        ("1,23,456", "en-IN", "123456"),
        ("1234,50", "de", "1234.50"),
        ("1234.50", "de", "1234.50"),
        ("1.234,50", "de", "1234.50"),
        ("1.234.567", "de", "1234567"),
        ("0.500", "de", "0.5"),
        ("1234.500", "es", "1234.5"),
        ("1 234,50", "fr", "1234.50"),
        ("1\N{NARROW NO-BREAK SPACE}234,50", "fr", "1234.50"),
        ("1\N{NO-BREAK SPACE}234,50", "pl", "1234.50"),
        ("1’234.50", "de-CH", "1234.50"),
        ("1'234.50", "de-CH", "1234.50"),
        ("١٢٣٤٫٥٠", "ar", "1234.50"),
        ("١٬٢٣٤٫٥٠", "ar", "1234.50"),
        ("\N{RIGHT-TO-LEFT MARK}1,234.50\N{ARABIC LETTER MARK}", "ar", "1234.50"),
    ],
)
def test_numbers_are_parsed_as_in_their_language(text: str, language: str, number: str) -> None:
    assert parse_number(text, language) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("12,50", "en", "12.50"),
        ("1 234.50", "en", "1234.50"),
        ("9 655,20", "en", "9655.20"),
        ("1.234,50", "en", "1234.50"),
        ("1.234.567", "en", "1234567"),
        ("1,234.50", "de", "1234.50"),
        ("1'234,5", "fr", "1234.5"),
    ],
)
def test_numbers_from_elsewhere_are_parsed_where_they_can_mean_one_thing_only(
    text: str, language: str, number: str
) -> None:
    assert parse_number(text, language) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1.234", "de"),
        ("12.345", "es"),
        ("100.000", "de"),
        ("1,23,456", "en"),
        ("01,234", "en"),
        ("1,234,5", "en"),
        ("1.5.5", "en"),
        ("1.234.5", "de"),
        ("1.", "en"),
        (".5", "en"),
        ("", "en"),
        (" ", "en"),
        ("-1", "en"),
        ("+1", "en"),
        ("1e3", "en"),
        ("NaN", "en"),
        ("Infinity", "en"),
        ("0x10", "en"),
        ("1_000", "en"),
        ("²", "en"),
        ("€5", "en"),
        ("5 EUR", "en"),
        ("1" * 41, "en"),
    ],
)
def test_invalid_and_ambiguous_numbers_are_rejected(text: str, language: str) -> None:
    assert parse_number(text, language) is None


@given(
    minor=st.integers(min_value=0, max_value=MAX_AMOUNT),
    currency=st.sampled_from(sorted(EXPONENTS)),
    language=_languages,
)
def test_prefilled_amounts_parse_to_the_same_amount(
    minor: int, currency: str, language: str
) -> None:
    money = Money(Minor(minor), currency)
    assert parse_number(format_amount(money, language), language) == money.amount


@given(minor=st.integers(min_value=0, max_value=MAX_AMOUNT), language=_languages)
def test_formatted_numbers_never_parse_to_another_number(minor: int, language: str) -> None:
    amount = Decimal(minor).scaleb(-2)
    assert parse_number(format_number(amount, language), language) in {amount, None}


@given(
    text=st.text("0123456789.,' -٠١٫٬\N{NARROW NO-BREAK SPACE}", max_size=12), language=_languages
)
def test_any_text_parses_to_a_number_or_none(text: str, language: str) -> None:
    number = parse_number(text, language)
    assert number is None or (number.is_finite() and number >= 0)
