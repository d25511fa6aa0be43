"""Users in the settings, their invitations, and a user's own account."""

import re
from html import unescape
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from models import Invitation, User
from tests.support.clients import PASSWORD, Business
from tests.support.people import EVERYTHING, add_member, make_api_key
from tests.support.staff import HOME, INVOICES, SIGN_IN, Browser, browser

USERS: Final = "/dashboard/settings/users"
ACCOUNT: Final = "/dashboard/account"
_OTHER: Final = "another battery staple"


def _link(page: str) -> str:
    """Return the path of the invitation that a page shows."""
    match = re.search(r'id="secret">([^<]*)</code>', page)
    assert match
    return urlsplit(unescape(match.group(1))).path


async def _invite(staff_client: Browser, **fields: str) -> str:
    """Invite a user, and return the page."""
    given = {"name": "Ada", "email": f"{uuid4()}@example.com", "permissions": "VIEW_INVOICES"}
    response = await staff_client.post(USERS, page=USERS, **(given | fields))
    assert response.status_code == 200
    return response.text


async def test_invited_user_sets_a_password_and_is_signed_in(
    staff_client: Browser, portal_url: str
) -> None:
    address = f"{uuid4()}@example.com"
    page = await _invite(staff_client, name="Ada <b>", email=address)
    assert "<bdi>Ada &lt;b&gt;</bdi>" in page
    assert "<span>Invited</span>" in page
    assert f"Invitation sent to <bdi>{address}</bdi>" in page
    assert _link(page) not in (await staff_client.get(USERS)).text
    async with browser(portal_url) as invitee:
        welcome = _link(page)
        assert address in (await invitee.get(welcome)).text
        response = await invitee.post(welcome, page=welcome, password="short")
        assert response.status_code == 400
        assert "Use at least 8 characters." in response.text
        response = await invitee.post(welcome, page=welcome, password=PASSWORD)
        assert (response.status_code, response.headers["location"]) == (303, "/dashboard")
        assert (await invitee.get(INVOICES)).status_code == 200
        assert (await invitee.get(USERS)).status_code == 403
        response = await invitee.get(welcome)
        assert response.status_code == 404
        assert "This link has expired" in response.text
        assert "data-unsettled" in page
    page = (await staff_client.get(USERS)).text
    assert ("<span>Invited</span>" in page, "data-unsettled" in page) == (False, False)


@pytest.mark.parametrize(
    ("permission", "first"),
    [
        ("VIEW_INVOICES", HOME),
        ("MANAGE_COMPANY", "/dashboard/settings"),
        ("MANAGE_INVOICES", ACCOUNT),
    ],
)
async def test_home_redirects_to_a_page_that_the_user_may_see(
    staff_client: Browser, portal_url: str, permission: str, first: str
) -> None:
    address = f"{uuid4()}@example.com"
    page = await _invite(staff_client, email=address, permissions=permission)
    async with browser(portal_url) as foreign:
        await foreign.post(_link(page), page=_link(page), password=PASSWORD)
        assert (await foreign.get(HOME)).headers.get("location", HOME) == first
        assert (await foreign.get(SIGN_IN)).headers["location"] == first
        page = (await foreign.get(first)).text
        for path in set(re.findall(r'href="(/dashboard[^"]*)"', page)):
            assert (await foreign.get(path)).status_code in {200, 303}
    async with browser(portal_url) as again:
        assert (await again.sign_in(address)).headers["location"] == first


async def test_form_from_another_site_sets_no_password(
    staff_client: Browser, portal_url: str
) -> None:
    welcome = _link(await _invite(staff_client))
    async with browser(portal_url) as invitee:
        await invitee.get(welcome)
        for fields, site in (({}, "same-origin"), ({"form_token": "x"}, "cross-site")):
            response = await invitee.http.post(
                welcome, data={"password": PASSWORD, **fields}, headers={"sec-fetch-site": site}
            )
            assert response.status_code == 403
        assert (await invitee.get(welcome)).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        ({"email": "x"}, 400, "Enter a valid e-mail address, like ada@example.com."),
        ({"permissions": "EVERYTHING"}, 400, "There is no such permission."),
        ({"permissions": ""}, 400, "There is no such permission."),
    ],
)
async def test_invalid_user_shows_an_error_and_is_kept_in_the_form(
    staff_client: Browser, business: Business, wrong: dict[str, str], status: int, message: str
) -> None:
    given = {"name": "A & B", "email": f"{uuid4()}@example.com", "permissions": "VIEW_INVOICES"}
    response = await staff_client.post(USERS, page=USERS, **(given | wrong))
    assert response.status_code == status
    assert message in unescape(response.text)
    assert 'value="A &amp; B"' in response.text
    assert await User.filter(company_id=business.company_id).count() == 1


async def test_user_is_edited_and_removed_after_confirmation(
    staff_client: Browser, business: Business
) -> None:
    await _invite(staff_client)
    user = await User.get(company_id=business.company_id, name="Ada")
    path = f"{USERS}/{user.id}"
    page = (await staff_client.get(path)).text
    assert re.search(r'value="VIEW_INVOICES" checked', page)
    fields = {"user_name": "Bea", "permissions": "MANAGE_INVOICES"}
    response = await staff_client.post(path, page=path, **fields)
    assert (response.status_code, response.headers["location"]) == (303, f"{USERS}?ended=yes")
    user = await User.get(id=user.id)
    assert (user.name, user.permissions) == ("Bea", "MANAGE_INVOICES")
    assert "Remove Bea?" in (await staff_client.get(f"{path}/remove")).text
    response = await staff_client.post(f"{path}/remove", page=f"{path}/remove")
    assert (response.status_code, response.headers["location"]) == (303, f"{USERS}?removed=yes")
    assert not await User.exists(id=user.id)


async def test_removing_a_user_says_which_keys_end(
    staff_client: Browser, business: Business
) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    path = f"{USERS}/{user_id}/remove"
    assert "Their API keys" not in (await staff_client.get(path)).text
    _, key = await make_api_key(member, name="<Export>")
    await make_api_key(business, name="Other")
    assert f'/keys?owner={user_id}">1 API key</a>' in (await staff_client.get(USERS)).text
    page = (await staff_client.get(path)).text
    assert "Their API keys are revoked, and what uses them stops working:" in page
    assert re.findall(r"<li><bdi>(.*)</bdi></li>", page) == ["&lt;Export&gt;"]
    await staff_client.post(path, page=path)
    assert (await key.refused("{ me { name } }")).code == "UNAUTHENTICATED"


async def test_new_permissions_of_an_invited_user_end_the_invitation(
    staff_client: Browser, business: Business
) -> None:
    welcome = _link(await _invite(staff_client))
    assert "<span>Invited</span>" in (await staff_client.get(USERS)).text
    user = await User.get(company_id=business.company_id, name="Ada")
    path = f"{USERS}/{user.id}"
    for permission, query in (
        ("VIEW_INVOICES", "?done=updated"),
        ("MANAGE_COMPANY", "?ended=yes"),
    ):
        fields = {"user_name": "Ada", "permissions": permission}
        response = await staff_client.post(path, page=path, **fields)
        assert response.headers["location"] == f"{USERS}{query}"
    page = (await staff_client.get(f"{USERS}?ended=yes")).text
    assert "Their invitation no longer works, so send a new one." in page
    assert "<span>Invitation expired</span>" in page
    assert (await staff_client.get(welcome)).status_code == 404


async def test_new_invitation_is_shown_once(staff_client: Browser, business: Business) -> None:
    first = _link(await _invite(staff_client))
    user = await User.get(company_id=business.company_id, name="Ada")
    path = f"{USERS}/{user.id}/invite"
    assert "Send Ada a new invitation?" in (await staff_client.get(path)).text
    assert await Invitation.filter(user_id=user.id, kind="INVITATION").count() == 1
    response = await staff_client.post(path, page=path)
    assert _link(response.text) != first
    assert (await staff_client.get(first)).status_code == 404


async def test_last_manager_can_t_be_removed(staff_client: Browser, business: Business) -> None:
    boss = await User.get(email=business.email)
    response = await staff_client.post(
        f"{USERS}/{boss.id}/remove", page=f"{USERS}/{boss.id}/remove"
    )
    assert response.status_code == 409
    assert "At least one user must keep the Manage company permission." in response.text


async def test_another_company_s_user_is_not_found(staff_client: Browser, rival: Business) -> None:
    foreign = await User.get(email=rival.email)
    for end in ("", "/invite", "/remove"):
        assert (await staff_client.get(f"{USERS}/{foreign.id}{end}")).status_code == 404
        response = await staff_client.post(
            f"{USERS}/{foreign.id}{end}", page=USERS, user_name="Mine"
        )
        assert response.status_code == 404
    assert (await User.get(id=foreign.id)).name == foreign.name


async def test_user_changes_their_password(
    staff_client: Browser, anonymous_client: Browser, business: Business
) -> None:
    response = await staff_client.post(ACCOUNT, page=ACCOUNT, current="wrong one", password=_OTHER)
    assert response.status_code == 400
    assert "This password is wrong." in response.text
    response = await staff_client.post(ACCOUNT, page=ACCOUNT, current=PASSWORD, password=_OTHER)
    assert (response.status_code, response.headers["location"]) == (303, f"{ACCOUNT}?changed=yes")
    assert "Password changed." in (await staff_client.get(f"{ACCOUNT}?changed=yes")).text
    assert _OTHER not in (await staff_client.get(ACCOUNT)).text
    assert (await anonymous_client.sign_in(business.email)).status_code == 401


async def test_user_changes_their_name_and_language(
    staff_client: Browser, business: Business
) -> None:
    profile = f"{ACCOUNT}/profile"
    response = await staff_client.post(profile, page=ACCOUNT, name="x" * 201, language="klingon")
    assert response.status_code == 400
    for name in ("name", "language"):
        assert re.search(rf'id="{name}"[^>]* aria-invalid="true"', response.text)
    response = await staff_client.post(profile, page=ACCOUNT, name="Ada", language="de-AT")
    assert response.headers["location"] == f"{ACCOUNT}?changed=profile"
    user = await User.get(email=business.email)
    assert (user.name, user.language) == ("Ada", "de-AT")
    page = (await staff_client.get(ACCOUNT)).text
    assert '<option value="de-AT" selected>Deutsch (Österreich)</option>' in page


async def test_pdf_redirects_to_sign_in_and_back(
    anonymous_client: Browser, business: Business
) -> None:
    path = f"/invoices/{await business.make_invoice()}.pdf"
    response = await anonymous_client.get(path)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (
        401,
        "UNAUTHENTICATED",
    )
    response = await anonymous_client.get(path, **{"sec-fetch-mode": "navigate"})
    location = response.headers["location"]
    assert (response.status_code, location) == (303, f"{SIGN_IN}?next={path.replace('/', '%2F')}")
    response = await anonymous_client.sign_in(business.email, next=path)
    assert (response.status_code, response.headers["location"]) == (303, path)
    assert (await anonymous_client.get(path)).headers["content-type"] == "application/pdf"
