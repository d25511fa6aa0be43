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
_MARKS: Final = re.compile(
    "[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}"
    "\N{POP DIRECTIONAL ISOLATE}]"
)
"""They are part of numbers that are copied from pages in Arabic or Hebrew."""
_PLAIN: Final = str.maketrans(
    {
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{FULLWIDTH FULL STOP}": ".",
        "\N{FULLWIDTH COMMA}": ",",
        "\N{FULLWIDTH PERCENT SIGN}": "%",
        "\N{ARABIC PERCENT SIGN}": "%",
        "\N{MINUS SIGN}": "-",
        "\N{FULLWIDTH HYPHEN-MINUS}": "-",
    }
)
"""Signs for which keyboards have several characters. Digits of all scripts are read as they are."""
_COMMA: Final = re.compile(r"(?P<whole>\d+),(?P<decimals>\d+)")
_POINT: Final = re.compile(r"(?P<whole>\d+)(?:\.(?P<decimals>\d+))?")
_DECIMALS: Final = re.compile(r"(?P<whole>\d+)[.,](?P<decimals>\d+)")
"""A number without groups, if its only separator is that of the decimals."""
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

    It is read as in `language`, with or without groups: "1.234" is 1234 in German. A text that is
    no number in `language` can have a decimal point, or follow the rules of other countries, like
    "1.234,50" in English.
    """
    if len(text) > _MAX_LENGTH:
        return None
    plain = _plain(text)
    for notations in (_notations(language), (_POINT,), _ELSEWHERE):
        if readings := _readings(plain, notations):
            return readings.pop() if len(readings) == 1 else None
    return None


def parse_payment(text: str, language: str, exponent: int) -> Decimal | None:
    """Return the amount that a client wants to pay, as `parse_number` reads it.

    None also if it could be an amount a thousand times smaller: "1.234" in German is 1234 euros,
    which have two decimals, but could be 1234 or 1.234 Kuwaiti dinars, which have three. `exponent`
    is the number of the currency's decimals.
    """
    amount, plain = parse_number(text, language), _plain(text)
    other = _DECIMALS.fullmatch(plain)
    if other and len(other["decimals"]) <= exponent and _readings(plain, (_DECIMALS,)) != {amount}:
        return None
    return amount


def parse_signed(text: str, language: str) -> Decimal | None:
    """Return the number in `text` as `parse_number` does, but it may have a minus sign."""
    plain = _plain(text)
    number = parse_number(plain.removeprefix("-"), language)
    return -number if number is not None and plain.startswith("-") else number


def parse_percent(text: str, language: str) -> Decimal | None:
    """Return the number of percent in `text`, with or without a sign: "19%", "% 19" or "19"."""
    return parse_signed(_plain(text).strip("% "), language)


def has_percent_sign(text: str) -> bool:
    """Whether `text` is a share in percent."""
    return "%" in _plain(text)


def possible_numbers(text: str) -> set[Decimal]:
    """Return all numbers, at least zero, that `text` can be read as in the notations of the world.

    "1.200" is 1200 or 1.2.
    """
    if len(text) > _MAX_LENGTH:
        return set()
    return _readings(_plain(text), (*_ELSEWHERE, _POINT, _COMMA))


def _readings(plain: str, notations: Iterable[re.Pattern[str]]) -> set[Decimal]:
    matches = filter(None, (pattern.fullmatch(plain) for pattern in notations))
    return {
        Decimal(f"{_NOT_DIGIT.sub('', match['whole'])}.{match['decimals'] or 0}")
        for match in matches
    }


def _plain(text: str) -> str:
    """Return `text` with plain spaces and signs and without direction marks."""
    return _SPACE.sub(" ", _MARKS.sub("", text).strip()).translate(_PLAIN)


@cache
def _notations(language: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a number in a language."""
    locale = locale_of(language)
    separators = (
        _plain_separator(get_decimal_symbol(locale)),
        _plain_separator(get_group_symbol(locale)),
    )
    last, others = locale.decimal_formats[None].grouping
    notations = []
    for decimal, group in (separators, _ARABIC):
        separator = re.escape(group)
        grouped = rf"(?!0)\d{{1,{others}}}(?:{separator}\d{{{others}}})*{separator}\d{{{last}}}"
        whole = rf"(?P<whole>\d+|{grouped})"
        notations.append(re.compile(rf"{whole}(?:{re.escape(decimal)}(?P<decimals>\d+))?"))
    return tuple(notations)


def _plain_separator(separator: str) -> str:
    return " " if separator.isspace() else _plain(separator)
