"""Payment references: what a transfer says so that the business finds the invoice."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from stdnum import iso7064
from stdnum.ch import esr

from banking.accounts import grouped, is_qr_iban

_MAX_CREDITOR_REFERENCE: Final = 21
"""Characters after the check digits (ISO 11649)."""
_MAX_QR_REFERENCE: Final = 26
"""Digits before the check digit (Swiss Implementation Guidelines QR-bill, 3.6.1)."""
_DIGEST_DIGITS: Final = 15


class ReferenceType(StrEnum):
    """The standard of a reference. The values are those of Swiss QR codes."""

    CREDITOR = "SCOR"
    """ISO 11649: "RF", two check digits and up to 21 letters and digits."""
    SWISS_QR = "QRR"
    """27 digits, the last of which is a check digit."""
    NONE = "NON"
    """The document's number as it is."""


@dataclass(frozen=True, slots=True)
class PaymentReference:
    """A reference, without spaces unless it is a document's number."""

    type: ReferenceType
    value: str

    @property
    def formatted(self) -> str:
        """The reference in groups, as people read it."""
        match self.type:
            case ReferenceType.CREDITOR:
                return grouped(self.value)
            case ReferenceType.SWISS_QR:
                return esr.format(self.value)
            case ReferenceType.NONE:
                return self.value


def payment_reference(number: str, iban: str | None) -> PaymentReference:
    """Return the reference with which the document `number` is paid to `iban`.

    It is always the same for the same number. Letters and digits of the number stay readable, other
    ASCII characters are left out. If the number is too long or has letters that references can't
    have, digits are derived from it instead.
    """
    if iban is None:
        return PaymentReference(ReferenceType.NONE, number)
    if is_qr_iban(iban):
        return PaymentReference(ReferenceType.SWISS_QR, _qr_reference(number))
    return PaymentReference(ReferenceType.CREDITOR, _creditor_reference(number))


def _creditor_reference(number: str) -> str:
    """Return a reference of ISO 11649."""
    content = _letters_and_digits(number)
    if not 1 <= len(content) <= _MAX_CREDITOR_REFERENCE:
        content = _digest_of(number)
    return f"RF{iso7064.mod_97_10.calc_check_digits(f'{content}RF')}{content}"


def _qr_reference(number: str) -> str:
    """Return a QR reference, in which each letter is two digits: A is 10, Z is 35."""
    content = "".join(str(int(char, 36)) for char in _letters_and_digits(number))
    if not 1 <= len(content.lstrip("0")) <= _MAX_QR_REFERENCE:
        content = _digest_of(number)
    digits = content.lstrip("0").zfill(_MAX_QR_REFERENCE)
    return f"{digits}{esr.calc_check_digit(digits)}"


def _letters_and_digits(number: str) -> str:
    """Return the letters and digits of a number as capitals; nothing if some aren't ASCII."""
    chars = "".join(char for char in number if char.isalnum())
    return chars.upper() if chars.isascii() else ""


def _digest_of(number: str) -> str:
    """Return digits that differ from those of other numbers, as good as always."""
    return str(int(sha256(number.casefold().encode()).hexdigest(), 16))[:_DIGEST_DIGITS]
