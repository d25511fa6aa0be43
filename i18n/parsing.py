"""Parsing of numbers that people type in their language."""

import re
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_decimal_symbol, get_group_symbol

from i18n.locales import locale_of

_MAX_LENGTH: Final = 40
_SPACE: Final = re.compile(r"\s")
_APOSTROPHE: Final = re.compile("\N{RIGHT SINGLE QUOTATION MARK}")
_MARKS: Final = re.compile(
    "[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}"
    "\N{POP DIRECTIONAL ISOLATE}]"
)
"""They are part of numbers that are copied from pages in Arabic or Hebrew."""
_ARABIC: Final = ("\N{ARABIC DECIMAL SEPARATOR}", "\N{ARABIC THOUSANDS SEPARATOR}")


def parse_number(text: str, language: str) -> Decimal | None:
    """Return the number in `text`, at least zero; None if it is invalid or ambiguous.

    It can be written as in `language`, with or without groups, or with a decimal point. So "1.234"
    in German could be 1234 or 1.234, and the result is None.
    """
    if len(text) > _MAX_LENGTH:
        return None
    plain = _plain(text)
    readings = {
        Decimal(f"{whole.replace(group, '')}.{match['decimals'] or 0}")
        for pattern, group in _notations(language)
        if (match := pattern.fullmatch(plain)) and (whole := match["whole"])
    }
    return readings.pop() if len(readings) == 1 else None


def _plain(text: str) -> str:
    """Return `text` with plain spaces and apostrophes and without direction marks."""
    return _APOSTROPHE.sub("'", _SPACE.sub(" ", _MARKS.sub("", text).strip()))


@cache
def _notations(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the patterns of a number, each with its group separator."""
    locale = locale_of(language)
    separators = (
        _plain_separator(get_decimal_symbol(locale)),
        _plain_separator(get_group_symbol(locale)),
    )
    last, others = locale.decimal_formats[None].grouping
    notations = [(re.compile(r"(?P<whole>\d+)(?:\.(?P<decimals>\d+))?"), " ")]
    for decimal, group in (separators, _ARABIC):
        separator = re.escape(group)
        grouped = rf"(?!0)\d{{1,{others}}}(?:{separator}\d{{{others}}})*{separator}\d{{{last}}}"
        whole = rf"(?P<whole>\d+|{grouped})"
        pattern = re.compile(rf"{whole}(?:{re.escape(decimal)}(?P<decimals>\d+))?")
        notations.append((pattern, group))
    return tuple(notations)


def _plain_separator(separator: str) -> str:
    return " " if separator.isspace() else _plain(separator)
