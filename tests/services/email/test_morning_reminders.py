"""Reminders on a schedule: each company gets them in its own morning."""

from datetime import UTC, datetime, timedelta

import pytest

from models import Company, EmailDelivery
from services.email.morning_reminders import queue_morning_reminders, waking_zones
from tests.services.email.test_emails import new_address
from tests.services.email.test_reminders import business, make_overdue
from tests.support.clients import EMAIL_LIMITS, Business

__all__ = ["business"]

_QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("UTC", "2026-03-02T08:00Z"),
        ("Europe/Berlin", "2026-03-02T07:00Z"),
        ("Europe/Berlin", "2026-03-29T06:00Z"),  # the day on which its clocks change
        ("Asia/Kathmandu", "2026-03-02T02:15Z"),
        ("Pacific/Kiritimati", "2026-03-01T18:00Z"),
        ("America/Los_Angeles", "2026-03-02T16:00Z"),
    ],
)
def test_it_becomes_morning_once_a_day(zone: str, at: str) -> None:
    morning = datetime.fromisoformat(at)
    assert waking_zones([zone], morning - _QUARTER, morning) == [zone]
    assert waking_zones([zone], morning, morning + _QUARTER) == []
    assert waking_zones([zone], morning - 2 * _QUARTER, morning - _QUARTER) == []
    assert waking_zones([zone], morning - _QUARTER, morning + timedelta(hours=20)) == [zone]


async def test_companies_where_it_is_morning_send_what_is_due(business: Business) -> None:
    await Company.filter(id=business.company_id).update(time_zone="Asia/Tokyo")
    invoice_id = await make_overdue(business, new_address(), 8)
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    await queue_morning_reminders(noon - _QUARTER, noon, EMAIL_LIMITS)
    assert await EmailDelivery.filter(invoice_id=invoice_id).count() == 0
    morning = noon.replace(hour=23)
    for _ in range(2):
        await queue_morning_reminders(morning - _QUARTER, morning, EMAIL_LIMITS)
    assert await EmailDelivery.filter(invoice_id=invoice_id, stage=7).count() == 1
