"""The digits of languages: Latin ones, or Arabic-Indic ones where CLDR says that they are usual.

So Arabic has Latin digits in Morocco and in the Emirates, and Arabic-Indic ones in Egypt. Document
numbers, IBANs and other identifiers are never changed.
"""

from functools import cache
from typing import Final

from babel.numbers import get_decimal_symbol, get_group_symbol

from i18n.locales import locale_of

LATIN: Final = "latn"
_ARABIC_INDIC: Final = "arab"
_TO_LATIN: Final = str.maketrans(
    {chr(ord("\N{ARABIC-INDIC DIGIT ZERO}") + digit): str(digit) for digit in range(10)}
    | {"\N{ARABIC DECIMAL SEPARATOR}": "."}
)
_TO_ARABIC_INDIC: Final = str.maketrans(
    {str(digit): chr(ord("\N{ARABIC-INDIC DIGIT ZERO}") + digit) for digit in range(10)}
    | {"%": "\N{ARABIC PERCENT SIGN}"}
)


@cache
def numbering_system(language: str) -> str:
    """Return Babel's name of a language's digits and separators, "latn" or "arab"."""
    is_arabic_indic = locale_of(language).default_numbering_system == _ARABIC_INDIC
    return _ARABIC_INDIC if is_arabic_indic else LATIN


@cache
def decimal_symbol(language: str) -> str:
    """Return what separates decimals in `language`."""
    symbol: str = get_decimal_symbol(
        locale_of(language), numbering_system=numbering_system(language)
    )
    return symbol


@cache
def group_symbol(language: str) -> str:
    """Return what separates thousands in `language`."""
    symbol: str = get_group_symbol(locale_of(language), numbering_system=numbering_system(language))
    return symbol


def with_own_digits(text: str, language: str) -> str:
    """Return a formatted number or date with the digits of `language`."""
    if numbering_system(language) == LATIN:
        return text
    return text.translate(_TO_ARABIC_INDIC)


def with_latin_digits(text: str) -> str:
    """Return a number without groups as programs take it, with the point of English if need be."""
    return text.translate(_TO_LATIN)
