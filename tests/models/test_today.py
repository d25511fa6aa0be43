"""The company's today, around midnight and when clocks change."""

from datetime import date, datetime
from unittest.mock import Mock

import pytest

from models import companies
from models.companies import Company, today_of


@pytest.mark.parametrize(
    ("now", "time_zone", "expected"),
    [
        ("2026-11-28T09:59:59+00:00", "Pacific/Kiritimati", date(2026, 11, 28)),
        ("2026-11-28T10:00:00+00:00", "Pacific/Kiritimati", date(2026, 11, 29)),
        ("2026-11-28T04:59:59+00:00", "America/New_York", date(2026, 11, 27)),
        ("2026-11-28T05:00:00+00:00", "America/New_York", date(2026, 11, 28)),
        ("2026-11-28T18:29:59+00:00", "Asia/Kolkata", date(2026, 11, 28)),
        ("2026-11-28T18:30:00+00:00", "Asia/Kolkata", date(2026, 11, 29)),
        # In summer, New York's midnight is an hour earlier, also right after clocks are changed.
        ("2026-03-08T04:59:59+00:00", "America/New_York", date(2026, 3, 7)),
        ("2026-03-09T03:59:59+00:00", "America/New_York", date(2026, 3, 8)),
        ("2026-03-09T04:00:00+00:00", "America/New_York", date(2026, 3, 9)),
        ("2026-11-01T03:59:59+00:00", "America/New_York", date(2026, 10, 31)),
        ("2026-11-01T04:00:00+00:00", "America/New_York", date(2026, 11, 1)),
        ("2026-11-02T04:59:59+00:00", "America/New_York", date(2026, 11, 1)),
        # In Beirut, midnight itself is skipped when summer time begins.
        ("2026-03-28T21:59:59+00:00", "Asia/Beirut", date(2026, 3, 28)),
        ("2026-03-28T22:00:00+00:00", "Asia/Beirut", date(2026, 3, 29)),
        ("2026-12-31T23:59:59+00:00", "UTC", date(2026, 12, 31)),
    ],
)
def test_today_is_the_date_where_the_company_is(
    monkeypatch: pytest.MonkeyPatch, now: str, time_zone: str, expected: date
) -> None:
    clock = Mock(time=datetime.fromisoformat(now).timestamp)
    monkeypatch.setattr(companies, "time", clock)
    assert today_of(Company(time_zone=time_zone)) == expected
