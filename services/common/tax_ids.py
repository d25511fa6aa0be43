"""VAT ids and other numbers that identify a business. python-stdnum knows their check digits."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from stdnum.ch import uid as swiss_business
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidFormat, ValidationError
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat

from errors import BadInput, Text
from i18n.addresses import Country
from services.common.validation import clean_optional

MAX_ID_LENGTH: Final = 50
_EXAMPLES: Final[Mapping[str, str]] = {
    "AT": "ATU13585627",
    "BE": "BE0428759497",
    "BG": "BG175074752",
    "CHE": "CHE-107.787.577 MWST",
    "CY": "CY10259033P",
    "CZ": "CZ25123891",
    "DE": "DE136695976",
    "DK": "DK13585628",
    "EE": "EE100594102",
    "EL": "EL094259216",
    "ES": "ESB64717838",
    "FI": "FI20774740",
    "FR": "FR23334175221",
    "GB": "GB980780684",
    "HR": "HR33392005961",
    "HU": "HU12892312",
    "IE": "IE6433435F",
    "IT": "IT00743110157",
    "LT": "LT119511515",
    "LU": "LU15027442",
    "LV": "LV40003521600",
    "MT": "MT11679112",
    "NL": "NL004495445B01",
    "NO": "NO995525828MVA",
    "PL": "PL8567346215",
    "PT": "PT501964843",
    "RO": "RO18547290",
    "SE": "SE123456789701",
    "SI": "SI50223054",
    "SK": "SK2022749619",
    "T": "T7000012050002",
    "XI": "XI980780684",
}
"""A valid VAT id for each prefix that is checked."""
_PREFIXES: Final[Mapping[str, str]] = {"CH": "CHE", "GR": "EL", "JP": "T", "LI": "CHE"}
"""The prefix where it isn't the country's code."""
_COUNTRIES: Final[Mapping[str, str]] = {"CHE": "CH", "EL": "GR", "T": "JP"}
_SEPARATORS: Final = re.compile(r"[\s./-]+")
_JAPANESE: Final = re.compile(r"T[0-9]{13}")
"""The registration number of a qualified invoice issuer. It has no known check digits."""
_LOOKS_LIKE_VAT_ID: Final = re.compile(
    rf"{_JAPANESE.pattern}|"
    rf"(?:{'|'.join(prefix for prefix in _EXAMPLES if prefix != 'T')})"
    r"[0-9A-Z]?[0-9A-Z]?[0-9]{5,}[A-Z]{0,4}[0-9]{0,2}"
)
_ENDPOINT: Final = re.compile(r"(?:[0-9]{4}|A[NQSU]|EM):[!-~]+")
"""An electronic address: a scheme of the EAS list (EN 16931 BT-34-1), and the identifier."""
_REGISTER: Final = re.compile(r"[0-9]{4}")


def clean_vat_id(value: str | None, field: str, country: str | None) -> str | None:
    """Return a VAT id without spaces and with its prefix, or None if nothing was typed.

    A prefix that was left out is that of `country`. Ids of countries whose rules aren't known are
    returned as they were typed. Raises BadInput, which says what is expected.
    """
    text = clean_optional(value, field, most=MAX_ID_LENGTH)
    if text is None:
        return None
    compact = _compact(text)
    prefix = _prefix_of(compact)
    if prefix is None:
        prefix = _PREFIXES.get(country or "", country or "")
        if prefix not in _EXAMPLES or not compact[-1:].isalnum():
            return text
        compact = prefix + compact
    try:
        return _CHECKS.get(prefix, _check_eu)(compact)
    except ValidationError as error:
        raise BadInput(_explain(error, prefix), field=field) from None


def split_tax_id(tax_id: str | None) -> dict[str, str | None]:
    """Return the columns for a number of which nobody said whether it is a VAT id.

    One that looks like a VAT id isn't called a tax number, even if its check digits are wrong.
    """
    compact = _compact(tax_id or "")
    if not _LOOKS_LIKE_VAT_ID.fullmatch(compact):
        return {"vat_id": None, "tax_number": tax_id}
    try:
        return {"vat_id": clean_vat_id(tax_id, "taxId", None), "tax_number": None}
    except BadInput:
        return {"vat_id": compact, "tax_number": None}


def clean_endpoint(value: str | None, field: str) -> str | None:
    """Return an electronic address, or None if nothing was typed. Raises BadInput."""
    endpoint = clean_optional(value, field, most=100)
    if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
        raise BadInput(
            Text("Enter a scheme of the EAS list and an identifier, like 0088:4012345000009."),
            field=field,
        )
    return endpoint


def clean_register(value: str | None, field: str) -> str | None:
    """Return the ICD code of a register, or None if nothing was typed. Raises BadInput."""
    code = clean_optional(value, field, most=MAX_ID_LENGTH)
    if code is not None and not _REGISTER.fullmatch(code):
        raise BadInput(Text("Enter an ICD code of four digits, like 0002 for SIREN."), field=field)
    return code


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text).upper()


def _prefix_of(compact: str) -> str | None:
    """Return the prefix whose rules an id without separators follows, or None."""
    if compact.startswith("CHE"):
        return "CHE"
    if _JAPANESE.fullmatch(compact):
        return "T"
    prefix = _PREFIXES.get(compact[:2], compact[:2])
    return prefix if prefix in _EXAMPLES else None


def _check_eu(compact: str) -> str:
    vat_id: str = eu_vat.validate(compact)
    return f"EL{vat_id[2:]}" if vat_id.startswith("GR") else vat_id


def _check_swiss(compact: str) -> str:
    """Return the id of a Swiss business, with or without the word for VAT behind it."""
    if compact[-1:].isdigit():
        number: str = swiss_business.validate(compact)
        return number
    vat_id: str = swiss_vat.validate(compact)
    return vat_id


def _check_british(compact: str) -> str:
    return f"GB{british_vat.validate(compact.removeprefix('GB'))}"


def _check_norwegian(compact: str) -> str:
    number = compact.removeprefix("NO").removesuffix("MVA")
    return f"NO{norwegian_vat.validate(f'{number}MVA')}"


def _check_japanese(compact: str) -> str:
    if not _JAPANESE.fullmatch(compact):
        raise InvalidFormat
    return compact


_CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "CHE": _check_swiss,
    "GB": _check_british,
    "NO": _check_norwegian,
    "T": _check_japanese,
}
"""The checks of ids that aren't those of the EU and Northern Ireland."""


def _explain(error: ValidationError, prefix: str) -> Text:
    country: object = Country(_COUNTRIES.get(prefix, prefix))
    if prefix == "XI":
        country = Text("Northern Ireland")
    values = {"example": _EXAMPLES[prefix], "country": country}
    if isinstance(error, InvalidChecksum):
        return Text(
            "There is a typo in this VAT ID: its check digits are wrong. Enter one like"
            " %(example)s (%(country)s).",
            **values,
        )
    return Text(
        "This isn't a valid VAT ID. Enter one like %(example)s (%(country)s).",
        **values,
    )
