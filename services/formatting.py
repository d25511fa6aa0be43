"""Money as people write it, in a language."""

import re
from functools import cache, lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern

from models.currency import EXPONENTS
from models.money import Money

DEFAULT_LANGUAGE: Final = "en"


_UNSPACED: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Where a currency's letter touches a digit: CLDR's currencySpacing, which Babel leaves out."""


@lru_cache(maxsize=10_000)
def format_money(money: Money, language: str) -> str:
    """Return e.g. "€1,234.50", with as many decimals as the currency's minor unit has."""
    locale = _locale(language)
    pattern = _pattern(locale, EXPONENTS[money.currency])
    text: str = pattern.apply(money.amount, locale, currency=money.currency, currency_digits=False)
    return _UNSPACED.sub("\N{NO-BREAK SPACE}", text)


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)


@cache
def _pattern(locale: Locale, decimals: int) -> NumberPattern:
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    return pattern
