"""How EN 16931 codes what the portal has its own words for."""

from collections.abc import Mapping
from typing import Final

from values.taxes import TaxCategory

CATEGORY_CODES: Final[Mapping[TaxCategory, str]] = {
    TaxCategory.STANDARD: "S",
    TaxCategory.ZERO: "Z",
    TaxCategory.EXEMPT: "E",
    TaxCategory.REVERSE_CHARGE: "AE",
    TaxCategory.INTRA_COMMUNITY: "K",
    TaxCategory.EXPORT: "G",
    TaxCategory.OUT_OF_SCOPE: "O",
}
"""The VAT categories (UNTDID 5305)."""

REASON_CODES: Final[Mapping[TaxCategory, str]] = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}
"""Why no tax is charged (BT-121), where the category says so."""

DISCOUNT: Final = "95"
"""The reason of an allowance (UNTDID 5189)."""

_COUNTRIES: Final[Mapping[str, str]] = {"XK": "1A"}


def country_code(country: str | None) -> str | None:
    """Return the code of a country in e-invoices, which have one of their own for Kosovo."""
    return _COUNTRIES.get(country, country) if country else None
