"""Babel's locales of BCP 47 tags."""

from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

DEFAULT_LANGUAGE: Final = "en"
_HOMES: Final = {"pt": "pt-PT"}
"""Where a language is at home if CLDR takes another country: our Portuguese is that of Portugal."""


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of `language`, or English if Babel does not know it."""
    try:
        return Locale.parse(_HOMES.get(language, language), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)


def direction_of(language: str) -> str:
    """Return the direction in which `language` is written, "ltr" or "rtl"."""
    direction: str = locale_of(language).text_direction
    return direction
