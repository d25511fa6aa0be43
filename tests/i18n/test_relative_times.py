"""How long until something happens."""

from datetime import date, timedelta
from typing import Final

import pytest

from i18n.relative_times import describe_due_date, describe_wait

_TODAY: Final = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (61, "Due January 28, 2027"),
        (60, "Due in 60 days"),
        (24, "Due in 24 days"),
        (2, "Due in 2 days"),
        (1, "Due tomorrow"),
        (0, "Due today"),
        (-1, "Overdue by 1 day"),
        (-17, "Overdue by 17 days"),
        (-60, "Overdue by 60 days"),
        (-61, "Overdue since September 28, 2026"),
    ],
)
def test_a_due_date_is_told_in_days_while_they_are_few(days: int, text: str) -> None:
    assert describe_due_date(_TODAY + timedelta(days=days), _TODAY, "en") == text


@pytest.mark.parametrize(
    ("language", "days", "text"),
    [
        ("de", 24, "Fällig in 24 Tagen"),
        ("pl", 22, "Termin za 22 dni"),
        ("pl", -1, "1 dzień po terminie"),
        ("ar", 3, "مستحقة خلال 3 أيام"),
        ("ar", 11, "مستحقة خلال 11 يومًا"),
        ("ja", -5, "お支払期限を5日過ぎています"),
    ],
)
def test_days_have_the_plural_of_the_language(language: str, days: int, text: str) -> None:
    assert describe_due_date(_TODAY + timedelta(days=days), _TODAY, language) == text


@pytest.mark.parametrize(
    ("seconds", "end"),
    [(1, "1 second."), (40, "40 seconds."), (60, "1 minute."), (61, "2 minutes.")],
)
def test_a_wait_is_told_in_seconds_or_minutes(seconds: int, end: str) -> None:
    assert describe_wait(seconds, "en").endswith(f"in about {end}")
