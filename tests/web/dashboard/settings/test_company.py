"""The company's settings: its details, language and look."""

import re
from io import BytesIO
from typing import Final
from uuid import uuid4

import httpx
import pytest

from models import AuditEntry, Company, User
from services.company.logos import MAX_UPLOAD
from tests.support.clients import Business
from tests.support.images import decode, plain
from tests.support.staff import Browser, token_in

SETTINGS: Final = "/dashboard/settings"
_DETAILS: Final = {
    "name": "Ada & Co",
    "street": "Street 1\r\nBack yard",
    "postal_code": "EC1A 1BB",
    "city": "London",
    "region": "",
    "country": "GB",
    "vat_id": "gb 980 7806 84",
    "tax_number": "1234567890",
    "email": "office@ada.example",
    "phone": "+44 1",
    "website": "https://ada.example",
    "contact_name": "Grace",
    "accent_color": "#0A0B0C",
    "currency": "GBP",
    "language": "en_gb",
    "time_zone": "Europe/London",
}


async def _save(staff_client: Browser, **fields: str) -> httpx.Response:
    return await staff_client.post(SETTINGS, page=SETTINGS, **fields)


async def _upload(staff_client: Browser, content: bytes, **fields: str) -> httpx.Response:
    token = token_in((await staff_client.get(SETTINGS)).text)
    return await staff_client.http.post(
        f"{SETTINGS}/logo",
        data={"form_token": token} | fields,
        files={"logo": ("logo.png", BytesIO(content))},
        headers={"sec-fetch-site": "same-origin"},
    )


async def _company(business: Business) -> Company:
    return await Company.get(id=business.company_id)


async def test_company_details_are_saved(staff_client: Browser, business: Business) -> None:
    response = await _save(staff_client, **_DETAILS)
    assert (response.status_code, response.headers["location"]) == (
        303,
        f"{SETTINGS}?saved=details#details",
    )
    company = await _company(business)
    stored = {name: getattr(company, name) for name in _DETAILS}
    assert stored == _DETAILS | {
        "street": "Street 1\nBack yard",
        "region": None,
        "vat_id": "GB980780684",
        "accent_color": "#0a0b0c",
        "language": "en-GB",
    }
    page = (await staff_client.get(f"{SETTINGS}?saved=details")).text
    for text in ("Saved.", 'value="Ada &amp; Co"', "Street 1\nBack yard", 'value="GB980780684"'):
        assert text in page
    assert '<option value="GBP" selected>British Pound (GBP)</option>' in page
    assert '<option value="en-GB" selected>English (United Kingdom)</option>' in page
    assert re.search(r'<option value="Europe/London" selected>London \(\d+:\d\d, UTC', page)
    assert '<option value="GB" selected>United Kingdom</option>' in page
    assert 'href="/styles/scope/0a0b0c.css"' in page


async def test_empty_fields_are_saved_as_null(staff_client: Browser, business: Business) -> None:
    await _save(staff_client, **_DETAILS)
    required = ("name", "currency", "language", "time_zone")
    kept = {name: _DETAILS[name] for name in required}
    response = await _save(staff_client, **dict.fromkeys(_DETAILS, "") | kept)
    assert response.status_code == 303
    company = await _company(business)
    empty = _DETAILS.keys() - {*required}
    assert {name for name in empty if getattr(company, name) is not None} == set()


async def test_an_address_as_one_text_is_kept_until_its_parts_are_entered(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(address="Street 1\nTown")
    page = (await staff_client.get(SETTINGS)).text
    assert ">\nStreet 1\nTown</textarea>" in page
    empty = dict.fromkeys(("street", "postal_code", "city", "region", "country"), "")
    await _save(staff_client, name="Ada", address="Street 1\r\nTown", **empty)
    assert (await _company(business)).address == "Street 1\nTown"
    await _save(staff_client, address="Street 1\r\nTown", **empty | {"city": "Town"})
    company = await _company(business)
    assert company.address is None
    assert company.city == "Town"
    assert 'name="address"' not in (await staff_client.get(SETTINGS)).text
    await _save(staff_client, **empty)
    assert (await _company(business)).postal_address is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", "  ", "This is required."),
        ("email", "<nobody>", "Enter a valid e-mail address, like ada@example.com."),
        ("website", "ftp://x", "Enter a URL"),
        ("accent_color", "<red>", "Enter a colour"),
        ("currency", "<EU", "Enter an ISO 4217"),
        ("street", "1\n2\n3\n<4", "Use at most 3 lines."),
        ("country", "<XX", "Use at most 2 characters."),
        ("vat_id", "GB980780685", "There is a typo in this VAT ID: its check digits are wrong."),
        ("registration_scheme", "<ID>", "Enter an ICD code of four digits"),
        ("endpoint", "<nowhere>", "Enter a scheme of the EAS list"),
        ("time_zone", "<Town>", "Enter an IANA time zone, like Europe/Berlin."),
        ("language", "<xx", "Use one of these languages:"),
    ],
)
async def test_invalid_value_shows_an_error_at_its_field_and_is_kept(
    staff_client: Browser, business: Business, name: str, value: str, message: str
) -> None:
    before = await _company(business)
    response = await _save(staff_client, **_DETAILS | {name: value})
    assert response.status_code == 400
    page = response.text
    assert f'id="{name}-help">{message}' in page
    assert f'id="{name}" name="{name}" aria-invalid="true"' in page
    assert 'value="+44 1"' in page
    if name not in {"currency", "country", "time_zone", "language"}:  # a select has no such option
        assert value.replace("<", "&lt;").replace(">", "&gt;") in page
    after = await _company(business)
    assert {n: getattr(after, n) for n in _DETAILS} == {n: getattr(before, n) for n in _DETAILS}


async def test_all_wrong_fields_are_marked_at_once_and_the_first_gets_the_focus(
    staff_client: Browser, business: Business
) -> None:
    wrong = {"name": " ", "email": "nobody", "website": "acme", "vat_id": "GB980780685"}
    response = await _save(staff_client, **_DETAILS | wrong)
    for name in wrong:
        assert re.search(rf'id="{name}"[^>]* aria-invalid="true"', response.text)
        assert f'<a href="#{name}">' in response.text
    assert response.text.count(" autofocus") == 1
    assert (await _company(business)).name == "Acme Ltd"


async def test_field_that_is_not_submitted_keeps_its_value(
    staff_client: Browser, business: Business
) -> None:
    await _save(staff_client, **_DETAILS)
    assert (await _save(staff_client, name="Bob")).status_code == 303
    company = await _company(business)
    assert (company.name, company.phone, company.city) == ("Bob", "+44 1", "London")


async def test_field_that_is_not_submitted_is_neither_checked_nor_written(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(website="from before it was checked")
    assert (await _save(staff_client, name="Bob")).status_code == 303
    company = await _company(business)
    assert (company.name, company.website) == ("Bob", "from before it was checked")


async def test_logo_is_uploaded_and_removed(staff_client: Browser, business: Business) -> None:
    response = await _upload(staff_client, plain(color=tuple(uuid4().bytes[:3])))
    assert (response.status_code, response.headers["location"]) == (
        303,
        f"{SETTINGS}?saved=logo#look",
    )
    digest = (await _company(business)).logo_digest
    assert f'<img class="logo" src="/logo/{digest}.png"' in (await staff_client.get(SETTINGS)).text
    assert decode((await staff_client.get(f"/logo/{digest}.png")).content).size == (40, 20)
    response = await staff_client.post(f"{SETTINGS}/remove-logo", page=SETTINGS)
    assert response.headers["location"] == f"{SETTINGS}?saved=no-logo#look"
    assert (await _company(business)).logo_digest is None
    assert "No logo yet" in (await staff_client.get(SETTINGS)).text


async def test_a_preview_shows_another_colour_and_saves_nothing(
    staff_client: Browser, business: Business
) -> None:
    look = {"section": "look", "preview": "yes"}
    response = await _save(staff_client, accent_color=" #A8452C", **look)
    assert response.status_code == 200
    for part in ('href="/styles/scope/a8452c.css"', "/preview?color=%23a8452c"):
        assert part in response.text
    assert (await _company(business)).accent_color is None
    email = await staff_client.get(f"{SETTINGS}/emails/preview?color=%23a8452c")
    assert "#a8452c" in email.text
    page = await staff_client.get("/drafts/look?color=%23a8452c")
    assert re.search(r'href="/styles/a8452c\.css', page.text)
    assert "This is a sample, to show your logo and colour." in page.text
    assert (await staff_client.get("/drafts/look?color=red")).status_code == 404
    response = await _save(staff_client, accent_color="red", **look)
    assert (response.status_code, 'id="accent_color-help">' in response.text) == (400, True)


async def test_a_preview_writes_dates_and_amounts_in_another_language(
    staff_client: Browser,
) -> None:
    response = await _save(staff_client, section="region", preview="yes", language="de")
    assert "1.842,12\N{NO-BREAK SPACE}€" in response.text


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"", 400, "Choose an image first."),
        (b"no image", 400, ""),
        (bytes(MAX_UPLOAD + 1), 413, "at most 2 MiB."),
    ],
)
async def test_invalid_logo_shows_an_error_at_its_form(
    staff_client: Browser, business: Business, content: bytes, status: int, message: str
) -> None:
    response = await _upload(staff_client, content)
    assert response.status_code == status
    assert "Branding</h2>" in response.text
    assert message in response.text
    assert '<a href="/dashboard/settings" aria-current="page">Company</a>' in response.text
    assert 'role="alert"' in response.text or 'id="logo-help">' in response.text
    assert (await _company(business)).logo_digest is None


async def test_form_is_read_up_to_its_maximum_size_only(staff_client: Browser) -> None:
    assert (await _upload(staff_client, bytes(5 * MAX_UPLOAD))).status_code == 413


async def test_only_the_logo_form_accepts_a_file_and_only_one(
    staff_client: Browser, business: Business
) -> None:
    token = token_in((await staff_client.get(SETTINGS)).text)
    file = ("x.png", BytesIO(plain()))
    for path, files in ((SETTINGS, [file]), (f"{SETTINGS}/logo", [file, file])):
        response = await staff_client.http.post(
            path, data={"form_token": token}, files=[("logo", each) for each in files]
        )
        assert response.status_code == 400
    assert (await _company(business)).logo_digest is None


async def test_settings_forms_without_the_token_change_nothing(
    staff_client: Browser, business: Business
) -> None:
    fields = {"form_token": "x", "name": "Mallory"}
    assert (await staff_client.http.post(SETTINGS, data=fields)).status_code == 403
    assert (await _upload(staff_client, plain(), form_token="x")).status_code == 403
    response = await staff_client.http.post(f"{SETTINGS}/remove-logo", data=fields)
    assert response.status_code == 403
    assert not await AuditEntry.exists(company_id=business.company_id)


async def test_settings_require_manage_company(staff_client: Browser, business: Business) -> None:
    token = token_in((await staff_client.get(SETTINGS)).text)
    await User.filter(company_id=business.company_id).update(
        permissions="VIEW_INVOICES MANAGE_INVOICES"
    )
    for path in ("", "/payments", "/keys", "/log"):
        assert (await staff_client.get(SETTINGS + path)).status_code == 403
    key = uuid4()
    posted = (
        "",
        "/logo",
        "/remove-logo",
        "/payments/connect",
        "/payments/disconnect",
        "/payments/replay",
        "/keys",
        f"/keys/{key}/revoke",
    )
    for path in posted:
        response = await staff_client.http.post(
            SETTINGS + path, data={"form_token": token, "name": "x"}
        )
        assert response.status_code == 403
        assert "This needs the permission “Manage the company”." in response.text
    assert not await AuditEntry.exists(company_id=business.company_id)


async def test_staff_choose_how_long_opens_keep_addresses(
    staff_client: Browser, business: Business
) -> None:
    page = await staff_client.get(SETTINGS)
    assert "If empty, after 365 days." in page.text
    saved = await _save(staff_client, section="privacy", view_retention_days="90")
    assert saved.headers["location"] == f"{SETTINGS}?saved=privacy#privacy"
    assert (await _company(business)).view_retention_days == 90
    for wrong in ("soon", "0"):
        assert (
            await _save(staff_client, section="privacy", view_retention_days=wrong)
        ).status_code == 400
    assert (await _company(business)).view_retention_days == 90
    await _save(staff_client, section="privacy", view_retention_days="")
    assert (await _company(business)).view_retention_days is None
