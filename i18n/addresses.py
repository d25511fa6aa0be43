"""Postal addresses as each country writes them."""

import re
from collections.abc import Mapping
from typing import Final, Self

from i18n.locales import DEFAULT_LANGUAGE, locale_of
from values.parties import Party, PostalAddress

_STREET_FIRST: Final = "A|Z C|S"
"""A line each: street, postal code and city, region. Most countries write addresses so."""
_ORDERS: Final = {
    "A|C|Z": "FK GB GG GS IM IO JE KE LK PN SD SH SZ TC VG",
    "A|C|S|Z": "EG IE KR RU UA ZA",
    "A|C Z": "BH BM BN BT IL JO KH LB LS MT MV NP NZ PK SA SG",
    "A|C S Z": "AS AU CA CC CX FM GU MH MP NF PR PW UM VI",
    "A|C, S Z": "BB JP SO TW US",
    "A|C, S, Z": "CO HN IQ",
    "A|C - S|Z": "BR",
    "A|C S|Z": "CU",
    "A|C Z|S": "IN NG PE",
    "A|C|S Z": "ID MN TH VN",
    "A|C, Z": "MM",
    "A|C Z, S": "VE",
    "A|S, C|Z": "CR",
    "A|Z C S": "ES IT UY",
    "A|Z C, S": "MX",
    "A|Z C/S": "TR",
    "A|Z S C": "RO",
    "A|Z|C": "AL EC OM",
    "C|A|Z": "HU",
    "Z|S|C|A": "KP KZ",
    "A|C|S, Z": "CN",
    "A|C|S": "HK",
}
"""The order of street (A), city (C), region (S) and postal code (Z), and who uses it.

Lines are separated by a bar. Those of East Asia are for Latin letters. From the formats of Google's
address data service and of the UPU's postal addressing systems, without the prefixes and capitals
that only matter to post offices.
"""
_ORDER_OF: Final[Mapping[str, str]] = {
    country: order for order, countries in _ORDERS.items() for country in countries.split()
}
_EAST_ASIAN: Final[Mapping[str, str]] = {
    "CN": "Z|SC|A",
    "HK": "SC|A",
    "JP": "Z|SC|A",
    "KR": "S C|A|Z",
    "TW": "Z|SC|A",
}
"""The order in the country's own script: from the largest part to the smallest."""
_EAST_ASIAN_SCRIPT: Final = re.compile(r"[\u1100-\u11ff\u3040-\u9fff\uac00-\ud7a3]")
_POSTAL_MARK: Final = "〒"
"""What Japanese write before a postal code."""


def format_address(address: PostalAddress, language: str, *, home: str | None = None) -> str:
    """Return the address with line breaks, and the country's name in `language` at the end.

    The name is left out if the country is `home`, the code of the country it is sent from.
    """
    parts = {
        "A": "\n".join(address.lines),
        "C": address.city or "",
        "S": _region(address),
        "Z": address.postal_code or "",
    }
    order = _ORDER_OF.get(address.country or "", _STREET_FIRST)
    local_order = _EAST_ASIAN.get(address.country or "")
    if local_order and _EAST_ASIAN_SCRIPT.search("".join(parts.values())):
        order = local_order
        if address.country == "JP" and parts["Z"]:
            parts["Z"] = _POSTAL_MARK + parts["Z"].removeprefix(_POSTAL_MARK)
    lines = [_line(line, parts) for line in order.split("|")]
    lines += [parts[name] for name in parts if name not in order]
    if address.country and address.country != home:
        lines.append(country_name(address.country, language))
    return "\n".join(line for line in lines if line)


def party_address(party: Party, language: str, *, home: str | None = None) -> str | None:
    """Return a party's address with line breaks, whether it is known in parts or not.

    Its country is named unless it is `home`, that of the document's other party.
    """
    if party.address is None:
        return party.free_address
    return format_address(party.address, language, home=home)


class Country(str):
    """A country's name in English, for texts that name it in other languages, by its `code`."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str) -> Self:
        """Return the country with an ISO 3166-1 code."""
        country = super().__new__(cls, country_name(code, DEFAULT_LANGUAGE))
        country.code = code
        return country


def country_name(code: str, language: str) -> str:
    """Return the name of a country in `language`, or its code if it has no name there."""
    name: str = locale_of(language).territories.get(code, code)
    return name


def _region(address: PostalAddress) -> str:
    """Return the region, unless it is the city itself, as in Berlin, Dubai and Geneva."""
    region = address.region or ""
    return "" if region.casefold() == (address.city or "").casefold() else region


def _line(order: str, parts: Mapping[str, str]) -> str:
    """Return the parts that are known, with what `order` has before each but the first."""
    line = separator = ""
    for piece in re.split("([ACSZ])", order):
        if piece not in parts:
            separator = piece
        elif parts[piece]:
            line += (separator if line else "") + parts[piece]
            separator = ""
    return line
