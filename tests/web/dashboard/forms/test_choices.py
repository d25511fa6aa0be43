"""What selects offer, by name."""

from datetime import UTC, datetime
from typing import Final

import pytest

from banking.currencies import EXPONENTS
from services.common.validation import time_zones
from values.parties import COUNTRIES
from web.dashboard.forms.choices import (
    country_choices,
    currency_choices,
    language_choices,
    time_zone_choices,
)

_NOON: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_all_currencies_and_countries_are_offered_in_the_reader_s_language() -> None:
    assert {code for code, _ in currency_choices("de")} == set(EXPONENTS)
    assert {code for code, _ in country_choices("de")} == COUNTRIES
    assert dict(currency_choices("en"))["GBP"] == "British Pound (GBP)"
    names = [name for _, name in country_choices("de")]
    assert names.index("Ägypten") < names.index("Albanien") < names.index("Zypern")


def test_languages_are_offered_with_their_countries_and_the_company_s() -> None:
    offered = dict(language_choices("en", "DE", "en-IN", None))
    assert offered["de"] == "German"
    assert offered["de-AT"] == "German (Austria)"
    assert offered["en-DE"] == "English (Germany)"
    assert offered["en-IN"] == "English (India)"
    assert "en-DE" not in dict(language_choices("en", None))


@pytest.mark.parametrize(
    ("stored", "reader", "area", "name"),
    [
        ("Europe/Berlin", "de", "Europe", "Berlin (13:00, UTC+1)"),
        ("Asia/Kolkata", "de", "Asia", "Kolkata (17:30, UTC+5:30)"),
        ("America/New_York", "de", "America", "New York (07:00, UTC\N{MINUS SIGN}5)"),
        ("UTC", "en", "Other", "UTC"),
    ],
)
def test_time_zones_are_cities_with_their_present_time(
    stored: str, reader: str, area: str, name: str
) -> None:
    groups = dict(time_zone_choices(reader, stored, _NOON))
    assert dict(groups[area])[stored] == name


def test_each_offered_time_zone_can_be_stored_and_the_stored_one_is_offered() -> None:
    for stored in ("US/Pacific", "Etc/GMT+5", "Europe/Berlin"):
        values = [v for _, each in time_zone_choices("en", stored, _NOON) for v, _ in each]
        assert set(values) <= time_zones()
        assert values.count(stored) == 1
