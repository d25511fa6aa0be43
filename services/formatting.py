"""Money as people write it, in a language."""

from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern

from models.currency import EXPONENTS
from models.money import Money

DEFAULT_LANGUAGE: Final = "en"


def format_money(money: Money, language: str) -> str:
    """Return e.g. "€1,234.50", with as many decimals as the currency's minor unit has."""
    locale = _locale(language)
    pattern = _pattern(locale, EXPONENTS[money.currency])
    text: str = pattern.apply(money.amount, locale, currency=money.currency, currency_digits=False)
    return text


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
