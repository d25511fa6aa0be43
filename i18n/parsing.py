"""Parsing of numbers that people type in their language."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_decimal_symbol, get_group_symbol

from i18n.locales import locale_of

_MAX_LENGTH: Final = 40
_SPACE: Final = re.compile(r"\s")
_NOT_DIGIT: Final = re.compile(r"\D")
_APOSTROPHE: Final = re.compile("\N{RIGHT SINGLE QUOTATION MARK}")
_MARKS: Final = re.compile(
    "[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}"
    "\N{POP DIRECTIONAL ISOLATE}]"
)
"""They are part of numbers that are copied from pages in Arabic or Hebrew."""
_ARABIC: Final = ("\N{ARABIC DECIMAL SEPARATOR}", "\N{ARABIC THOUSANDS SEPARATOR}")
_ELSEWHERE: Final = tuple(
    re.compile(
        rf"(?P<whole>\d+|(?!0)\d{{1,3}}([{groups}])\d{{3}}(?:\2\d{{3}})*)"
        rf"(?:{decimal}(?P<decimals>\d\d?|\d{{4,}}))?"
    )
    for decimal, groups in ((",", ". '"), (r"\.", ", '"))
)
"""The usual notations of the world. Three digits behind a comma could be a group."""


def parse_number(text: str, language: str) -> Decimal | None:
    """Return the number in `text`, at least zero; None if it is invalid or ambiguous.

    It can be written as in `language`, with or without groups, or with a decimal point. So "1.234"
    in German could be 1234 or 1.234, and the result is None. A text that is no number in `language`
    may follow the rules of other countries, like "1.234,50" in English.
    """
    if len(text) > _MAX_LENGTH:
        return None
    plain = _plain(text)
    readings = _readings(plain, _notations(language)) or _readings(plain, _ELSEWHERE)
    return readings.pop() if len(readings) == 1 else None


def _readings(plain: str, notations: Iterable[re.Pattern[str]]) -> set[Decimal]:
    matches = filter(None, (pattern.fullmatch(plain) for pattern in notations))
    return {
        Decimal(f"{_NOT_DIGIT.sub('', match['whole'])}.{match['decimals'] or 0}")
        for match in matches
    }


def _plain(text: str) -> str:
    """Return `text` with plain spaces and apostrophes and without direction marks."""
    return _APOSTROPHE.sub("'", _SPACE.sub(" ", _MARKS.sub("", text).strip()))


@cache
def _notations(language: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a number in a language."""
    locale = locale_of(language)
    separators = (
        _plain_separator(get_decimal_symbol(locale)),
        _plain_separator(get_group_symbol(locale)),
    )
    last, others = locale.decimal_formats[None].grouping
    notations = [re.compile(r"(?P<whole>\d+)(?:\.(?P<decimals>\d+))?")]
    for decimal, group in (separators, _ARABIC):
        separator = re.escape(group)
        grouped = rf"(?!0)\d{{1,{others}}}(?:{separator}\d{{{others}}})*{separator}\d{{{last}}}"
        whole = rf"(?P<whole>\d+|{grouped})"
        notations.append(re.compile(rf"{whole}(?:{re.escape(decimal)}(?P<decimals>\d+))?"))
    return tuple(notations)


def _plain_separator(separator: str) -> str:
    return " " if separator.isspace() else _plain(separator)
