"""Account numbers: the IBAN (ISO 13616) and the BIC (ISO 9362)."""

import re
from typing import Final

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum import numdb
from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError

from errors import BadInput, Text

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+", re.ASCII)
_LENGTHS: Final = re.compile(r"(\d+)!")
"""The lengths in a structure of the IBAN registry: 8 and 10 in "8!n10!n"."""
_SWISS_COUNTRIES: Final = frozenset({"CH", "LI"})
_QR_IIDS: Final = range(30000, 32000)
"""The bank codes of QR-IBANs (Swiss Implementation Guidelines QR-bill, 3.5)."""
_MASK: Final = "…"


def clean_iban(value: str | None, field: str = "iban") -> str | None:
    """Return an IBAN without spaces, or None if nothing was typed.

    Raises BadInput, which names what is wrong. National check digits and lists of banks aren't
    looked at, because the lists change.
    """
    iban = stdnum_iban.compact(value or "")
    if not iban:
        return None
    if not _IBAN.fullmatch(iban):
        raise BadInput(Text("Enter an IBAN, like DE89 3704 0044 0532 0130 00."), field=field)
    country = iban[:2]
    structure = numdb.get("iban").info(iban)[0][1].get("bban")
    if structure is None:
        raise BadInput(
            Text("There are no IBANs that start with %(country)s.", country=country), field=field
        )
    length = 4 + sum(map(int, _LENGTHS.findall(structure)))
    if len(iban) != length:
        raise BadInput(
            Text(
                "IBANs that start with %(country)s have %(length)s characters. This one has"
                " %(count)s.",
                country=country,
                length=length,
                count=len(iban),
            ),
            field=field,
        )
    # 00, 01 and 99 leave the same remainder as the digits that ISO 13616 calculates.
    if iban[2:4] != stdnum_iban.calc_check_digits(iban):
        raise BadInput(
            Text("The check digits don't match. Look for a mistyped or swapped character."),
            field=field,
        )
    try:
        return stdnum_iban.validate(iban, check_country=False)
    except ValidationError:
        raise BadInput(
            Text(
                "Some letters and digits of this IBAN are in the wrong place for %(country)s.",
                country=country,
            ),
            field=field,
        ) from None


def clean_bic(value: str | None, field: str = "bic") -> str | None:
    """Return a BIC without spaces, or None if nothing was typed. Raises BadInput."""
    bic = stdnum_bic.compact(value or "")
    if not bic:
        return None
    try:
        return stdnum_bic.validate(bic)
    except InvalidLength:
        raise BadInput(
            Text("A BIC has 8 or 11 characters. This one has %(count)s.", count=len(bic)),
            field=field,
        ) from None
    except InvalidComponent:
        raise BadInput(
            Text(
                "The fifth and sixth characters of a BIC are a country code."
                " %(country)s isn't one.",
                country=bic[4:6],
            ),
            field=field,
        ) from None
    except ValidationError:
        raise BadInput(Text("Enter a BIC, like COBADEFFXXX."), field=field) from None


def is_swiss(iban: str) -> bool:
    """Return whether the account is in Switzerland or Liechtenstein."""
    return iban[:2] in _SWISS_COUNTRIES


def is_qr_iban(iban: str) -> bool:
    """Return whether an IBAN only takes payments with a Swiss QR reference."""
    return is_swiss(iban) and int(iban[4:9]) in _QR_IIDS


def grouped(code: str) -> str:
    """Return an IBAN or a reference in groups of four, as people read it."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def masked(iban: str) -> str:
    """Return the first four and the last four characters of an IBAN: enough to recognise it."""
    return f"{iban[:4]} {_MASK} {iban[-4:]}"
