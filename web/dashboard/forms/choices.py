"""What selects offer: languages, currencies, countries and time zones, by their names.

The names are in the language of whoever reads them. Browsers find an option by its first letters.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import format_time, get_timezone_location
from babel.languages import get_official_languages

from banking.currencies import EXPONENTS
from core.search_texts import searchable
from i18n.locales import locale_of, text_language_of
from i18n.translations import available_languages
from services.common.validation import time_zones
from values.parties import COUNTRIES

Choices: TypeAlias = Sequence[tuple[str, str]]
"""Pairs of a value and its name."""
Groups: TypeAlias = Sequence[tuple[str, Choices]]
"""Names of groups, each with its choices."""

_AREAS: Final = {
    "Africa": "Africa",
    "America": "America",
    "Antarctica": "Antarctica",
    "Arctic": "Europe",
    "Asia": "Asia",
    "Atlantic": "Atlantic",
    "Australia": "Australia and Pacific",
    "Europe": "Europe",
    "Indian": "Indian Ocean",
    "Pacific": "Australia and Pacific",
}
"""The groups of time zones, by how their names begin."""
_UTC: Final = "UTC"


@cache
def currency_choices(language: str) -> Choices:
    """Return the currencies, such as ("EUR", "Euro (EUR)"), sorted by name."""
    names = locale_of(language).currencies
    return _sorted((code, f"{names.get(code, code)} ({code})") for code in EXPONENTS)


@cache
def country_choices(language: str) -> Choices:
    """Return the countries, such as ("DE", "Germany"), sorted by name."""
    names = locale_of(language).territories
    return _sorted((code, names.get(code, code)) for code in COUNTRIES)


def language_choices(reader: str, country: str | None, *stored: str | None) -> Choices:
    """Return languages with and without their countries, such as ("de-AT", "German (Austria)").

    Each is offered for the countries in which it is official, and for the company's `country`, so
    that a business in Berlin can write in English with German formats. What is `stored` is offered,
    too. The names are in the language `reader`.
    """
    own = [f"{language}-{country}" for language in available_languages()] if country else []
    tags = {*_official_tags(), *own, *filter(None, stored)}
    return _sorted((tag, language_name(tag, reader)) for tag in tags)


def language_name(tag: str, reader: str) -> str:
    """Return the name of a language, such as "German (Austria)"."""
    return locale_of(tag).get_display_name(locale_of(reader)) or tag


@cache
def _official_tags() -> frozenset[str]:
    """Return the languages with texts, alone and with the countries in which they are official."""
    texts = frozenset(available_languages())
    tags = set(texts)
    for country in COUNTRIES:
        for language in get_official_languages(country, de_facto=True):
            tag = f"{language.replace('_', '-')}-{country}"
            locale = locale_of(tag)
            if locale.territory == country and text_language_of(locale) in texts:
                tags.add(tag)
    return frozenset(tags)


def time_zone_choices(reader: str, stored: str, now: datetime) -> Groups:
    """Return the time zones by city, such as "Berlin (2:32 PM, UTC+1)", in groups by area.

    `stored` is offered even if it is another name of one of them.
    """
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    return _time_zone_groups(reader, stored, minute)


@lru_cache(64)
def _time_zone_groups(reader: str, stored: str, now: datetime) -> Groups:
    groups: dict[str, list[tuple[str, str]]] = {}
    times: dict[timedelta, str] = {}
    meant = get_global("zone_aliases").get(stored, stored)
    for zone, area, city in _cities(reader):
        here = now.astimezone(ZoneInfo(zone))
        offset = here.utcoffset() or timedelta()
        if offset not in times:
            times[offset] = (
                f"{format_time(here, 'short', locale=locale_of(reader))}, {_utc(offset)}"
            )
        value = stored if zone == meant else zone
        groups.setdefault(area, []).append((value, f"{city} ({times[offset]})"))
    values = {value for choices in groups.values() for value, _ in choices}
    others = [zone for zone in (stored, _UTC) if zone not in values]
    named = [(zone, zone.replace("_", " ")) for zone in dict.fromkeys(others)]
    return [*sorted(groups.items()), ("Other", named)]


@cache
def _cities(reader: str) -> Sequence[tuple[str, str, str]]:
    """Return zones with their area and city, sorted by city."""
    known = time_zones()
    cities = []
    for zone in get_global("zone_territories"):
        area, _, place = zone.partition("/")
        if zone not in known or area not in _AREAS:
            continue
        city = get_timezone_location(zone, locale=locale_of(reader), return_city=True)
        if "/" in city:
            city = place.rpartition("/")[2].replace("_", " ")
        cities.append((zone, _AREAS[area], city))
    return sorted(cities, key=lambda each: searchable(each[2]))


def _utc(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "\N{MINUS SIGN}" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def _sorted(choices: Iterable[tuple[str, str]]) -> Choices:
    return sorted(choices, key=lambda choice: searchable(choice[1]))
