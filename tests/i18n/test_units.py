"""Quantities with their units, in the words of each language."""

from decimal import Decimal

import pytest

from i18n.translations import available_languages
from i18n.units import format_quantity, unit_names


@pytest.mark.parametrize(
    ("quantity", "unit", "language", "text"),
    [
        ("16", "HUR", "en", "16 hours"),
        ("1", "HUR", "de", "1 Stunde"),
        ("3", "DAY", "pl", "3 dni"),
        ("1.5", "DAY", "fr", "1,5 jour"),
        ("51", "MTK", "en", "51 m²"),
        ("7000.125", "KWH", "de", "7.000,125 kWh"),
        ("0.123456", "LTR", "en", "0.123456 L"),
        ("12345", "MWH", "en", "12,345 MWh"),
        ("1", "H87", "en", "1 pc"),
        ("40", "H87", "de", "40 Stk."),
        ("2", "XPX", "pl", "2 palety"),
        ("40", "C62", "en", "40"),
        ("40.500000", None, "de", "40,5"),
        ("2", "Sack 25 kg", "de", "2 Sack 25 kg"),
        ("2", "%(num)s", "en", "2 %(num)s"),
        ("-2", "HUR", "en", "\N{MINUS SIGN}2 hours"),
        ("-2", "Paar", "de", "\N{MINUS SIGN}2 Paar"),
        ("16", "HUR", "ar", "16 ساعة"),
        ("1", "HUR", "ar", "1 ساعة"),
        ("2", "DAY", "ar", "2 يوم"),
        ("2", "DAY", "cs", "2 dny"),
        ("1.5", "DAY", "cs", "1,5 dne"),
        ("5", "XPX", "cs", "5 palet"),
    ],
)
def test_a_quantity_is_written_with_its_unit(
    quantity: str, unit: str | None, language: str, text: str
) -> None:
    written = format_quantity(Decimal(quantity), unit, language)
    assert written.replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize("language", available_languages())
@pytest.mark.parametrize("quantity", ["1", "2", "3", "11", "100", "0.5", "-1"])
def test_a_figure_is_always_there(language: str, quantity: str) -> None:
    for unit in unit_names(language):
        written = format_quantity(Decimal(quantity), unit, language)
        assert quantity.lstrip("-0.") in written, unit
        assert unit not in written, unit


def test_units_to_choose_from_have_different_names() -> None:
    names = unit_names("en")
    assert (names["HUR"], names["KGM"], names["H87"]) == ("hours", "kilograms", "pcs")
    assert len(set(names.values())) == len(names)
