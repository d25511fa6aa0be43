"""Electronic addresses (BT-34, BT-49): where e-invoices come from and go to.

Their schemes are those of the EAS list of the European Commission. Most countries have one for
the VAT id or the number of businesses, so an address that isn't entered follows from that.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from stdnum import ean, luhn
from stdnum.au import abn
from stdnum.be import vat as belgian_business
from stdnum.de import leitweg
from stdnum.no import orgnr as norwegian_business

from einvoices.document import Identifier
from values.parties import TaxIds

EMAIL: Final = "EM"
_LEITWEG_ID: Final = "0204"
_SCHEMES: Final = (
    "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 "
    "0183 0184 0188 0190 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 "
    "0208 0209 0210 0211 0212 0213 0215 0216 0217 0218 0219 0220 0221 0225 0230 0235 0240 9910 "
    "9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 "
    "9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 "
    "9952 9953 9957 9959 AN AQ AS AU EM "
)
SCHEMES: Final = frozenset(_SCHEMES.split())
"""The schemes of the EAS list (BR-CL-25)."""
PEPPOL_SCHEMES: Final = SCHEMES - {"0219", "0220", "AN", "AQ", "AS", "AU", EMAIL}
"""The schemes of participants in Peppol (PEPPOL-EN16931-CL008)."""
REGISTERS: Final = frozenset(f"{code:04}" for code in range(2, 241)) - {
    *("0092", "0103", "0181", "0182"),
}
"""The ICD codes of registers (ISO 6523, BR-CL-11)."""

_VAT_SCHEMES: Final[Mapping[str, str]] = {
    "AD": "9922",
    "AL": "9923",
    "AT": "9914",
    "BA": "9924",
    "BG": "9926",
    "CH": "9927",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "EE": "9931",
    "EL": "9933",
    "ES": "9920",
    "FI": "0213",
    "FR": "9957",
    "GB": "9932",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LI": "9936",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MC": "9940",
    "ME": "9941",
    "MK": "9942",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "RS": "9948",
    "SI": "9949",
    "SK": "9950",
    "SM": "9951",
    "TR": "9952",
}
"""The schemes of VAT ids by their prefix."""
_BUSINESS_NUMBERS: Final[Mapping[str, tuple[str, re.Pattern[str]]]] = {
    "BE": ("0208", re.compile(r"BE(\d{10})")),
    "DK": ("0184", re.compile(r"DK(\d{8})")),
    "NO": ("0192", re.compile(r"NO(\d{9})(?:MVA)?")),
    "SE": ("0007", re.compile(r"SE(\d{10})\d\d")),
}
"""The schemes of countries whose businesses are known by a number that is part of their VAT id."""
_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "0007": lambda number: bool(re.fullmatch(r"\d{10}", number)) and luhn.is_valid(number),
    "0088": lambda number: number.isdecimal() and ean.is_valid(number),
    "0151": lambda number: bool(re.fullmatch(r"\d{11}", number)) and abn.is_valid(number),
    "0184": lambda number: bool(re.fullmatch(r"(?:DK)?\d{8}", number)),
    "0192": lambda number: (
        bool(re.fullmatch(r"\d{9}", number)) and norwegian_business.is_valid(number)
    ),
    "0208": lambda number: (
        bool(re.fullmatch(r"\d{10}", number)) and belgian_business.is_valid(number)
    ),
}
"""The numbers whose form Peppol checks, as addresses and as registrations (PEPPOL-COMMON-R040…)."""


def electronic_address(
    tax_ids: TaxIds, *, email: str | None, reference: str | None = None
) -> Identifier | None:
    """Return a party's electronic address: the one that was entered, or what stands for it.

    That is a German authority's Leitweg-ID as the buyer's `reference`, the VAT id, or else the
    e-mail address.
    """
    if tax_ids.endpoint:
        scheme, _, value = tax_ids.endpoint.partition(":")
        return Identifier(value, scheme)
    if reference and leitweg.is_valid(reference):
        return Identifier(leitweg.compact(reference), _LEITWEG_ID)
    return _from_vat_id(tax_ids.vat_id or "") or (Identifier(email, EMAIL) if email else None)


def _from_vat_id(vat_id: str) -> Identifier | None:
    country = vat_id[:2]
    if country in _BUSINESS_NUMBERS:
        scheme, pattern = _BUSINESS_NUMBERS[country]
        match = pattern.fullmatch(vat_id)
        return Identifier(match[1], scheme) if match else None
    return Identifier(vat_id, _VAT_SCHEMES[country]) if country in _VAT_SCHEMES else None


def has_right_form(identifier: Identifier) -> bool:
    """Whether an identifier has the form that its scheme demands, as far as Peppol checks it."""
    check = _CHECKS.get(identifier.scheme or "")
    return check is None or check(identifier.value)
