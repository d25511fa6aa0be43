"""From a BCP 47 tag to what Babel knows of it."""

from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

DEFAULT_LANGUAGE: Final = "en"


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of `language`, or English for one that nobody knows."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)


def direction_of(language: str) -> str:
    """Return in which direction `language` is written: "ltr" or "rtl"."""
    direction: str = locale_of(language).text_direction
    return direction
