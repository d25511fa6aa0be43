"""The password, which pages ask for before changes that matter, and go on with what was entered."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

import pytest

from models import AuditAction, AuditEntry, Company, Credential, EmailDelivery
from tests.support.clients import PASSWORD, Business
from tests.support.staff import Browser, token_in

BANK: Final = "/dashboard/settings/payments/bank"
FIELDS: Final = {"iban": "DE89 3704 0044 0532 0130 00", "account_holder": "Ada & <Co>"}


@pytest.fixture
async def returning(staff_client: Browser, business: Business) -> Browser:
    """Return a browser whose session gave its password more than 15 minutes ago."""
    earlier = datetime.now(UTC) - timedelta(minutes=15, seconds=1)
    sessions = Credential.filter(company_id=business.company_id, kind="SESSION")
    await sessions.update(confirmed_at=earlier)
    return staff_client


async def _iban(business: Business) -> str | None:
    return (await Company.get(id=business.company_id)).iban


def _hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the form that asks for the password."""
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.partition("panel")[2])
    return {name: unescape(value) for name, value in fields}


async def test_a_change_continues_with_what_was_entered(
    returning: Browser, business: Business
) -> None:
    asked = await returning.post(BANK, page=BANK, **FIELDS)
    assert asked.status_code == 403
    assert "Confirm it" in asked.text
    assert await _iban(business) is None
    fields = _hidden(asked.text)
    assert {name: fields[name] for name in FIELDS} == FIELDS
    done = await returning.http.post(BANK, data=fields | {"confirm_password": PASSWORD})
    assert done.status_code == 303
    company = await Company.get(id=business.company_id)
    assert (company.iban, company.account_holder) == ("DE89370400440532013000", "Ada & <Co>")
    again = await returning.post(BANK, page=BANK, **FIELDS | {"iban": ""})
    assert again.status_code == 303
    confirmed = {"company_id": business.company_id, "action": AuditAction.PASSWORD_CONFIRMED}
    assert await AuditEntry.filter(**confirmed).count() == 1


@pytest.mark.parametrize("password", ["", "incorrect horse", "x" * 2_000])
async def test_a_wrong_password_changes_nothing_and_keeps_what_was_entered(
    returning: Browser, business: Business, password: str
) -> None:
    response = await returning.post(BANK, page=BANK, confirm_password=password, **FIELDS)
    assert response.status_code == 400
    assert "This password is wrong." in response.text
    assert _hidden(response.text)["iban"] == FIELDS["iban"]
    assert password == "" or password not in response.text
    assert await _iban(business) is None
    assert not await EmailDelivery.exists(company_id=business.company_id)


async def test_guessing_the_password_is_limited(returning: Browser, business: Business) -> None:
    token = token_in((await returning.get(BANK)).text)
    guess = FIELDS | {"form_token": token, "confirm_password": "wrong"}
    statuses = [(await returning.http.post(BANK, data=guess)).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]
    right = guess | {"confirm_password": PASSWORD}
    refused = await returning.http.post(BANK, data=right)
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
    assert await _iban(business) is None


async def test_what_nobody_must_steal_is_not_asked_for_elsewhere(returning: Browser) -> None:
    company = "/dashboard/settings"
    response = await returning.post(company, page=company, name="Acme", currency="EUR")
    assert "Confirm it" not in response.text


async def test_connecting_to_stripe_asks_first_and_may_lead_there(
    returning: Browser, business: Business
) -> None:
    payments = "/dashboard/settings/payments"
    asked = await returning.post(f"{payments}/connect", page=payments)
    assert asked.status_code == 403
    assert f'href="{payments}"' in asked.text.partition("panel")[2]
    assert "https://connect.stripe.com" in asked.headers["content-security-policy"]
    assert not (await Company.get(id=business.company_id)).stripe_account


@pytest.mark.parametrize("path", ["/dashboard/settings/keys", "/dashboard/settings/users"])
async def test_keys_and_people_ask_for_it(returning: Browser, path: str) -> None:
    fields = {"name": "Ada", "email": "ada@example.com", "permissions": "VIEW_INVOICES"}
    asked = await returning.post(path, page=path, **fields)
    assert (asked.status_code, "Confirm it" in asked.text) == (403, True)
    given = _hidden(asked.text) | {"confirm_password": PASSWORD}
    assert 'id="secret"' in (await returning.http.post(path, data=given)).text
