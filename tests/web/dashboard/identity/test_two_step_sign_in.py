"""Two-step sign-in in the browser: setting it up, the code page, and what a company requires."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

import pytest

from models import Company, Credential, Invitation, User
from services.company.companies import create_company
from tests.support.clients import CHEAP_HASHER, PASSWORD, Business
from tests.support.second_factors import Enrolled, code_of, enrol
from tests.support.staff import COOKIE, HOME, INVOICES, SIGN_IN, Browser, token_in

SECURITY: Final = "/dashboard/account/security"
USERS: Final = "/dashboard/settings/users"
FORGOT: Final = "/dashboard/forgot-password"
SET_UP: Final = f"{SECURITY}/two-step"
CODE: Final = f"{SIGN_IN}/code"
PROOF: Final = "invotify-sign-in-proof"


@pytest.fixture
async def enrolled(business: Business) -> Enrolled:
    """Return the business's first user, with a second factor."""
    return await enrol(business)


async def test_a_code_is_asked_for_on_a_page_of_its_own(
    anonymous_client: Browser, business: Business, enrolled: Enrolled
) -> None:
    asked = await anonymous_client.sign_in(business.email, next="/dashboard/quotes")
    assert asked.status_code == 303
    assert asked.headers["location"] == f"{CODE}?next=%2Fdashboard%2Fquotes"
    assert anonymous_client.session is None
    page = asked.headers["location"]
    assert PASSWORD not in (await anonymous_client.get(page)).text
    wrong = await anonymous_client.post(CODE, page=page, code="000000", next="/dashboard/quotes")
    assert (wrong.status_code, anonymous_client.session) == (401, None)
    assert "This code is wrong or was used before." in wrong.text
    right = {"code": code_of(enrolled.secret), "next": "/dashboard/quotes"}
    done = await anonymous_client.post(CODE, page=page, **right)
    assert (done.status_code, done.headers["location"]) == (303, "/dashboard/quotes")
    assert (await anonymous_client.get(INVOICES)).status_code == 200
    assert PROOF not in anonymous_client.http.cookies


@pytest.mark.parametrize("spoil", ["none", "forged", "expired", "password changed"])
async def test_the_code_page_needs_a_password_given_just_now(
    anonymous_client: Browser, business: Business, enrolled: Enrolled, spoil: str
) -> None:
    await anonymous_client.sign_in(business.email)
    page = (await anonymous_client.get(CODE)).text
    until, users, mac = anonymous_client.http.cookies[PROOF].split(".")
    cookies = {
        "none": "",
        "forged": f"{int(until) + 1}.{users}.{mac}",
        "expired": f"{int(datetime.now(UTC).timestamp()) - 1}.{users}.{mac}",
        "password changed": f"{until}.{users}.{mac}",
    }
    if spoil == "password changed":
        changed = CHEAP_HASHER.hash("another password")
        await User.filter(company_id=business.company_id).update(password_hash=changed)
    anonymous_client.http.cookies.delete(PROOF)
    anonymous_client.http.cookies.set(PROOF, cookies[spoil], domain="127.0.0.1")
    fields = {"form_token": token_in(page), "code": code_of(enrolled.secret)}
    response = await anonymous_client.http.post(CODE, data=fields)
    assert (response.status_code, response.headers["location"]) == (303, SIGN_IN)
    assert (anonymous_client.session, (await anonymous_client.get(CODE)).status_code) == (None, 303)


async def test_two_step_sign_in_is_set_up_with_a_qr_code(
    staff_client: Browser, business: Business
) -> None:
    assert "<span>Off</span>" in (await staff_client.get(SECURITY)).text
    started = await staff_client.post(SET_UP, page=SET_UP)
    assert '<svg viewBox="' in started.text
    user = await User.get(company_id=business.company_id)
    assert user.totp_secret
    assert user.totp_secret in started.text.replace(" ", "")
    wrong = await staff_client.post(SET_UP, page=SET_UP, code="000000")
    assert wrong.status_code == 400
    assert user.totp_secret in wrong.text.replace(" ", "")
    done = await staff_client.post(SET_UP, page=SET_UP, code=code_of(user.totp_secret))
    codes = re.search(r'id="secret">([^<]+)<', done.text)
    assert codes
    assert len(codes[1].split()) == 10
    assert "<span>On</span>" in (await staff_client.get(SECURITY)).text
    assert (await staff_client.get(SET_UP)).headers["location"] == SECURITY
    off = await staff_client.post(f"{SET_UP}/off", page=f"{SET_UP}/off")
    assert off.headers["location"] == f"{SECURITY}?done=off"


async def test_a_required_second_factor_is_set_up_before_anything_else(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(second_factor_required=True)
    for path in (INVOICES, "/dashboard/account", "/dashboard/settings", SECURITY):
        assert (await staff_client.get(path)).headers["location"] == SET_UP
    page = (await staff_client.get(SET_UP)).text
    assert "requires two-step sign-in" in page
    assert 'href="/dashboard/invoices"' not in page
    await staff_client.post(SET_UP, page=SET_UP)
    secret = (await User.get(company_id=business.company_id)).totp_secret
    assert secret
    await staff_client.post(SET_UP, page=SET_UP, code=code_of(secret))
    assert (await staff_client.get(INVOICES)).status_code == 200


async def test_confirming_a_password_takes_a_code_too(
    anonymous_client: Browser, business: Business, enrolled: Enrolled
) -> None:
    assert enrolled.session.secret
    anonymous_client.http.cookies.set(COOKIE, enrolled.session.secret)
    earlier = datetime.now(UTC) - timedelta(minutes=16)
    sessions = Credential.filter(company_id=business.company_id, kind="SESSION")
    await sessions.update(confirmed_at=earlier)
    codes = f"{SECURITY}/recovery-codes"
    asked = await anonymous_client.post(codes, page=codes)
    assert 'name="confirm_code"' in asked.text
    given = {"confirm_password": PASSWORD, "confirm_code": "000000"}
    refused = await anonymous_client.post(codes, page=codes, **given)
    assert "This code is wrong or was used before." in refused.text
    given["confirm_code"] = code_of(enrolled.secret)
    assert 'id="secret"' in (await anonymous_client.post(codes, page=codes, **given)).text


async def test_an_invitation_does_not_skip_the_second_factor(
    anonymous_client: Browser, business: Business, enrolled: Enrolled
) -> None:
    user = await User.get(company_id=business.company_id)
    payload = await business.mutate("inviteUser", "UserRef", "{ url }", userId=str(user.id))
    welcome = "/dashboard" + payload["url"].partition("/dashboard")[2]
    for code in ("", "000000"):
        refused = await anonymous_client.post(
            welcome, page=welcome, password="another good one", code=code
        )
        assert (refused.status_code, anonymous_client.session) == (400, None)
        assert 'name="code"' in refused.text
    assert await Invitation.exists(user_id=user.id)
    fields = {"password": "another good one", "code": code_of(enrolled.secret)}
    assert (await anonymous_client.post(welcome, page=welcome, **fields)).status_code == 303
    assert (await anonymous_client.get(INVOICES)).status_code == 200
    assert (await User.get(id=user.id)).totp_confirmed_at


async def test_cookies_of_signing_in_are_hidden_from_scripts_and_other_sites(
    anonymous_client: Browser, business: Business, enrolled: Enrolled
) -> None:
    asked = await anonymous_client.sign_in(business.email)
    done = await anonymous_client.post(CODE, page=CODE, code=code_of(enrolled.secret))
    for response, names in ((asked, {PROOF}), (done, {COOKIE, "invotify-known-browser", PROOF})):
        headers = response.headers.get_list("set-cookie")
        assert {header.partition("=")[0] for header in headers} == names
        for header in headers:
            flags = {part.strip().lower() for part in header.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= flags


# --- sessions -------------------------------------------------------------------------------------


async def test_sessions_are_listed_and_can_be_ended(
    staff_client: Browser, anonymous_client: Browser, business: Business
) -> None:
    await anonymous_client.sign_in(business.email)
    page = (await staff_client.get(SECURITY)).text
    assert page.count("Firefox on Linux</bdi></b>") == 2
    assert page.count("This device") == 1
    [action] = re.findall(rf'action="({SECURITY}/sessions/[^"]+)"', page)
    response = await staff_client.post(unescape(action), page=SECURITY)
    assert response.headers["location"] == f"{SECURITY}?done=ended"
    assert (await anonymous_client.get(INVOICES)).status_code == 303
    await anonymous_client.sign_in(business.email)
    others = f"{SECURITY}/sessions/end"
    await staff_client.post(others, page=others)
    assert (await anonymous_client.get(INVOICES)).status_code == 303
    assert (await staff_client.get(INVOICES)).status_code == 200


# --- several companies ----------------------------------------------------------------------------


async def test_a_person_at_several_companies_chooses_one(
    anonymous_client: Browser, business: Business
) -> None:
    stored = (await User.get(company_id=business.company_id)).password_hash
    other = await create_company("Zeta <GmbH>", business.email, stored)
    asked = await anonymous_client.sign_in(business.email)
    company = f"{SIGN_IN}/company"
    assert (asked.headers["location"], anonymous_client.session) == (company, None)
    page = (await anonymous_client.get(company)).text
    assert re.findall(r'value="([0-9a-f-]{36})"', page) == [
        str(business.company_id),
        str(other.company_id),
    ]
    assert "Zeta &lt;GmbH&gt;" in page
    foreign = await anonymous_client.post(company, page=company, company="x")
    assert (foreign.status_code, anonymous_client.session) == (401, None)
    done = await anonymous_client.post(company, page=company, company=str(other.company_id))
    assert (done.status_code, done.headers["location"]) == (303, HOME)
    assert "Zeta &lt;GmbH&gt;" in (await anonymous_client.get(INVOICES)).text


# --- what managers do -----------------------------------------------------------------------------


async def test_a_manager_resets_two_step_sign_in_and_ends_sessions(
    business: Business, enrolled: Enrolled, staff_client: Browser
) -> None:
    user = await User.get(company_id=business.company_id)
    page = f"{USERS}/{user.id}"
    assert "Turn off two-step sign-in" in (await staff_client.get(page)).text
    assert "<span>Two-step sign-in</span>" in (await staff_client.get(USERS)).text
    assert (await staff_client.post(f"{page}/two-step", page=f"{page}/two-step")).status_code == 303
    assert not (await User.get(id=user.id)).totp_secret
    assert (await staff_client.get(USERS)).status_code == 303  # their own session ended, too
    refusal = await enrolled.session.refused("{ me { name } }")
    assert refusal.code == "UNAUTHENTICATED"


async def test_a_manager_requires_two_step_sign_in(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    page = f"{USERS}/two-step"
    response = await staff_client.post(page, page=page)
    assert response.headers["location"] == f"{USERS}?done=requirement"
    assert (await Company.get(id=business.company_id)).second_factor_required
    assert not (await Company.get(id=rival.company_id)).second_factor_required
    assert (await staff_client.get(USERS)).headers["location"] == SET_UP


async def test_requiring_two_step_sign_in_twice_does_not_make_it_optional(
    staff_client: Browser, business: Business
) -> None:
    has_one = {"totp_secret": "A" * 32, "totp_confirmed_at": datetime.now(UTC)}
    await User.filter(company_id=business.company_id).update(**has_one)
    page = f"{USERS}/two-step"
    for _ in range(2):
        assert (await staff_client.post(page, page=page)).status_code == 303
        assert (await Company.get(id=business.company_id)).second_factor_required
    page = f"{USERS}/two-step/off"
    assert (await staff_client.post(page, page=page)).status_code == 303
    assert not (await Company.get(id=business.company_id)).second_factor_required


async def test_a_manager_signs_a_user_out_everywhere(
    staff_client: Browser, anonymous_client: Browser, business: Business, rival: Business
) -> None:
    user = await User.get(company_id=business.company_id)
    await anonymous_client.sign_in(business.email)
    theirs = await User.get(company_id=rival.company_id)
    foreign = f"{USERS}/{theirs.id}/sign-out"
    assert (await staff_client.get(foreign)).status_code == 404
    page = f"{USERS}/{user.id}/sign-out"
    assert (await staff_client.post(page, page=page)).status_code == 303
    assert (await anonymous_client.get(INVOICES)).status_code == 303


# --- forgotten passwords --------------------------------------------------------------------------


async def test_the_page_for_forgotten_passwords_says_the_same_to_everyone(
    anonymous_client: Browser, business: Business
) -> None:
    assert FORGOT in (await anonymous_client.get(SIGN_IN)).text
    pages = []
    for address in (business.email, "nobody <b>@example.com"):
        response = await anonymous_client.post(FORGOT, page=FORGOT, email=address)
        assert response.status_code == 200
        page = re.sub(r'data-now="[^"]*"', "", unescape(response.text))
        pages.append(page.replace(address, ""))
    assert pages[0] == pages[1]
    assert "Check your e-mail" in pages[0]


@pytest.mark.parametrize("email", ["", "  ", "\u200b"], ids=ascii)
async def test_a_link_needs_an_address(anonymous_client: Browser, email: str) -> None:
    page = await anonymous_client.post(FORGOT, page=FORGOT, email=email)
    assert (page.status_code, "Enter your e-mail address." in page.text) == (400, True)
