"""The company's settings: its details and its logo."""

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
    "address": "Street 1\r\nTown",
    "email": "office@ada.example",
    "phone": "+44 1",
    "website": "https://ada.example",
    "tax_id": "GB 1",
    "accent_color": "#0A0B0C",
    "currency": "GBP",
    "language": "en_gb",
    "reminder_days": "7; \N{MINUS SIGN}3, 1 1",
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
        f"{SETTINGS}?saved=details",
    )
    company = await _company(business)
    stored = {name: getattr(company, name) for name in _DETAILS}
    assert stored == _DETAILS | {
        "address": "Street 1\nTown",
        "accent_color": "#0a0b0c",
        "language": "en-GB",
        "reminder_days": "-3 1 7",
    }
    page = (await staff_client.get(f"{SETTINGS}?saved=details")).text
    for text in ("Saved.", 'value="Ada &amp; Co"', "Street 1\nTown", 'value="-3, 1, 7"'):
        assert text in page
    assert '<option value="GBP" selected>GBP</option>' in page
    assert 'fill="#0a0b0c"' in page


async def test_empty_fields_are_saved_as_null(staff_client: Browser, business: Business) -> None:
    await _save(staff_client, **_DETAILS)
    kept = {name: _DETAILS[name] for name in ("name", "currency", "language")}
    response = await _save(staff_client, **dict.fromkeys(_DETAILS, "") | kept)
    assert response.status_code == 303
    company = await _company(business)
    empty = ("address", "email", "phone", "website", "tax_id", "accent_color")
    assert [getattr(company, name) for name in empty] == [None] * len(empty)
    assert company.reminder_stages == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", "  ", "This is required."),
        ("email", "<nobody>", "Enter a valid e-mail address, like ada@example.com."),
        ("website", "ftp://x", "Enter a URL"),
        ("accent_color", "<red>", "Enter a colour"),
        ("currency", "<EU", "Enter an ISO 4217"),
        ("language", "<xx", "Use one of these languages:"),
        ("reminder_days", "1, <two", "Enter days as whole numbers"),
        ("reminder_days", "1.5", "Enter days as whole numbers"),
        ("reminder_days", "9" * 5000, "Enter days as whole numbers"),
        ("reminder_days", "366", "Choose days from -60 to 365."),
        ("reminder_days", "1 2 3 4 5 6 7 8 9 10 11", "Choose at most 10"),
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
    if name != "currency":  # a select has no option for it
        assert value.replace("<", "&lt;").replace(">", "&gt;") in page
    after = await _company(business)
    assert [getattr(after, n) for n in _DETAILS] == [getattr(before, n) for n in _DETAILS]


async def test_field_that_is_not_submitted_keeps_its_value(
    staff_client: Browser, business: Business
) -> None:
    await _save(staff_client, **_DETAILS)
    assert (await _save(staff_client, name="Bob")).status_code == 303
    company = await _company(business)
    assert (company.name, company.phone, company.reminder_days) == ("Bob", "+44 1", "-3 1 7")


async def test_field_that_is_not_submitted_is_neither_checked_nor_written(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(website="from before it was checked")
    assert (await _save(staff_client, name="Bob")).status_code == 303
    company = await _company(business)
    assert (company.name, company.website) == ("Bob", "from before it was checked")


async def test_logo_is_uploaded_and_removed(staff_client: Browser, business: Business) -> None:
    response = await _upload(staff_client, plain(color=tuple(uuid4().bytes[:3])))
    assert (response.status_code, response.headers["location"]) == (303, f"{SETTINGS}?saved=logo")
    digest = (await _company(business)).logo_digest
    assert f'<img class="logo" src="/logo/{digest}.png"' in (await staff_client.get(SETTINGS)).text
    assert decode((await staff_client.get(f"/logo/{digest}.png")).content).size == (40, 20)
    response = await staff_client.post(f"{SETTINGS}/remove-logo", page=SETTINGS)
    assert response.headers["location"] == f"{SETTINGS}?saved=no-logo"
    assert (await _company(business)).logo_digest is None
    assert "No logo yet" in (await staff_client.get(SETTINGS)).text


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
    assert "Company</h1>" in response.text
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
        assert "This needs the permission MANAGE_COMPANY." in response.text
    assert not await AuditEntry.exists(company_id=business.company_id)
