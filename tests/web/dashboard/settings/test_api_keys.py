"""API keys in the dashboard."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest

from models import Credential, User
from tests.support.clients import Business, Caller
from tests.support.people import EVERYTHING, add_member, make_api_key, set_permissions
from tests.support.staff import Browser, token_in
from web.dashboard.settings import api_keys

KEYS: Final = "/dashboard/settings/keys"


async def _make(staff_client: Browser, *permissions: str, **fields: str) -> httpx.Response:
    token = token_in((await staff_client.get(KEYS)).text)
    return await staff_client.http.post(
        KEYS, data={"form_token": token, "name": "tool", "permissions": permissions, **fields}
    )


async def _count(business: Business) -> int:
    return await Credential.filter(company_id=business.company_id, kind="API_KEY").count()


async def test_key_is_created_and_its_secret_shown_once(
    staff_client: Browser, business: Business
) -> None:
    response = await _make(staff_client, "VIEW_INVOICES", "MANAGE_INVOICES", name="<tool>")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    [secret] = re.findall(r'id="secret">([^<]+)</code>', response.text)
    assert secret.startswith("inv_key_")
    assert "data-unsettled" in response.text  # until it is used
    me = await Caller(business.http, secret).gql("{ me { name permissions } }")
    assert me["me"] == {"name": "<tool>", "permissions": ["VIEW_INVOICES", "MANAGE_INVOICES"]}
    page = (await staff_client.get(KEYS)).text
    assert secret not in page
    assert "&lt;tool&gt;" in page
    assert (await Credential.get(company_id=business.company_id, name="<tool>")).expires_at is None


async def test_key_expires_at_the_end_of_its_last_day(
    staff_client: Browser, business: Business
) -> None:
    assert (await _make(staff_client, "VIEW_INVOICES", last_day="2099-12-31")).status_code == 200
    key = await Credential.get(company_id=business.company_id, name="tool")
    assert key.expires_at == datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("permissions", "fields", "message"),
    [
        ((), {}, 'id="permissions-help">Choose at least one permission.'),
        (("NONSENSE",), {}, 'id="permissions-help">There is no such permission.'),
        (("VIEW_INVOICES",), {"name": " "}, 'id="name-help">This is required.'),
        (("VIEW_INVOICES",), {"last_day": "2020-01-01"}, 'id="last_day-help">Choose an expiry'),
        (
            ("VIEW_INVOICES",),
            {"last_day": "soon"},
            'id="last_day-help">Enter a date, like',
        ),
        (
            ("VIEW_INVOICES",),
            {"last_day": "9999-12-31"},
            'id="last_day-help">Enter a date, like',
        ),
    ],
)
async def test_invalid_key_shows_an_error_and_is_kept_in_the_form(
    staff_client: Browser,
    business: Business,
    permissions: tuple[str, ...],
    fields: dict[str, str],
    message: str,
) -> None:
    response = await _make(staff_client, *permissions, **{"name": "tool", **fields})
    assert response.status_code == 400
    assert message in response.text
    for value in fields.values():
        assert f'value="{value}"' in response.text
    if permissions == ("VIEW_INVOICES",):
        assert 'value="VIEW_INVOICES" checked' in response.text
    assert "inv_key_" not in response.text
    assert await _count(business) == 1


async def test_key_can_t_have_permissions_that_its_creator_lacks(
    staff_client: Browser, business: Business
) -> None:
    await User.filter(company_id=business.company_id).update(permissions="MANAGE_COMPANY")
    page = (await staff_client.get(KEYS)).text
    assert re.findall(r'name="permissions" value="(\w+)"', page) == ["MANAGE_COMPANY"]
    response = await _make(staff_client, "VIEW_INVOICES")
    assert response.status_code == 403
    assert "This needs the permission “See invoices”." in response.text
    assert 'value="tool"' in response.text
    assert await _count(business) == 1


async def test_key_is_revoked_after_confirmation(staff_client: Browser, business: Business) -> None:
    tool = await business.make_key("VIEW_INVOICES")
    key = await Credential.get(company_id=business.company_id, name="tool")
    response = await staff_client.post(f"{KEYS}/{key.id}/revoke", page=KEYS)
    assert (response.status_code, response.headers["location"]) == (303, f"{KEYS}?revoked=yes")
    assert (await tool.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    page = (await staff_client.get(f"{KEYS}?revoked=yes")).text
    assert "Key revoked." in page
    assert f"{key.id}/revoke" not in page


async def test_keys_show_who_made_them_and_what_they_can_do(
    staff_client: Browser, business: Business
) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    key_id, key = await make_api_key(member, "VIEW_INVOICES", "MANAGE_COMPANY")
    await make_api_key(key, "VIEW_INVOICES", name="child")
    page = (await staff_client.get(KEYS)).text
    assert f'<a href="{KEYS}?owner={user_id}"><bdi>Ada</bdi></a>' in page
    assert "Created with the key <bdi>tool</bdi>" in page
    assert "because its owner lost it" not in page
    await set_permissions(business, user_id, "MANAGE_COMPANY")
    page = (await staff_client.get(KEYS)).text
    lost = '<span class="sub">No longer, because its owner lost the permission: View only</span>'
    assert f"Manage the company{lost}" in page
    assert f"Nothing{lost}" in page
    page = (await staff_client.get(f"{KEYS}?owner={user_id}")).text
    assert "API keys of <bdi>Ada</bdi>" in page
    assert "bootstrap" not in page
    page = (await staff_client.get(f"{KEYS}/{key_id}/revoke")).text
    assert "The keys that were created with it are revoked, too:" in page
    assert "<li><bdi>child</bdi></li>" in page


async def test_expired_key_is_marked(staff_client: Browser, business: Business) -> None:
    expired = "<span>Expired</span>"
    assert expired not in (await staff_client.get(KEYS)).text
    past = datetime.now(UTC) - timedelta(days=1)
    await Credential.filter(company_id=business.company_id, kind="API_KEY").update(expires_at=past)
    assert expired in (await staff_client.get(KEYS)).text


async def test_other_companies_keys_and_sessions_can_t_be_revoked(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    await rival.make_key("VIEW_INVOICES")
    foreign = await Credential.get(company_id=rival.company_id, name="tool")
    session = await Credential.get(company_id=business.company_id, kind="SESSION")
    page = (await staff_client.get(KEYS)).text
    stranger = await User.get(email=rival.email)
    assert (await staff_client.get(f"{KEYS}?owner={stranger.id}")).status_code == 404
    for credential in (foreign, session):
        assert str(credential.id) not in page
        response = await staff_client.post(f"{KEYS}/{credential.id}/revoke", page=KEYS)
        assert response.status_code == 404
    assert not await Credential.exists(id__in=[foreign.id, session.id], revoked_at__isnull=False)


async def test_keys_are_paged(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "_PAGE_SIZE", 1)
    await business.make_key("VIEW_INVOICES")
    names = r'class="c-who"><b><bdi>([^<]+)'
    page = (await staff_client.get(KEYS)).text
    assert re.findall(names, page) == ["tool"]
    [older] = re.findall(r'rel="next" href="([^"]+)"', page)
    assert re.findall(names, (await staff_client.get(older)).text) == ["bootstrap"]
