"""Units that businesses type, as codes of e-invoices."""

from typing import Final

import pytest

from einvoices.unit_codes import UNIT_CODES
from einvoices.unit_words import _WORDS, _codes, unit_code
from i18n.translations import available_languages
from i18n.units import unit_names
from tests.einvoices.documents import e_invoice, line

_EQUIVALENTS: Final = {
    ("HAR", "H18"),  # hectares, which EN 16931 only knows as square hectometres
    ("XBX", "XCT"),  # boxes that some languages call cartons
}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("HUR", "HUR"),
        ("Stunde(n)", "HUR"),
        ("Std.", "HUR"),
        (" hours ", "HUR"),
        ("STUNDEN", "HUR"),
        ("m²", "MTK"),
        ("qm", "MTK"),
        ("㎏", "KGM"),
        ("Stk.", "H87"),
        ("STK", "H87"),
        ("psch.", "LS"),
        ("lfd.  m", "LM"),
        ("szt.", "H87"),
        ("一式", "LS"),
        ("HAR", "H18"),
        ("unit", "C62"),
        ("M", None),
        ("m", "MTR"),
        ("hur", None),
        ("load cases", None),
        ("Sack 25 kg", None),
        ("ton", None),
        ("ml", None),
        ("キロ", None),
        ("\N{ZERO WIDTH SPACE}", None),
        ("(s)", None),
        ("...", None),
    ],
)
def test_a_unit_has_the_code_that_it_means(typed: str, code: str | None) -> None:
    assert unit_code(typed) == code


def test_each_word_has_one_code_that_e_invoices_can_have() -> None:
    assert set(_WORDS) <= UNIT_CODES
    words = [word for word, _ in _codes()]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize("language", available_languages())
def test_no_name_of_a_unit_on_documents_means_another_one(language: str) -> None:
    for code, name in unit_names(language).items():
        found = {unit_code(code), unit_code(name) or unit_code(code)}
        assert found <= {code, *(to for of, to in _EQUIVALENTS if of == code)}, name
    assert {unit_code(code) for code in unit_names(language)} <= UNIT_CODES


def test_a_unit_without_a_code_stays_visible_in_the_description() -> None:
    typed = [line("1", "2.5", unit=unit) for unit in ("Sack 25 kg", "Stunden", "H87", None)]
    lines = e_invoice([*typed, line("1", unit="Kisten", description="Wein")], language="de").lines
    assert [(each.unit, each.description) for each in lines] == [
        ("C62", "Nach Aufwand\n2,5\N{NO-BREAK SPACE}Sack 25 kg"),
        ("HUR", "Nach Aufwand"),
        ("H87", "Nach Aufwand"),
        ("C62", "Nach Aufwand"),
        ("C62", "1\N{NO-BREAK SPACE}Kisten"),
    ]
