"""The Swiss QR-bill: Swiss Implementation Guidelines QR-bill 2.3, with structured addresses."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from banking.accounts import grouped, is_swiss
from banking.references import PaymentReference, ReferenceType

CURRENCIES: Final = frozenset({"CHF", "EUR"})
MIN_AMOUNT: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal("999999999.99")
_MAX_NAME: Final = 70
_MAX_STREET: Final = 70
_MAX_BUILDING: Final = 16
_MAX_POSTAL_CODE: Final = 16
_MAX_TOWN: Final = 35
_MAX_MESSAGE: Final = 140
_WITH_BUILDING: Final = re.compile(
    r"(?!(?i:p\.? ?o\.? ?box|postfach|case postale|casella postale))"
    r"(?P<street>[^,]*[^\W\d][^,]*?) (?P<building>\d[\w/-]{0,15})"
)
"""A street with its house number at the end: "Am Markt 12a". That of a PO box isn't one."""
_COUNTRY_PREFIX: Final = re.compile(r"[A-Z]{1,2}-(?=\d)")
"""As in "CH-8000", which codes must not have."""
_PLAIN: Final = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u2212": "-",
        "\u1e9e": "SS",
    }
)
"""Plain forms of frequent characters that QR-bills can't have."""


@dataclass(frozen=True, slots=True)
class QrBillParty:
    """The creditor or the debtor, in characters and lengths that QR-bills allow."""

    name: str
    street: str
    building: str
    postal_code: str
    town: str
    country: str

    def lines(self, *, with_street: bool = True) -> list[str]:
        """Return the lines that are printed on the slip."""
        country = "" if is_swiss(self.country) else f"{self.country}-"
        street = f"{self.street} {self.building}".strip() if with_street else ""
        town = f"{country}{self.postal_code} {self.town}"
        return [line for line in (self.name, street, town) if line]

    @property
    def elements(self) -> list[str]:
        """The elements of the code, with the type of a structured address."""
        return [
            *("S", self.name, self.street, self.building),
            *(self.postal_code, self.town, self.country),
        ]


@dataclass(frozen=True, slots=True)
class SwissQrBill:
    """What a payment slip shows and its code contains."""

    iban: str
    creditor: QrBillParty
    debtor: QrBillParty | None
    """None if the slip has an empty field for name and address instead."""
    amount: Decimal
    currency: str
    reference: PaymentReference
    message: str

    @property
    def account(self) -> str:
        """The IBAN in groups of four."""
        return grouped(self.iban)

    @property
    def payload(self) -> str:
        """The content of the QR code, in UTF-8 (4.2.2)."""
        nobody = [""] * 7
        return "\n".join(
            [
                *("SPC", "0200", "1", self.iban),
                *self.creditor.elements,
                *nobody,  # the ultimate creditor, for future use
                *(f"{self.amount:.2f}", self.currency),
                *(self.debtor.elements if self.debtor else nobody),
                *(self.reference.type.value, self.reference.value),
                *(self.message, "EPD"),
            ]
        )


def swiss_qr_bill(
    *,
    iban: str,
    creditor: QrBillParty | None,
    debtor: QrBillParty | None,
    reference: PaymentReference,
    amount: Decimal,
    currency: str,
    message: str,
) -> SwissQrBill | None:
    """Return the payment slip, or None if there can't be one.

    It needs CHF or EUR, an account in Switzerland or Liechtenstein, and the creditor's address.
    """
    if (
        not is_swiss(iban)
        or currency not in CURRENCIES
        or not MIN_AMOUNT <= amount <= MAX_AMOUNT
        or reference.type is ReferenceType.NONE
        or creditor is None
    ):
        return None
    return SwissQrBill(
        iban=iban,
        creditor=creditor,
        debtor=debtor,
        amount=amount,
        currency=currency,
        reference=reference,
        message=_cut(_latin(message) or "", _MAX_MESSAGE),
    )


def qr_bill_party(
    *,
    name: str,
    street_lines: Sequence[str],
    postal_code: str | None,
    town: str | None,
    country: str | None,
) -> QrBillParty | None:
    """Return a party in the characters that QR-bills allow.

    None if the name, postal code, town or country is missing, or is written in another script.
    What is too long is cut.
    """
    written = [_latin(text or "") for text in (name, postal_code, town, country)]
    if not all(written):
        return None
    name, code, place, land = map(str, written)
    street, building = _split(", ".join(filter(None, map(_latin, street_lines))))
    return QrBillParty(
        name=_cut(name, _MAX_NAME),
        street=_cut(street, _MAX_STREET),
        building=_cut(building, _MAX_BUILDING),
        postal_code=_cut(_COUNTRY_PREFIX.sub("", code, count=1), _MAX_POSTAL_CODE),
        town=_cut(place, _MAX_TOWN),
        country=land,
    )


def _split(street: str) -> tuple[str, str]:
    """Return the street and the house number; all in the street if there is none at its end."""
    match = _WITH_BUILDING.fullmatch(street)
    return (match["street"], match["building"]) if match else (street, "")


def _latin(text: str) -> str | None:
    """Return text in the characters that QR-bills allow (4.1.1), on one line.

    Signs that they don't allow are left out. None if that would be a letter or a digit.
    """
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    written = "".join(char if _is_allowed(char) else _decomposed(char) for char in plain)
    if any(char.isalnum() and not _is_allowed(char) for char in written):
        return None
    return " ".join("".join(filter(_is_allowed, written)).split())


def _decomposed(char: str) -> str:
    """Return a character's parts that can be written, for example "e" for "ẽ"."""
    if char.isspace():
        return " "
    parts = unicodedata.normalize("NFKD", char)
    return "".join(filter(_is_allowed, parts)) or char


def _is_allowed(char: str) -> bool:
    return (
        "\u0020" <= char <= "\u007e"
        or "\u00a0" <= char <= "\u017f"
        or "\u0218" <= char <= "\u021b"
        or char == "\u20ac"
    )


def _cut(text: str, most: int) -> str:
    return text[:most].strip()
