"""Signing in and out in the browser, and the protection of forms against other sites."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from app import create_app
from auth.browser_sessions import FormTokens, cookie_name, is_same_origin
from auth.signatures import Signatures
from errors import Forbidden
from models import Credential, User
from settings import Settings
from tests.support.clients import PASSWORD, Business, eventually
from tests.support.staff import (
    COOKIE,
    HOME,
    INVOICES,
    SIGN_IN,
    Browser,
    browser,
    signed_in,
    token_in,
)
from tests.web.http.test_middleware import Log, log
from web.dashboard.responses import SECURITY_HEADERS
from web.http.middleware import HEADERS as COMMON

__all__ = ["log"]


def _cookies_in(response: httpx.Response) -> SimpleCookie:
    cookies: SimpleCookie = SimpleCookie()
    for header in response.headers.get_list("set-cookie"):
        cookies.load(header)
    return cookies


async def _sessions(business: Business) -> int:
    return await Credential.filter(company_id=business.company_id, kind="SESSION").count()


async def test_session_cookie_is_hidden_from_scripts_and_other_sites(
    anonymous_client: Browser, business: Business
) -> None:
    response = await anonymous_client.sign_in(business.email)
    assert (response.status_code, response.headers["location"]) == (303, HOME)
    cookie = _cookies_in(response)[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    session = await Credential.get(company_id=business.company_id, kind="SESSION")
    assert session.expires_at
    assert parsedate_to_datetime(cookie["expires"]) == session.expires_at.replace(microsecond=0)
    assert (await anonymous_client.get(INVOICES)).status_code == 200


async def test_session_cookie_over_https_is_secure_and_bound_to_its_host() -> None:
    public_url = "https://portal.example"
    settings = Settings(public_url=public_url, secret_key="x", environment="production")
    app = create_app(settings)
    portal: Any = app
    while not isinstance(portal, Starlette):  # below its middleware
        portal = portal._app
    form_tokens = FormTokens(Signatures(["x"]))
    portal.state.services = SimpleNamespace(settings=settings, form_tokens=form_tokens)
    async with httpx.AsyncClient(base_url=public_url, transport=httpx.ASGITransport(app)) as client:
        page = await client.get(SIGN_IN)
    [cookie] = _cookies_in(page).values()
    assert (cookie.key, cookie["secure"]) == ("__Host-invotify-sign-in", True)
    assert cookie_name(public_url) == "__Host-invotify"
    assert page.headers["strict-transport-security"] == "max-age=31536000"


async def test_wrong_password_shows_an_error_and_signs_nobody_in(
    anonymous_client: Browser, business: Business
) -> None:
    response = await anonymous_client.sign_in(business.email, "wrong <password>")
    assert response.status_code == 401
    assert "The e-mail address or the password is wrong." in response.text
    assert f'value="{business.email}"' in response.text
    assert "wrong &lt;password" not in response.text
    assert (anonymous_client.session, await _sessions(business)) == (None, 0)


async def test_sign_in_attempts_are_limited_as_in_the_api(
    anonymous_client: Browser, business: Business
) -> None:
    for _ in range(10):
        assert (await anonymous_client.sign_in(business.email, "guess")).status_code == 401
    response = await anonymous_client.sign_in(business.email)
    assert (response.status_code, anonymous_client.session) == (429, None)
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert "Too many requests" in response.text


async def test_a_stranger_cannot_lock_a_person_out_of_their_browser(
    anonymous_client: Browser, portal_url: str, business: Business
) -> None:
    assert (await anonymous_client.sign_in(business.email)).status_code == 303
    await anonymous_client.post("/dashboard/sign-out", page=INVOICES)
    for _ in range(2):
        async with browser(portal_url) as stranger:
            for _ in range(5):
                assert (await stranger.sign_in(business.email, "guess")).status_code == 401
    async with browser(portal_url) as stranger:
        assert (await stranger.sign_in(business.email)).status_code == 429
        cookie = anonymous_client.http.cookies["invotify-known-browser"]
        stranger.http.cookies.set("invotify-known-browser", cookie[:-1])
        assert (await stranger.sign_in(business.email)).status_code == 429
    assert (await anonymous_client.sign_in(business.email)).status_code == 303


async def test_signing_in_replaces_the_browser_s_session(
    anonymous_client: Browser, business: Business
) -> None:
    token = token_in((await anonymous_client.get(SIGN_IN)).text)  # in a tab that stays open
    fields = {"email": business.email, "password": PASSWORD, "form_token": token}
    await anonymous_client.http.post(SIGN_IN, data=fields)
    earlier = anonymous_client.session
    assert earlier
    await anonymous_client.http.post(SIGN_IN, data=fields)
    assert anonymous_client.session not in {None, earlier}
    assert (await anonymous_client.get(INVOICES)).status_code == 200
    anonymous_client.http.cookies.set(COOKIE, earlier)
    assert (await anonymous_client.get(INVOICES)).status_code == 303


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/dashboard/invoices?q=a%20b&status=paid", "/dashboard/invoices?q=a%20b&status=paid"),
        ("https://evil.example/dashboard", HOME),
        ("//evil.example", HOME),
        ("/dashboard/\\evil.example", HOME),
        ("/dashboard\r\nset-cookie: a=b", HOME),
        ("/dashboardevil", HOME),
        ("javascript:alert(1)", HOME),
        ("/graphql", HOME),
        ("/dashboard/sign-out", HOME),
        ("/dashboard/settings/payments/connect", HOME),
        ("/dashboard/" + "a" * 1000, HOME),
    ],
)
async def test_sign_in_redirects_only_to_pages_of_the_dashboard(
    anonymous_client: Browser, business: Business, path: str, leads_to: str
) -> None:
    response = await anonymous_client.sign_in(business.email, next=path)
    assert (response.status_code, response.headers["location"]) == (303, leads_to)


async def test_anonymous_request_is_redirected_to_sign_in_and_back(
    anonymous_client: Browser,
) -> None:
    response = await anonymous_client.get(f"{INVOICES}?status=paid&q=x")
    location = "/dashboard/sign-in?next=%2Fdashboard%2Finvoices%3Fstatus%3Dpaid%26q%3Dx"
    assert (response.status_code, response.headers["location"]) == (303, location)
    page = await anonymous_client.get(location)
    assert 'name="next" value="/dashboard/invoices?status=paid&amp;q=x"' in page.text


async def test_sign_in_page_redirects_signed_in_staff(staff_client: Browser) -> None:
    response = await staff_client.get(SIGN_IN)
    assert (response.status_code, response.headers["location"]) == (303, HOME)


async def test_sign_out_revokes_the_session(staff_client: Browser, business: Business) -> None:
    secret = staff_client.session
    assert secret
    response = await staff_client.post("/dashboard/sign-out", page=INVOICES)
    assert (response.status_code, response.headers["location"]) == (303, SIGN_IN)
    assert staff_client.session is None
    staff_client.http.cookies.set(COOKIE, secret)
    assert (await staff_client.get(INVOICES)).status_code == 303
    session = await Credential.get(company_id=business.company_id, kind="SESSION")
    assert session.revoked_at


async def test_expired_session_is_refused(staff_client: Browser, business: Business) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    await Credential.filter(company_id=business.company_id, kind="SESSION").update(expires_at=past)
    assert (await staff_client.get(INVOICES)).headers["location"].startswith(SIGN_IN)


async def test_api_key_in_a_cookie_is_refused(
    anonymous_client: Browser, business: Business
) -> None:
    assert business.secret
    anonymous_client.http.cookies.set(COOKIE, business.secret)
    assert (await anonymous_client.get(INVOICES)).status_code == 303


# --- forms of other sites -------------------------------------------------------------------------


async def test_form_without_the_session_s_token_is_refused(
    staff_client: Browser, anonymous_client: Browser, portal_url: str, rival: Business
) -> None:
    async with signed_in(portal_url, rival) as other:
        foreign = token_in((await other.get(INVOICES)).text)
    before = token_in((await anonymous_client.get(SIGN_IN)).text)
    for token in ("", "é", foreign, before):
        response = await staff_client.http.post("/dashboard/sign-out", data={"form_token": token})
        assert response.status_code == 403
        assert "This form has expired." in response.text
    assert (await staff_client.http.post("/dashboard/sign-out")).status_code == 403
    assert (await staff_client.get(INVOICES)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "http://evil.127.0.0.1"},
    ],
)
async def test_form_from_another_site_is_refused_even_with_the_token(
    staff_client: Browser, headers: dict[str, str]
) -> None:
    fields = {"form_token": token_in((await staff_client.get(INVOICES)).text)}
    response = await staff_client.http.post("/dashboard/sign-out", data=fields, headers=headers)
    assert response.status_code == 403
    assert (await staff_client.get(INVOICES)).status_code == 200


async def test_form_from_another_site_signs_nobody_in(
    anonymous_client: Browser, portal_url: str, business: Business
) -> None:
    fields = {"email": business.email, "password": PASSWORD}
    async with browser(portal_url) as attacker:
        foreign = token_in((await attacker.get(SIGN_IN)).text)
    await anonymous_client.get(SIGN_IN)
    for token in ("", foreign):
        response = await anonymous_client.http.post(SIGN_IN, data={**fields, "form_token": token})
        assert response.status_code == 403
    ours = token_in((await anonymous_client.get(SIGN_IN)).text)
    response = await anonymous_client.http.post(
        SIGN_IN, data={**fields, "form_token": ours}, headers={"sec-fetch-site": "cross-site"}
    )
    assert (response.status_code, anonymous_client.session) == (403, None)
    assert await _sessions(business) == 0


def test_browser_without_a_cookie_has_no_valid_token() -> None:
    tokens = FormTokens(Signatures(["key"]))
    for token in ("", "none", tokens.of_browser("")):
        with pytest.raises(Forbidden):
            tokens.check_browser("", token)


def test_form_tokens_depend_on_key_session_and_purpose() -> None:
    tokens, session = FormTokens(Signatures(["key"])), uuid4()
    tokens.check_session(session, FormTokens(Signatures(["key"])).of_session(session))
    others = (
        FormTokens(Signatures(["other"])).of_session(session),
        tokens.of_session(uuid4()),
        tokens.of_browser(str(session)),
    )
    for other in others:
        with pytest.raises(Forbidden):
            tokens.check_session(session, other)


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://portal.example"}, False),
        ({"origin": "https://portal.example", "host": "inside:8000"}, True),
        ({"origin": "http://inside:8000", "host": "inside:8000"}, True),
        ({"origin": "https://portal.example.evil.example", "host": "inside:8000"}, False),
        ({"origin": "", "host": "inside:8000"}, False),
        ({"origin": "http://[", "host": "inside:8000"}, False),
    ],
)
def test_same_origin_is_told_from_the_headers(headers: dict[str, str], is_own: bool) -> None:
    assert is_same_origin(headers, "https://portal.example") is is_own


async def test_too_large_form_is_refused(staff_client: Browser) -> None:
    fields = {"form_token": "x" * 70_000}
    assert (await staff_client.http.post("/dashboard/sign-out", data=fields)).status_code == 413
    body = b"a" * 70_000
    assert (await staff_client.http.post("/dashboard/sign-out", content=body)).status_code == 413


# --- every page -----------------------------------------------------------------------------------


async def test_every_response_has_strict_security_headers(
    staff_client: Browser, anonymous_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    pages = [
        await staff_client.get(INVOICES),
        await staff_client.get(f"{INVOICES}/{invoice_id}"),
        await staff_client.get("/dashboard/nothing"),
        await anonymous_client.get(SIGN_IN),
    ]
    assert [page.status_code for page in pages] == [200, 200, 404, 200]
    for page in pages:
        expected = COMMON | SECURITY_HEADERS
        assert {name: page.headers[name] for name in expected} == expected
        assert "strict-transport-security" not in page.headers  # not in production
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "<script>" not in page.text
        assert " style=" not in page.text
        assert " onclick=" not in page.text


async def test_page_requires_its_permission(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice()
    await User.filter(company_id=business.company_id).update(permissions="MANAGE_COMPANY")
    for path in (INVOICES, f"{INVOICES}/{invoice_id}"):
        page = await staff_client.get(path)
        assert page.status_code == 403
        assert "This needs the permission “See invoices”." in page.text
        assert "INV-00001" not in page.text
    assert (await staff_client.get(f"/invoices/{invoice_id}.pdf")).status_code == 403


async def test_log_contains_no_session_and_no_password(
    portal_url: str, business: Business, log: Log
) -> None:
    async with signed_in(portal_url, business) as staff_client:
        secret = staff_client.session
        assert secret
        await staff_client.get(INVOICES)
        await staff_client.get(f"/dashboard/{secret}")
        await staff_client.post("/dashboard/sign-out", page=INVOICES)

    async def all_is_logged() -> bool:
        return any(event.get("path") == "/dashboard/sign-out" for event in log.events)

    await eventually(all_is_logged)
    text = str(log.events)
    assert "/dashboard/inv_session_" in text
    assert secret not in text
    assert secret.removeprefix("inv_session_") not in text
    assert PASSWORD not in text
    assert "form_token" not in text
