"""Formatting of money, dates and numbers in a language."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Context, Decimal
from functools import cache, lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_interval, format_skeleton, get_timezone_name
from babel.dates import format_time as babel_time
from babel.numbers import NumberPattern, format_decimal, parse_pattern
from babel.numbers import format_percent as babel_percent

from banking.currencies import EXPONENTS
from i18n.digits import LATIN, numbering_system, with_own_digits
from i18n.locales import direction_of, locale_of
from values.money import Money, to_text

_EXACT: Final = Context(prec=60)
"""Enough digits for any amount."""
_GROUP: Final = 3
"""Digits between separators, where there are separators."""
_MISSING_SPACE: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Between a currency's letter and a digit: CLDR's currencySpacing, which Babel does not apply."""

_HYPHEN: Final = re.compile("\N{LEFT-TO-RIGHT MARK}?-")
"""The minus sign of CLDR's number formats."""

_SAMPLE: Final = re.compile(
    r"(?P<before>\D*)1(?P<group>\D*)234(?P=group)567(?P<point>\D*?)(?P<fraction>9*)(?P<after>\D*)"
)
"""1,234,567.99 with its currency."""

_UNSPACED: Final = frozenset({"ja", "zh"})
"""Languages without spaces, where a long period would break within a day."""


def format_money(money: Money, language: str) -> str:
    """Return an amount with the currency's decimals, for example "€1,234.50"."""
    return format_minor(money.minor, money.currency, language)


@lru_cache(maxsize=10_000)
def format_minor(minor: int, currency: str, language: str) -> str:
    """Return an amount in minor units as `format_money` does."""
    return format_exact(to_text(minor, currency), currency, language)


@lru_cache(maxsize=10_000)
def format_price(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount in the currency's main unit with all its decimals, for example "€0.1648".

    It has at least as many decimals as the currency.
    """
    return format_exact(to_price(amount, currency), currency, language)


def to_price(amount: Decimal, currency: str) -> str:
    """Return an amount as `with_decimals` does, but as text: "0.1648". Zero has no sign."""
    text = str(amount or 0)
    whole, _, fraction = (format(amount, "f") if "E" in text else text).partition(".")
    fraction = fraction.rstrip("0").ljust(EXPONENTS[currency], "0")
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=10_000)
def format_exact(amount: str, currency: str, language: str) -> str:
    """Return an amount in the main unit, such as "1234.50", with the decimals that it has."""
    whole, _, fraction = amount.partition(".")
    shape = _shape(currency, language, len(fraction))
    if shape is None or whole.startswith("-"):
        price = _format_price(Decimal(amount), currency, language, len(fraction))
        return with_own_digits(price, language)
    point = shape.point if fraction else ""
    text = f"{shape.before}{_grouped(whole, shape.group)}{point}{fraction}{shape.after}"
    return with_own_digits(text, language)


def _grouped(whole: str, group: str) -> str:
    return f"{int(whole):,}".replace(",", group) if len(whole) > _GROUP else whole


def _format_price(amount: Decimal, currency: str, language: str, decimals: int) -> str:
    """Return an amount with ASCII digits and the separators of the language."""
    locale = locale_of(language)
    pattern = _pattern(locale, decimals)
    text: str = pattern.apply(
        amount,
        locale,
        currency=currency,
        currency_digits=False,
        numbering_system=numbering_system(language),
    )
    return with_minus_sign(_MISSING_SPACE.sub("\N{NO-BREAK SPACE}", text), language)


class _Shape(NamedTuple):
    """How amounts are written in a language, if it is with groups of three ASCII digits."""

    before: str
    group: str
    point: str
    after: str


@cache
def _shape(currency: str, language: str, decimals: int) -> _Shape | None:
    """Return the shape of amounts that aren't negative, read from one that Babel has formatted.

    Babel takes ten times as long for each amount.
    """
    sample = Decimal(1234567) + Decimal("0.999999").quantize(
        Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN
    )
    found = _SAMPLE.fullmatch(_format_price(sample, currency, language, decimals))
    if found is None or len(found["fraction"]) != decimals:
        return None
    return _Shape(found["before"], found["group"], found["point"], found["after"])


def with_minus_sign(number: str, language: str) -> str:
    """Return a formatted number with a minus sign, as wide as digits, instead of a hyphen.

    In right-to-left text it stays to the left of Latin digits, and comes before Arabic-Indic ones,
    to their right, as CLDR has it.
    """
    mark = ""
    if direction_of(language) == "rtl":
        is_latin = numbering_system(language) == LATIN
        mark = "\N{LEFT-TO-RIGHT MARK}" if is_latin else "\N{ARABIC LETTER MARK}"
    return _HYPHEN.sub(f"{mark}\N{MINUS SIGN}", number)


def with_decimals(amount: Decimal, currency: str) -> Decimal:
    """Return the same amount with the currency's decimals, or more where it needs them."""
    least = Decimal(1).scaleb(-EXPONENTS[currency])
    if amount == amount.quantize(least, context=_EXACT):
        return amount.quantize(least, context=_EXACT)
    return amount.normalize(context=_EXACT)


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


@cache
def _pattern(locale: Locale, decimals: int) -> NumberPattern:
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    return pattern


def format_amount(money: Money, language: str) -> str:
    """Return an amount as people type it, without groups and currency, for example "1234.50"."""
    return format_plain(money.amount, money.currency, language)


def format_plain(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount in the main unit as people type it, with all its decimals: "0.1648"."""
    pattern = "0." + "0" * _decimals(with_decimals(amount, currency))
    text: str = format_decimal(
        amount,
        pattern.rstrip("."),
        locale=locale_of(language),
        numbering_system=numbering_system(language),
    )
    return with_own_digits(text, language)


@lru_cache(maxsize=2_000)
def format_date(day: date, language: str) -> str:
    """Return a long date, for example "November 30, 2026"."""
    return with_own_digits(babel_date(day, "long", locale=locale_of(language)), language)


@lru_cache(maxsize=2_000)
def format_short_date(day: date, language: str) -> str:
    """Return a short date, for example "Nov 30, 2026"."""
    return with_own_digits(babel_date(day, "medium", locale=locale_of(language)), language)


@lru_cache(maxsize=2_000)
def format_period(first: date, last: date | None, language: str) -> str:
    """Return a period in short, for example "2-20 Nov 2026"; one day if `last` is None."""
    locale = locale_of(language)
    if last is None or last == first:
        return with_own_digits(format_skeleton("yMMMd", first, locale=locale), language)
    skeleton = "yMd" if locale.language in _UNSPACED else "yMMMd"
    return with_own_digits(format_interval(first, last, skeleton, locale=locale), language)


def format_instant(instant: datetime, language: str, time_zone: str) -> str:
    """Return a date and time in an IANA time zone: "Nov 30, 2026, 2:05 PM CET"."""
    return _format_minute(_minute_of(instant), language, time_zone)


def format_brief(instant: datetime, now: datetime, language: str, time_zone: str) -> str:
    """Return what tells an instant of the past from others: "2:05 PM" today, and else a day."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return _format_brief_minute(_minute_of(instant), today, language, time_zone)


@lru_cache(maxsize=10_000)
def _format_brief_minute(instant: datetime, today: date, language: str, time_zone: str) -> str:
    local, locale = instant.astimezone(ZoneInfo(time_zone)), locale_of(language)
    if local.date() == today:
        text: str = babel_time(local, "short", locale=locale)
    elif local.year == today.year:
        text = format_skeleton("MMMd", local, locale=locale)
    else:
        return format_short_date(local.date(), language)
    return with_own_digits(text, language)


def _minute_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


@lru_cache(maxsize=10_000)
def _format_minute(instant: datetime, language: str, time_zone: str) -> str:
    local, locale = instant.astimezone(ZoneInfo(time_zone)), locale_of(language)
    time: str = babel_time(local, "short", locale=locale)
    zone: str = get_timezone_name(local, "short", locale=locale)
    return with_own_digits(f"{format_short_date(local.date(), language)}, {time} {zone}", language)


def without_trailing_zeros(value: Decimal) -> Decimal:
    """Return `value` with only the decimals that it needs."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def to_number(value: Decimal) -> str:
    """Return a number as `without_trailing_zeros` does, but as text: "1.5"."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=2_000)
def format_number(number: Decimal, language: str) -> str:
    """Return a number with the decimals that it needs, for example "1,234.5"."""
    number = without_trailing_zeros(number)
    text: str = format_decimal(
        number,
        locale=locale_of(language),
        decimal_quantization=False,
        numbering_system=numbering_system(language),
    )
    return with_own_digits(text, language)


@lru_cache(maxsize=2_000)
def format_decimals(number: Decimal, language: str) -> str:
    """Return a number with all the decimals that it has, for example "1,200.50"."""
    text: str = format_decimal(
        number,
        f"#,##0.{'0' * _decimals(number)}",
        locale=locale_of(language),
        numbering_system=numbering_system(language),
    )
    return with_own_digits(text, language)


def format_count(count: int, language: str) -> str:
    """Return a number of things, for example "1,234"."""
    return format_number(Decimal(count), language)


@lru_cache(maxsize=2_000)
def format_percent(number: Decimal, language: str) -> str:
    """Return a number of percent with the decimals that it needs, for example "7.7%"."""
    text: str = babel_percent(
        without_trailing_zeros(number).scaleb(-2),
        locale=locale_of(language),
        decimal_quantization=False,
        numbering_system=numbering_system(language),
    )
    return with_own_digits(with_minus_sign(text, language), language)
