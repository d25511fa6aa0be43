"""The texts of documents' numbers: what they may be, and the formats that they follow."""

import re
import unicodedata
from datetime import date
from typing import Final

from errors import BadInput, Text
from services.common.invisible import without_invisible
from services.common.validation import clean, clean_optional

MAX_NUMBER_LENGTH: Final = 64
_MAX_SEQUENCE: Final = 10**12 - 1
"""More than a company can issue. Numbers up to it have at most `MAX_NUMBER_LENGTH` characters."""
_PLACEHOLDER: Final = re.compile(r"\{(?:year|month|seq(?::([1-9]))?)\}")


def number_key(number: str) -> str:
    """Return the form in which numbers are unique: regardless of case (Unicode 3.13, D145)."""
    return unicodedata.normalize("NFC", number.casefold())


def number_keys(number: str) -> tuple[str, str]:
    """Return the keys that a document with this number can have.

    Version 0.2.0 allowed numbers that differ in case only. When it was upgraded, the later one of
    two got the second key.
    """
    return number_key(number), f"{number}\n2"


def render_number(number_format: str, sequence: int, issue_date: date) -> str:
    """Return the number that `number_format` gives to the document at `sequence`."""

    def value(match: re.Match[str]) -> str:
        match match[0]:
            case "{year}":
                return f"{issue_date.year:04d}"
            case "{month}":
                return f"{issue_date.month:02d}"
            case _:
                return f"{sequence:0{match[1] or 1}d}"

    return _PLACEHOLDER.sub(value, number_format)


def clean_number(number: str | None) -> str | None:
    """Return a number that can end a link's path, or None if none was entered. Raises BadInput.

    It has only characters that can be seen, so that no two numbers look the same because of others.
    """
    number = clean_optional(without_invisible(number or ""), "number", most=MAX_NUMBER_LENGTH)
    if number is not None and (number in {".", ".."} or _looks_like_a_pdf(number)):
        raise BadInput(Text("The number can't be only dots or end in .pdf."), field="number")
    return number


def clean_format(number_format: str, field: str, *, restarts_yearly: bool) -> str:
    """Return a format by which each number is valid and differs from the others.

    Raises BadInput for `field`.
    """
    cleaned = clean(without_invisible(number_format), field, most=MAX_NUMBER_LENGTH)
    placeholders = [match[0] for match in _PLACEHOLDER.finditer(cleaned)]
    rest = _PLACEHOLDER.sub("", cleaned)
    if "{" in rest or "}" in rest:
        raise BadInput(Text("Use only {year}, {month}, {seq} and {seq:5} in braces."), field=field)
    if sum(each.startswith("{seq") for each in placeholders) != 1:
        raise BadInput(Text("The format needs {seq} once, for example INV-{seq:5}."), field=field)
    if restarts_yearly and "{year}" not in placeholders:
        raise BadInput(
            Text("Numbers that start again each year need {year}, for example INV-{year}-{seq:4}."),
            field=field,
        )
    if _looks_like_a_pdf(cleaned):
        raise BadInput(Text("The format can't end in .pdf."), field=field)
    if len(render_number(cleaned, _MAX_SEQUENCE, date.max)) > MAX_NUMBER_LENGTH:
        raise BadInput(
            Text(
                "Use a shorter format: a number has at most %(most)s characters.",
                most=MAX_NUMBER_LENGTH,
            ),
            field=field,
        )
    return cleaned


def _looks_like_a_pdf(number: str) -> bool:
    """Return whether its page in a portal would have the address of another number's PDF."""
    return number.lower().endswith(".pdf")
