"""Babel's locales of BCP 47 tags, and the languages of texts."""

from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

DEFAULT_LANGUAGE: Final = "en"
_HOMES: Final = {"pt": "pt-PT"}
"""Where a language is at home if CLDR takes another country: our Portuguese is that of Portugal."""
_SCRIPTS: Final = frozenset({"zh-Hant"})
"""Scripts with texts of their own. Babel knows the usual script of each territory."""


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of `language`, or English if Babel does not know it."""
    try:
        return Locale.parse(_HOMES.get(language, language), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)


@cache
def text_language(language: str) -> str:
    """Return the language of the texts for `language`: the same without its territory.

    For Chinese in traditional characters, as in Taiwan and Hong Kong, it is "zh-Hant".
    """
    return text_language_of(locale_of(language))


def text_language_of(locale: Locale) -> str:
    """Return the language of the texts for a locale, as `text_language` does."""
    tag = f"{locale.language}-{locale.script}"
    return tag if tag in _SCRIPTS else str(locale.language)


def direction_of(language: str) -> str:
    """Return the direction in which `language` is written, "ltr" or "rtl"."""
    direction: str = locale_of(language).text_direction
    return direction
