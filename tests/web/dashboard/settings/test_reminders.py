"""When clients are reminded, as a sentence."""

from typing import Any, Final

import httpx
import pytest

from models import Company
from tests.support.clients import Business
from tests.support.staff import Browser, token_in
from web.dashboard.settings.reminders import reminder_sentence

PAGE: Final = "/dashboard/settings/payments"


async def _save(client: Browser, *days: str, **fields: str) -> httpx.Response:
    token = token_in((await client.get(PAGE)).text)
    data: dict[str, Any] = {"form_token": token, "reminder_days": days, **fields}
    return await client.http.post(f"{PAGE}/reminders", data=data)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([], "We don't send reminders."),
        ([0], "We remind clients on the due date."),
        ([-1], "We remind clients 1 day before the due date."),
        ([1, 7], "We remind clients 1 and 7 days after the due date."),
        ([-7, -3], "We remind clients 7 and 3 days before the due date."),
        ([-3, 0], "We remind clients 3 days before and on the due date."),
        (
            [-3, 0, 7, 14],
            "We remind clients 3 days before, on the due date, and 7 and 14 days after.",
        ),
        (
            [-3, 1, 7, 14],
            "We remind clients 3 days before and 1, 7, and 14 days after the due date.",
        ),
    ],
)
def test_the_days_are_a_sentence(days: list[int], sentence: str) -> None:
    assert reminder_sentence(days) == sentence


async def test_ticked_and_entered_days_are_saved(staff_client: Browser, business: Business) -> None:
    response = await _save(
        staff_client, "-3", "7", days_before="10", days_after="45", minimum_reminder="2.50"
    )
    assert response.headers["location"] == f"{PAGE}?saved=reminders#reminders"
    company = await Company.get(id=business.company_id)
    assert company.reminder_stages == [-10, -3, 7, 45]
    assert (company.minimum_reminder, company.sends_receipts) == (250, False)
    page = (await staff_client.get(PAGE)).text
    assert "10 and 3 days before and 7 and 45 days after the due date." in page
    assert 'value="45" checked> 45 days after' in page
    await _save(staff_client)
    assert (await Company.get(id=business.company_id)).reminder_stages == []


async def test_a_preview_says_the_sentence_and_saves_nothing(
    staff_client: Browser, business: Business
) -> None:
    response = await _save(staff_client, "0", preview="yes")
    assert "We remind clients on the due date." in response.text
    assert (await Company.get(id=business.company_id)).reminder_stages == [-3, 1, 7, 14]


@pytest.mark.parametrize(
    ("days", "fields", "name", "message"),
    [
        (["soon"], {}, "reminderDays", "Choose days from the list."),
        (["366"], {}, "reminderDays", "Choose days from -60 to 365."),
        (["9" * 5000], {}, "reminderDays", "Choose days from the list."),
        ([str(day) for day in range(11)], {}, "reminderDays", "Choose at most 10 reminders."),
        ([], {"days_before": "61"}, "days_before", "Enter a whole number of days, from 1 to 60."),
        ([], {"days_after": "1.5"}, "days_after", "Enter a whole number of days, from 1 to 365."),
        ([], {"minimum_reminder": "0.001"}, "minimum_reminder", "EUR has 2 decimals."),
    ],
)
async def test_wrong_days_are_refused_at_their_field(
    staff_client: Browser,
    business: Business,
    days: list[str],
    fields: dict[str, str],
    name: str,
    message: str,
) -> None:
    response = await _save(staff_client, *days, **fields)
    assert response.status_code == 400
    assert f'id="{name}-help">{message}' in response.text
    assert (await Company.get(id=business.company_id)).reminder_stages == [-3, 1, 7, 14]
