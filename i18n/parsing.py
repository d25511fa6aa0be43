"""Numbers out of what people type, in a language."""

import re
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_decimal_symbol, get_group_symbol

from i18n.locales import locale_of

_LONGEST: Final = 40
"""Characters of a number that are looked at."""
_SPACE: Final = re.compile(r"\s")
_APOSTROPHE: Final = re.compile("\N{RIGHT SINGLE QUOTATION MARK}")
_MARKS: Final = re.compile(
    "[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}"
    "\N{POP DIRECTIONAL ISOLATE}]"
)
"""They come along when a number is copied from a page in Arabic or Hebrew."""
_ARABIC: Final = ("\N{ARABIC DECIMAL SEPARATOR}", "\N{ARABIC THOUSANDS SEPARATOR}")


def parse_number(text: str, language: str) -> Decimal | None:
    """Return the number in `text`, which is not negative; None if it is none, or may be several.

    It is written as `language` does, with groups or without, or with a point for its decimals. So
    "1.234" in German may be 1234 or 1.234, and is None.
    """
    if len(text) > _LONGEST:
        return None
    plain = _plain(text)
    readings = {
        Decimal(f"{whole.replace(group, '')}.{found['decimals'] or 0}")
        for pattern, group in _notations(language)
        if (found := pattern.fullmatch(plain)) and (whole := found["whole"])
    }
    return readings.pop() if len(readings) == 1 else None


def _plain(text: str) -> str:
    """Return `text` with one kind of space and of apostrophe, and with no marks around it."""
    return _APOSTROPHE.sub("'", _SPACE.sub(" ", _MARKS.sub("", text).strip()))


@cache
def _notations(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return how a number may be written, with what parts the groups of its digits there."""
    locale = locale_of(language)
    own = (_plain_sign(get_decimal_symbol(locale)), _plain_sign(get_group_symbol(locale)))
    last, others = locale.decimal_formats[None].grouping
    found = [(re.compile(r"(?P<whole>\d+)(?:\.(?P<decimals>\d+))?"), " ")]
    for decimal, group in (own, _ARABIC):
        sign = re.escape(group)
        grouped = rf"(?!0)\d{{1,{others}}}(?:{sign}\d{{{others}}})*{sign}\d{{{last}}}"
        whole = rf"(?P<whole>\d+|{grouped})"
        pattern = re.compile(rf"{whole}(?:{re.escape(decimal)}(?P<decimals>\d+))?")
        found.append((pattern, group))
    return tuple(found)


def _plain_sign(sign: str) -> str:
    return " " if sign.isspace() else _plain(sign)
