"""Days and amounts in words, on the company's calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime
from unittest.mock import patch
from uuid import uuid4

import pytest

from auth.staff import Staff, system_actor
from web.dashboard.home.words import ago, currency_name, day_of, due_of, since_day, title_of_day

_TODAY = date(2026, 11, 28)  # a Saturday


@pytest.fixture
def auckland() -> Staff:
    """Return staff in a zone whose day begins eleven hours before, or more."""
    return replace(system_actor(uuid4(), "Test"), time_zone="Pacific/Auckland")


@pytest.mark.parametrize(
    ("instant", "day", "since", "days"),
    [
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "today", "today", "today"),
        (datetime(2026, 11, 27, 10, tzinfo=UTC), "yesterday", "yesterday", "yesterday"),
        (datetime(2026, 11, 23, 0, tzinfo=UTC), "on Monday", "Monday", "5 days ago"),
        (datetime(2026, 11, 3, 0, tzinfo=UTC), "on November 3", "November 3", "25 days ago"),
    ],
)
def test_a_day_is_named_as_people_name_it(
    auckland: Staff, instant: datetime, day: str, since: str, days: str
) -> None:
    with patch("auth.staff.today_in", return_value=_TODAY):
        assert day_of(instant, auckland) == day
        assert since_day(instant, auckland) == since
        assert ago(instant, auckland) == days


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Saturday, November 28"),
        ("de", "Samstag, 28. November"),
        ("es", "sábado, 28 de noviembre"),
        ("ja", "11月28日土曜日"),
    ],
)
def test_the_title_has_the_weekday_and_no_year(language: str, title: str) -> None:
    assert title_of_day(_TODAY, language) == title


def test_amounts_and_due_dates_have_names() -> None:
    assert currency_name("GBP") == "British pounds"
    assert due_of(date(2026, 11, 11), _TODAY) == "overdue by 17 days"
    assert due_of(date(2026, 12, 4), _TODAY) == "due in 6 days"
    assert due_of(None, _TODAY) == "no due date"
