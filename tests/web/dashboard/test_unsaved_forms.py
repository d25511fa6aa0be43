"""Forms that are submitted after the session has ended: what was entered comes back, unsaved."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from db.statements import database_time
from models import Company, Credential, Customer, Invoice, UnsavedForm, User
from services.administration.retention import Retention, apply_retention
from services.identity.unsaved_forms import UNSAVED_FORM_TTL
from tests.support.clients import Business, create_business, http_client
from tests.support.second_factors import code_of, enrol
from tests.support.staff import INVOICES, SIGN_IN, Browser, browser, token_in
from web.dashboard.unsaved_forms import NEVER_KEPT

NEW: Final = f"{INVOICES}/new"
SETTINGS: Final = "/dashboard/settings"
CUSTOMER: Final = "/dashboard/customers/new"
PAGE: Final = {"accept": "text/html", "sec-fetch-site": "same-origin"}
"""The headers of a browser that submits a form."""
NOTICE: Final = "You were signed out before this was saved."


@pytest.fixture
async def person(anonymous_client: Browser, business: Business) -> Browser:
    """Return a browser in which the business's user has signed in on the page."""
    assert (await anonymous_client.sign_in(business.email)).status_code == 303
    return anonymous_client


async def _submit(client: Browser, path: str, *, page: str, **fields: Any) -> httpx.Response:
    """Open a page, let its session end, and submit its form."""
    token = token_in((await client.get(page)).text)
    await _end_sessions()
    return await client.http.post(path, data={"form_token": token, **fields}, headers=PAGE)


async def _business(portal_url: str) -> Business:
    """Return another business."""
    async with http_client(portal_url) as http:
        return await create_business(http)


async def _end_sessions() -> None:
    sessions = Credential.filter(kind="SESSION", revoked_at=None)
    await sessions.update(revoked_at=await database_time())


def _next(response: httpx.Response) -> str:
    """Return where signing in leads to."""
    location = urlsplit(response.headers["location"])
    assert (response.status_code, location.path) == (303, SIGN_IN)
    return parse_qs(location.query)["next"][0]


async def _sign_in(client: Browser, business: Business, to: str) -> httpx.Response:
    """Sign in on the page that leads to an address, and go there."""
    response = await client.sign_in(business.email, next=to)
    assert response.headers["location"] == to
    return await client.get(to)


def _values(page: httpx.Response) -> list[str]:
    """Return what is in the inputs of a page, ticked, chosen or typed."""
    shown = page.text
    inputs = re.findall(r'<input [^>]*?value="([^"]+)"(?![^>]*type="(?:checkbox|radio))', shown)
    areas = re.findall(r"<textarea[^>]*>\n?([^<]+)", shown)
    chosen = re.findall(r'<option value="([^"]+)" selected', shown)
    ticked = re.findall(r'name="\w+" value="([^"]+)" checked', shown)
    return [unescape(text) for text in (*inputs, *areas, *chosen, *ticked)]


async def test_a_new_invoice_comes_back_and_is_saved_by_its_button_only(
    person: Browser, business: Business
) -> None:
    customer = await business.make_customer()
    lines = {
        "description": ["Design & <build>", "", "Ümläut 漢字"],
        "quantity": ["2,5", "", "x"],
        "unit_price": ["80", "", "1.200,50"],
    }
    fields = {"customer": customer, "notes": 'Say "hi"\nto all', "do": "send", **lines}
    to = _next(await _submit(person, NEW, page=NEW, **fields))
    assert "We kept what you entered" in (await person.get(f"{SIGN_IN}?next={quote(to)}")).text
    page = await _sign_in(person, business, to)
    assert (page.status_code, NOTICE in page.text) == (200, True)
    values = _values(page)
    for text in (
        customer,
        'Say "hi"\nto all',
        "Design & <build>",
        "Ümläut 漢字",
        "2,5",
        "x",
    ):
        assert text in values
    assert not await Invoice.exists(company_id=business.company_id)
    again = {**fields, "do": "draft", "quantity": ["2,5", "", "1"]}
    token = token_in(page.text)
    saved = await person.http.post(to, data={"form_token": token, **again}, headers=PAGE)
    assert saved.status_code == 303
    assert "unsaved" not in saved.headers["location"]
    assert await Invoice.filter(company_id=business.company_id).count() == 1


@pytest.mark.parametrize("kind", ["invoices", "quotes", "credit-notes"])
async def test_it_comes_back_although_its_customer_was_deleted(
    person: Browser, business: Business, kind: str
) -> None:
    customer = await business.make_customer()
    path = f"/dashboard/{kind}/new?customer={customer}"
    to = _next(await _submit(person, path, page=path, customer=customer, notes="Hi", reason="Hi"))
    await Customer.filter(id=customer).delete()
    page = await _sign_in(person, business, to)
    assert page.status_code == 200
    assert "Hi" in _values(page)
    assert "The customer that you had chosen was deleted." in page.text


async def test_the_second_factor_leads_back_to_it(
    anonymous_client: Browser, business: Business
) -> None:
    enrolled, person = await enrol(business), anonymous_client

    async def sign_in(to: str, code: str) -> None:
        step = (await person.sign_in(business.email, next=to)).headers["location"]
        done = await person.post(urlsplit(step).path, page=step, code=code, next=to)
        assert (done.status_code, done.headers["location"]) == (303, to)

    await sign_in(CUSTOMER, enrolled.recovery_codes[0])
    to = _next(await _submit(person, CUSTOMER, page=CUSTOMER, name="Ada & Co"))
    await sign_in(to, code_of(enrolled.secret))
    assert "Ada & Co" in _values(await person.get(to))


FORMS: Final = [
    ("/dashboard/customers/new", CUSTOMER, {"name": "Ada", "default_notes": "Pays late"}),
    (SETTINGS, SETTINGS, {"section": "details", "name": "New name", "phone": "+49 30 1"}),
    (f"{SETTINGS}/payments/bank", f"{SETTINGS}/payments/bank", {"account_holder": "Ada & Co"}),
    (
        f"{SETTINGS}/payments/reminders",
        f"{SETTINGS}/payments",
        {"reminder_days": ["-3", "30"], "minimum_reminder": "12,50", "days_after": "many"},
    ),
    (
        f"{SETTINGS}/numbering",
        f"{SETTINGS}/numbering",
        {"invoice_number_format": "R-{seq}", "next_quote_number": "77"},
    ),
    (
        f"{SETTINGS}/numbering/defaults",
        f"{SETTINGS}/numbering",
        {"payment_terms": "2% off", "footer": "HRB 1"},
    ),
    (
        f"{SETTINGS}/emails?kind=QUOTE&language=fr",
        f"{SETTINGS}/emails?kind=QUOTE&language=fr",
        {"subject": "Bonjour", "message": "Voici\nle devis"},
    ),
    (
        f"{SETTINGS}/users",
        f"{SETTINGS}/users",
        {"email": "new@example.com", "permissions": ["VIEW_INVOICES"]},
    ),
    (f"{SETTINGS}/keys", f"{SETTINGS}/keys", {"name": "Books", "permissions": ["MANAGE_INVOICES"]}),
    (
        f"{SETTINGS}/webhooks",
        f"{SETTINGS}/webhooks",
        {"url": "https://a.example/x", "events": ["INVOICE_PAID"]},
    ),
    (
        f"{SETTINGS}/webhooks/chat",
        f"{SETTINGS}/webhooks/chat",
        {"url": "https://chat.example/x", "events": ["PAYMENT_RECEIVED"]},
    ),
    ("/dashboard/account/profile", "/dashboard/account", {"name": "Grace", "language": "fr"}),
    ("/dashboard/account/notices", "/dashboard/account/notices", {"events": ["INVOICE_READ"]}),
    ("/dashboard/credit-notes/new", "/dashboard/credit-notes/new", {"reason": "Broken"}),
    ("/dashboard/quotes/new", "/dashboard/quotes/new", {"notes": "Soon", "description": "Work"}),
]


@pytest.mark.parametrize(("path", "page", "fields"), FORMS, ids=[path for path, *_ in FORMS])
async def test_every_form_shows_what_was_entered(
    person: Browser, business: Business, path: str, page: str, fields: dict[str, str | list[str]]
) -> None:
    before = await Company.filter(id=business.company_id).values()
    to = _next(await _submit(person, path, page=page, **fields))
    shown = await _sign_in(person, business, to)
    assert (shown.status_code, NOTICE in shown.text) == (200, True)
    values = _values(shown)
    for entered in fields.values():
        for text in [entered] if isinstance(entered, str) else entered:
            assert text == "details" or text in values
    assert await Company.filter(id=business.company_id).values() == before


@pytest.mark.parametrize("action", ["payment", "write-off", "credit", "credit/lines"])
async def test_forms_of_an_invoice_show_what_was_entered(
    person: Browser, business: Business, action: str
) -> None:
    path = f"{INVOICES}/{await business.make_invoice()}/{action}"
    fields = {"amount": "12,5x", "reason": "Bröken", "reference": "Bröken", "description": "Bröken"}
    to = _next(await _submit(person, path, page=path, **fields))
    shown = await _sign_in(person, business, to)
    assert (shown.status_code, "Bröken" in _values(shown)) == (200, True)


async def test_a_form_of_an_earlier_session_is_shown_at_once(
    person: Browser, business: Business
) -> None:
    token = token_in((await person.get(CUSTOMER)).text)
    await _end_sessions()
    await person.sign_in(business.email)
    fields = {"form_token": token, "name": "Ada"}
    response = await person.http.post(CUSTOMER, data=fields, headers=PAGE)
    location = response.headers["location"]
    assert (response.status_code, location.partition("=")[0]) == (303, f"{CUSTOMER}?unsaved")
    assert "Ada" in _values(await person.get(location))


async def test_only_its_user_sees_it_on_its_page_and_for_a_day(
    person: Browser, business: Business, portal_url: str
) -> None:
    to = _next(await _submit(person, CUSTOMER, page=CUSTOMER, name="Ada"))
    other = await _business(portal_url)
    async with browser(portal_url) as stranger:
        assert "Ada" not in _values(await _sign_in(stranger, other, to))
    assert "Ada" in _values(await _sign_in(person, business, to))
    elsewhere = to.replace(CUSTOMER, f"{SETTINGS}/keys")
    assert "Ada" not in _values(await person.get(elsewhere))
    assert (await person.get(f"{CUSTOMER}?unsaved=none")).status_code == 200
    await UnsavedForm.filter(company_id=business.company_id).update(
        submitted_at=await database_time() - UNSAVED_FORM_TTL - timedelta(seconds=1)
    )
    page = await person.get(to)
    assert ("Ada" in _values(page), NOTICE in page.text) == (False, False)
    await apply_retention(Retention(views=365, emails=730, events=90))
    assert not await UnsavedForm.exists(company_id=business.company_id)


@pytest.mark.parametrize(
    "case", ["another site", "a script", "no token", "a forged token", "another user", "too large"]
)
async def test_what_did_not_come_from_the_users_form_is_not_kept(
    person: Browser, business: Business, portal_url: str, case: str
) -> None:
    headers, fields = dict(PAGE), {"name": "Ada"}
    if case == "another site":
        headers["sec-fetch-site"] = "cross-site"
    elif case == "a script":
        headers["accept"] = "*/*"
    elif case == "no token":
        fields["form_token"] = ""
    elif case == "a forged token":
        fields["form_token"] = f"{'0' * 32}.{'0' * 64}"
    elif case == "another user":
        async with browser(portal_url) as stranger:
            await stranger.sign_in((await _business(portal_url)).email)
            fields["form_token"] = token_in((await stranger.get(CUSTOMER)).text)
    else:
        fields["notes"] = "x" * 300_000
    token = fields.pop("form_token", None)
    page = await person.get(CUSTOMER)
    await _end_sessions()
    given = {"form_token": token_in(page.text) if token is None else token, **fields}
    response = await person.http.post(CUSTOMER, data=given, headers=headers)
    assert _next(response) == CUSTOMER
    assert not await UnsavedForm.exists(path=CUSTOMER, company_id=business.company_id)


async def test_what_no_page_sends_is_not_kept(person: Browser) -> None:
    token = token_in((await person.get(CUSTOMER)).text)
    await _end_sessions()
    path = f"{INVOICES}/{'0' * 300}/edit"
    response = await person.http.post(path, data={"form_token": token, "notes": "x"}, headers=PAGE)
    assert _next(response) == path
    fields = {"form_token": token} | {f"field{n}": "" for n in range(12_000)}
    response = await person.http.post(CUSTOMER, data=fields, headers=PAGE)
    assert _next(response) == CUSTOMER


async def test_a_browser_in_which_nobody_signed_in_keeps_nothing(
    person: Browser, portal_url: str
) -> None:
    token = token_in((await person.get(CUSTOMER)).text)
    async with browser(portal_url) as stranger:
        fields = {"form_token": token, "name": "Ada"}
        response = await stranger.http.post(CUSTOMER, data=fields, headers=PAGE)
    assert _next(response) == CUSTOMER


async def test_passwords_and_codes_are_never_kept(person: Browser, business: Business) -> None:
    account, secret = "/dashboard/account", "correct horse"
    fields = dict.fromkeys(NEVER_KEPT - {"form_token"}, secret)
    assert _next(await _submit(person, account, page=account, **fields)) == account
    await person.sign_in(business.email)
    await _submit(person, account, page=account, name="Ada", **fields)
    [kept] = await UnsavedForm.filter(company_id=business.company_id)
    assert kept.entries == '[["name", "Ada"]]'


def test_no_password_has_a_name_that_is_kept() -> None:
    templates = Path("web/templates/dashboard")
    texts = [path.read_text("utf-8") for path in templates.rglob("*.html")]
    secret = r'password_input\(form\.(\w+)|text_input\(form\.(\w+)[^}]*autocomplete="one-time-code"'
    names = {"".join(found) for text in texts for found in re.findall(secret, text)}
    assert {"password", "confirm_password", "code"} <= names <= NEVER_KEPT


async def test_only_the_latest_are_kept(person: Browser, business: Business) -> None:
    token = token_in((await person.get(CUSTOMER)).text)
    await _end_sessions()
    for number in range(12):
        fields = {"form_token": token, "name": f"Customer {number}"}
        await person.http.post(CUSTOMER, data=fields, headers=PAGE)
    kept = await UnsavedForm.filter(company_id=business.company_id)
    assert {row.entries for row in kept} == {
        f'[["name", "Customer {number}"]]' for number in range(2, 12)
    }


async def test_removing_a_user_removes_what_they_typed(person: Browser, business: Business) -> None:
    await _submit(person, CUSTOMER, page=CUSTOMER, name="Ada")
    await Credential.filter(company_id=business.company_id).delete()
    await User.filter(company_id=business.company_id).delete()
    assert not await UnsavedForm.exists(company_id=business.company_id)
