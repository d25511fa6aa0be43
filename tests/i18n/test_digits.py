"""Numbers and dates have the digits that are usual in their country."""

from datetime import date
from decimal import Decimal

import pytest

from i18n.digits import decimal_symbol, with_latin_digits
from i18n.formatting import (
    format_amount,
    format_date,
    format_money,
    format_number,
    format_percent,
    format_period,
    format_short_date,
)
from i18n.parsing import parse_number
from i18n.relative_times import describe_due_date
from i18n.units import format_quantity
from values.money import Minor, Money

_DAY = date(2026, 11, 30)
_RLM, _ALM = "\N{RIGHT-TO-LEFT MARK}", "\N{ARABIC LETTER MARK}"
_SPACE, _MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


def test_egypt_has_arabic_indic_digits() -> None:
    language = "ar-EG"
    assert format_money(Money(Minor(123450), "EUR"), language) == f"{_RLM}١٬٢٣٤٫٥٠{_SPACE}€"
    assert format_money(Money(Minor(-500), "EUR"), language) == f"{_RLM}{_ALM}{_MINUS}٥٫٠٠{_SPACE}€"
    assert format_amount(Money(Minor(123450), "EUR"), language) == "١٢٣٤٫٥٠"
    assert with_latin_digits(format_amount(Money(Minor(123450), "EUR"), language)) == "1234.50"
    assert format_number(Decimal("1234.5"), language) == "١٬٢٣٤٫٥"
    assert format_percent(Decimal("7.7"), language) == "٧٫٧٪"
    assert format_date(_DAY, language) == "٣٠ نوفمبر ٢٠٢٦"
    assert format_short_date(_DAY, language) == f"٣٠{_RLM}/١١{_RLM}/٢٠٢٦"
    assert format_period(_DAY, date(2026, 12, 2), language) == "٣٠ نوفمبر – ٢ ديسمبر ٢٠٢٦"
    assert format_quantity(Decimal("1.5"), "HUR", language) == f"١٫٥{_SPACE}ساعة"
    assert describe_due_date(_DAY, date(2026, 11, 20), language) == "مستحقة خلال ١٠ أيام"


@pytest.mark.parametrize(
    ("language", "amount", "separator"),
    [
        ("ar", "1234.50", "."),
        ("ar-AE", "1234.50", "."),
        ("ar-MA", "1234,50", ","),
        ("ar-EG", "١٢٣٤٫٥٠", "٫"),
        ("ar-SA", "١٢٣٤٫٥٠", "٫"),
    ],
)
def test_digits_are_those_of_the_country(language: str, amount: str, separator: str) -> None:
    assert format_amount(Money(Minor(123450), "EUR"), language) == amount
    assert decimal_symbol(language) == separator


@pytest.mark.parametrize("text", ["١٢٣٤٫٥٠", "١٬٢٣٤٫٥٠", "1234.50", "1,234.50", "١٢٣٤.٥"])
def test_either_digits_can_be_typed(text: str) -> None:
    assert parse_number(text, "ar-EG") == Decimal("1234.5")
