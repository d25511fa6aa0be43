"""VAT ids and tax numbers are called by their own names."""

import pytest

from i18n.tax_ids import format_tax_ids, format_vat_id
from values.parties import TaxIds

_BOTH = TaxIds(vat_id="DE136695976", tax_number="75/123/45678")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("de", ["USt-IdNr.: DE136695976", "Steuernummer: 75/123/45678"]),
        ("de-DE", ["USt-IdNr.: DE136695976", "Steuernummer: 75/123/45678"]),
        ("en", ["VAT ID: DE136695976", "Tax number: 75/123/45678"]),
        ("fr", ["N° de TVA : DE136695976", "N° fiscal : 75/123/45678"]),
        ("es", ["NIF-IVA: DE136695976", "Número fiscal: 75/123/45678"]),
        ("pl", ["Numer VAT: DE136695976", "Numer podatkowy: 75/123/45678"]),
        ("ar", ["رقم ضريبة القيمة المضافة: DE136695976", "الرقم الضريبي: 75/123/45678"]),
        ("it", ["Partita IVA: DE136695976", "Codice fiscale: 75/123/45678"]),
        (
            "ja",
            ["VAT番号\N{FULLWIDTH COLON}DE136695976", "納税者番号\N{FULLWIDTH COLON}75/123/45678"],
        ),
        ("nl", ["BTW-nummer: DE136695976", "Fiscaal nummer: 75/123/45678"]),
        ("pt", ["Número de IVA: DE136695976", "Número fiscal: 75/123/45678"]),
        ("cs", ["DIČ: DE136695976", "Daňové číslo: 75/123/45678"]),
    ],
)
def test_each_number_has_its_own_name(language: str, lines: list[str]) -> None:
    assert format_tax_ids(_BOTH, "DE", language) == lines
    assert format_tax_ids(TaxIds(vat_id=_BOTH.vat_id), None, language) == lines[:1]
    assert format_tax_ids(TaxIds(tax_number=_BOTH.tax_number), None, language) == lines[1:]
    assert format_tax_ids(TaxIds(), "DE", language) == []


@pytest.mark.parametrize(
    ("language", "country", "vat_id", "line"),
    [
        ("de", "AT", "ATU13585627", "UID-Nr.: ATU13585627"),
        ("de", "CH", "CHE107787577MWST", "MWST-Nr.: CHE-107.787.577 MWST"),
        ("en", "GB", "GB980780684", "VAT number: GB980780684"),
        ("en", "AU", "51 824 753 556", "ABN: 51 824 753 556"),
        ("en", "IN", "27AAPFU0939F1ZV", "GSTIN: 27AAPFU0939F1ZV"),
        ("es", "ES", "ESB64717838", "NIF-IVA: ESB64717838"),
        ("it", "CH", "CHE107787577IVA", "N. IVA: CHE-107.787.577 IVA"),
        ("it", "IT", "IT00743110157", "Partita IVA: IT00743110157"),
        ("ja", "JP", "T7000012050002", "登録番号\N{FULLWIDTH COLON}T7000012050002"),
        ("ja", None, "T7000012050002", "登録番号\N{FULLWIDTH COLON}T7000012050002"),
        ("nl", "BE", "BE0428759497", "BTW-nummer: BE0428759497"),
        ("nl", "NL", "NL004495445B01", "BTW-id: NL004495445B01"),
        ("pl", "PL", "PL8567346215", "NIP: PL8567346215"),
        ("pt", "PT", "PT501964843", "NIF: PT501964843"),
        ("cs", "CZ", "CZ25123891", "DIČ: CZ25123891"),
        ("cs", "SK", "SK2022749619", "IČ DPH: SK2022749619"),
        ("zh", "CN", "91110000600037341L", "纳税人识别号\N{FULLWIDTH COLON}91110000600037341L"),
        ("zh-TW", "TW", "04595257", "統一編號\N{FULLWIDTH COLON}04595257"),
        ("ar", "AE", "100123456700003", "رقم التسجيل الضريبي: 100123456700003"),
    ],
)
def test_countries_have_their_own_names(
    language: str, country: str | None, vat_id: str, line: str
) -> None:
    assert format_tax_ids(TaxIds(vat_id=vat_id), country, language) == [line]


def test_swiss_ids_are_printed_with_separators() -> None:
    assert format_vat_id("CHE107787577") == "CHE-107.787.577"
    assert format_vat_id("CHE107787577TVA") == "CHE-107.787.577 TVA"
