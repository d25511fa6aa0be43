"""Parsing of typed numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.currencies import EXPONENTS
from i18n.formatting import format_amount, format_number, format_percent, format_plain
from i18n.parsing import (
    has_percent_sign,
    parse_number,
    parse_payment,
    parse_percent,
    parse_signed,
)
from i18n.translations import available_languages
from values.money import MAX_AMOUNT, Minor, Money

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
        ("1.200", "de", "1200"),
        ("1.200", "en", "1.2"),
        ("1,200", "en", "1200"),
        ("1,200", "de", "1.2"),
        ("12.345", "es", "12345"),
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
        ("1'200.50", "en", "1200.50"),
        ("１２００．５０", "en", "1200.50"),
        ("１，２００．５０", "ja", "1200.50"),
        ("١٬٢٠٠٫٥٠", "en", "1200.50"),
    ],
)
def test_numbers_from_elsewhere_are_parsed_where_they_can_mean_one_thing_only(
    text: str, language: str, number: str
) -> None:
    assert parse_number(text, language) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "language"),
    [
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
def test_invalid_numbers_are_rejected(text: str, language: str) -> None:
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
    text = format_amount(money, language)
    assert parse_number(text, language) == money.amount
    assert parse_payment(text, language, EXPONENTS[currency]) == money.amount


@pytest.mark.parametrize(
    ("text", "language", "exponent", "amount"),
    [
        ("1.234", "de", 0, "1234"),
        ("1.234", "de", 2, "1234"),
        ("1.234", "de", 3, None),
        ("1.234,000", "de", 3, "1234"),
        ("1.234.567", "de", 3, "1234567"),
        ("1,234", "de", 3, "1.234"),
        ("1234", "de", 3, "1234"),
        ("1,234", "en", 2, "1234"),
        ("1,234", "en", 3, None),
        ("1.234", "en", 3, "1.234"),
        ("1,50", "en", 2, "1.50"),
        ("1.50", "de", 3, "1.50"),
        ("a lot", "en", 2, None),
    ],
)
def test_a_payment_that_could_be_a_thousand_times_smaller_is_ambiguous(
    text: str, language: str, exponent: int, amount: str | None
) -> None:
    expected = None if amount is None else Decimal(amount)
    assert parse_payment(text, language, exponent) == expected


@given(
    units=st.integers(min_value=-MAX_AMOUNT, max_value=MAX_AMOUNT),
    decimals=st.integers(min_value=0, max_value=6),
    language=_languages,
)
def test_formatted_numbers_parse_to_the_same_number(
    units: int, decimals: int, language: str
) -> None:
    number = Decimal(units).scaleb(-decimals)
    assert parse_signed(format_number(number, language), language) == number
    assert parse_signed(format_plain(number, "EUR", language), language) == number


@given(hundredths=st.integers(min_value=0, max_value=10_000), language=_languages)
def test_formatted_percentages_parse_to_the_same_number(hundredths: int, language: str) -> None:
    percent = Decimal(hundredths).scaleb(-2)
    text = format_percent(percent, language)
    assert has_percent_sign(text)
    assert parse_percent(text, language) == percent


@pytest.mark.parametrize(
    "text", ["19", "19%", "19 %", " 19\N{NO-BREAK SPACE}%", "%19", "١٩٪", "１９％"]
)
def test_a_percentage_can_have_a_sign(text: str) -> None:
    assert parse_percent(text, "en") == Decimal(19)


@pytest.mark.parametrize(
    "text", ["-5.5", "- 5.5", "\N{MINUS SIGN}5.5", "\N{LEFT-TO-RIGHT MARK}-5.5"]
)
def test_a_number_can_have_a_minus_sign(text: str) -> None:
    assert parse_signed(text, "en") == Decimal("-5.5")


@given(
    text=st.text("0123456789.,' -٠١٫٬\N{NARROW NO-BREAK SPACE}", max_size=12), language=_languages
)
def test_any_text_parses_to_a_number_or_none(text: str, language: str) -> None:
    number = parse_number(text, language)
    assert number is None or (number.is_finite() and number >= 0)
