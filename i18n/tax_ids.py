"""What VAT ids and tax numbers are called: each by its own name, never by the other's."""

import re
from collections.abc import Mapping
from typing import Final

from i18n.locales import text_language
from i18n.translations import translations_for
from values.parties import TaxIds

_VAT_ID_NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("ar", "AE"): "رقم التسجيل الضريبي",
    ("ar", "SA"): "الرقم الضريبي",
    ("cs", "SK"): "IČ DPH",
    ("de", "AT"): "UID-Nr.",
    ("de", "CH"): "MWST-Nr.",
    ("de", "LI"): "MWST-Nr.",
    ("en", "AE"): "TRN",
    ("en", "AU"): "ABN",
    ("en", "CA"): "GST/HST no.",
    ("en", "GB"): "VAT number",
    ("en", "IN"): "GSTIN",
    ("en", "JP"): "Registration number",
    ("en", "NZ"): "GST number",
    ("en", "SG"): "GST registration no.",
    ("es", "MX"): "RFC",
    ("fr", "CA"): "No de TPS/TVH",
    ("it", "CH"): "N. IVA",
    ("ja", "JP"): "登録番号",
    ("nl", "NL"): "BTW-id",
    ("pl", "PL"): "NIP",
    ("pt", "PT"): "NIF",
    ("zh", "CN"): "纳税人识别号",
    ("zh", "TW"): "统一编号",
    ("zh-Hant", "CN"): "納稅人識別號",
    ("zh-Hant", "TW"): "統一編號",
}
"""Names of VAT ids in a language where a country has its own."""
_TAX_NUMBER_NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("cs", "CZ"): "IČO",
    ("cs", "SK"): "DIČ",
    ("en", "BR"): "CNPJ/CPF",
    ("en", "US"): "Tax ID",
    ("es", "ES"): "NIF",
    ("es", "MX"): "RFC",
    ("fr", "FR"): "SIREN/SIRET",
    ("ja", "JP"): "法人番号",
    ("pl", "PL"): "NIP",
    ("pt", "BR"): "CNPJ/CPF",
    ("pt", "PT"): "NIF",
    ("zh", "CN"): "统一社会信用代码",
    ("zh", "HK"): "商业登记号码",
    ("zh", "TW"): "统一编号",
    ("zh-Hant", "CN"): "統一社會信用代碼",
    ("zh-Hant", "HK"): "商業登記號碼",
    ("zh-Hant", "TW"): "統一編號",
}
"""The same of tax numbers."""
_SWISS: Final = re.compile(r"CHE(\d{3})(\d{3})(\d{3})(MWST|TVA|IVA|TPV)?")
_JAPANESE: Final = re.compile(r"T\d{13}")


def format_tax_ids(tax_ids: TaxIds, country: str | None, language: str) -> list[str]:
    """Return a party's VAT id and tax number with their names in `language`.

    For example "USt-IdNr.: DE136695976". `country` is the party's, or None if that is unknown.
    """
    _ = translations_for(language).gettext
    if country is None and _JAPANESE.fullmatch(tax_ids.vat_id or ""):
        country = "JP"
    place = text_language(language), country or ""
    names = (
        _VAT_ID_NAMES.get(place) or _("VAT ID"),
        _TAX_NUMBER_NAMES.get(place) or _("Tax number"),
    )
    values = (tax_ids.vat_id and format_vat_id(tax_ids.vat_id), tax_ids.tax_number)
    return [
        _("%(label)s: %(value)s") % {"label": label, "value": value}
        for label, value in zip(names, values, strict=True)
        if value
    ]


def format_vat_id(vat_id: str) -> str:
    """Return a stored VAT id as it is printed: Swiss ones with their separators."""
    swiss = _SWISS.fullmatch(vat_id)
    if swiss is None:
        return vat_id
    first, second, third, suffix = swiss.groups()
    return f"CHE-{first}.{second}.{third}{f' {suffix}' if suffix else ''}"
