"""Babel's locales of BCP 47 tags."""

from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

DEFAULT_LANGUAGE: Final = "en"


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of `language`, or English if Babel does not know it."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)


def direction_of(language: str) -> str:
    """Return the direction in which `language` is written, "ltr" or "rtl"."""
    direction: str = locale_of(language).text_direction
    return direction
