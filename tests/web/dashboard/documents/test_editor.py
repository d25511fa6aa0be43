"""The page on which invoices and quotes are written: its buttons, its drafts and its amounts."""

import re
from html import unescape
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from models import Company, Customer, Invoice, InvoiceView, Quote
from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.staff import INVOICES, Browser, token_in

_NEW: Final = f"{INVOICES}/new"
_PRICE: Final = "/dashboard/drafts/price"
_CUSTOMERS: Final = "/dashboard/drafts/customers"
_NONE: Final = ("\N{EN DASH}",)
_WORK: Final = {"description": "Work", "quantity": "2,5", "unit_price": "80", "tax_rate": "19 %"}


async def _post(
    staff_client: Browser, path: str, *lines: dict[str, str], **inputs: str
) -> httpx.Response:
    """Submit a form with these lines."""
    token = token_in((await staff_client.get(_NEW)).text)
    cells = {name: [line.get(name, "") for line in lines] for name in _WORK}
    data: dict[str, Any] = {"form_token": token, **cells, **inputs}
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    return await staff_client.http.post(path, data=data, headers=headers)


def _text_of(page: httpx.Response) -> str:
    """Return the text of a page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def _descriptions(page: httpx.Response) -> list[str]:
    shown = page.text.partition("<template")[0]
    return re.findall(r'name="description"[^>]*>([^<]*)</textarea>', shown)


def _amounts(page: httpx.Response) -> list[str]:
    amounts = page.text.partition('id="line-amounts"')[2]
    return re.findall(r"<li>([^<]*)</li>", amounts.partition("</ol>")[0])


async def test_a_form_is_priced_as_it_was_typed(staff_client: Browser) -> None:
    wall = {"description": "Wall", "unit_price": ""}
    lines: list[dict[str, str]] = [_WORK, {}, wall, _WORK | {"quantity": "many"}]
    page = await _post(staff_client, _PRICE, *lines, discount="10 %", currency="EUR")
    assert _amounts(page) == ["€200.00", *_NONE * 3]
    text = _text_of(page)
    for row in (
        "Subtotal €200.00",
        "Discount 10% \N{MINUS SIGN}€20.00",
        "Tax 19% €34.20",
        "Total €214.20",
    ):
        assert row in text
    assert "Without line 3, which has no price yet." in text
    assert "Line 4, quantity: Enter a quantity, like 3 or 2.5." in text


async def test_pricing_a_form_runs_one_statement(staff_client: Browser) -> None:
    token = token_in((await staff_client.get(_NEW)).text)
    cells = {name: [value] * 50 for name, value in _WORK.items()}
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    with statements() as sent:
        page = await staff_client.http.post(
            _PRICE, data={"form_token": token, **cells}, headers=headers
        )
    assert _amounts(page) == ["€200.00"] * 50
    assert len(sent) == 1


async def test_prices_need_the_permission_and_the_forms_token(
    staff_client: Browser, anonymous_client: Browser
) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    page = await staff_client.http.post(_PRICE, data={"form_token": "x"}, headers=headers)
    assert page.status_code == 403
    page = await anonymous_client.http.post(_PRICE, headers=headers)
    assert page.status_code == 303


async def test_customers_are_found_whatever_their_case_and_accents(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    found_id = await business.make_customer(name="Café Müller", email="cafe@example.com")
    await business.make_customer(name="Ada")
    await rival.make_customer(name="Mueller Muller")
    await Customer.filter(id=found_id).update(default_tax_rate=7)
    answer = (await staff_client.get(f"{_CUSTOMERS}?q=muller")).json()
    assert [(each["id"], each["name"], each["tax_rate"]) for each in answer["customers"]] == [
        (found_id, "Café Müller", "7%")
    ]
    names = [each["name"] for each in (await staff_client.get(_CUSTOMERS)).json()["customers"]]
    assert names == ["Ada", "Café Müller"]


async def test_a_complete_draft_saves_itself(staff_client: Browser, business: Business) -> None:
    fields = {"customer": await business.make_customer(), "idempotency_key": uuid4().hex}
    answer = (await _post(staff_client, _NEW, _WORK, do="autosave", **fields)).json()
    row = await Invoice.get(company_id=business.company_id)
    assert answer == {
        "saved": True,
        "url": f"{INVOICES}/{row.id}/edit",
        "version": row.version,
    }
    changed = _WORK | {"unit_price": "100"}
    again = await _post(
        staff_client, answer["url"], changed, do="autosave", version=row.version, **fields
    )
    assert again.json()["saved"]
    assert (await Invoice.get(id=row.id)).total == 29_750
    lost = await _post(
        staff_client, answer["url"], _WORK, do="autosave", version=row.version, **fields
    )
    assert lost.json() == {"saved": False, "changed": True}
    assert (await Invoice.get(id=row.id)).total == 29_750


@pytest.mark.parametrize(
    "more", [{"customer": ""}, {"customer": "", "new_name": "Lumen"}, {"discount": "much"}]
)
async def test_an_incomplete_draft_does_not_save_itself(
    staff_client: Browser, business: Business, more: dict[str, str]
) -> None:
    fields = {"customer": await business.make_customer()} | more
    answer = await _post(staff_client, _NEW, _WORK, do="autosave", **fields)
    assert (answer.status_code, answer.json()["saved"]) == (200, False)
    assert await Invoice.filter(company_id=business.company_id).count() == 0
    assert await Customer.filter(company_id=business.company_id).count() == 1


async def test_a_draft_that_was_changed_elsewhere_is_kept_on_the_page(
    staff_client: Browser, business: Business
) -> None:
    row = await Invoice.get(id=await business.make_draft())
    fields = {"customer": str(row.customer_id), "version": "2026-01-01T00:00:00+00:00"}
    path = f"{INVOICES}/{row.id}/edit"
    page = await _post(staff_client, path, _WORK, **fields)
    assert page.status_code == 409
    assert "This draft was changed in another window" in page.text
    assert _descriptions(page) == ["Work"]
    page = await _post(staff_client, path, _WORK, overwrite="yes", **fields)
    assert page.status_code == 303
    assert (await Invoice.get(id=row.id)).total == 23_800


async def test_a_new_customer_is_saved_with_the_document(
    staff_client: Browser, business: Business
) -> None:
    wrong = {"new_name": "Lumen KG", "new_email": "nobody", "new_country": "DE"}
    page = await _post(staff_client, _NEW, _WORK, **wrong)
    assert page.status_code == 400
    assert 'id="new_email" name="new_email" aria-invalid="true"' in page.text
    assert await Customer.filter(company_id=business.company_id).count() == 0
    page = await _post(staff_client, _NEW, _WORK, **wrong | {"new_email": "a@lumen.example"})
    row = await Invoice.get(company_id=business.company_id)
    customer = await Customer.get(id=row.customer_id)
    assert page.headers["location"] == f"{INVOICES}/{row.id}"
    assert (customer.name, customer.email, customer.country) == (
        *("Lumen KG", "a@lumen.example"),
        "DE",
    )


@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("up-2", ["A", "C", "B"]),
        ("up-0", ["A", "B", "C"]),
        ("down-0", ["B", "A", "C"]),
        ("down-2", ["A", "B", "C"]),
        ("remove-1", ["A", "C"]),
        ("remove-9", ["A", "B", "C"]),
        ("up-²", ["A", "B", "C"]),
        ("add", ["A", "B", "C", "", "", ""]),
        ("<script>", ["A", "B", "C"]),
    ],
)
async def test_lines_are_rearranged_without_scripts(
    staff_client: Browser, business: Business, action: str, left: list[str]
) -> None:
    lines = [_WORK | {"description": name} for name in "ABC"]
    page = await _post(staff_client, _NEW, *lines, do=action)
    assert (page.status_code, _descriptions(page)) == (200, left)
    assert "Total €" in _text_of(page)
    assert await Invoice.filter(company_id=business.company_id).count() == 0


async def test_a_customer_is_found_without_scripts(
    staff_client: Browser, business: Business
) -> None:
    await business.make_customer(name="Ada Lovelace")
    await business.make_customer(name="Charles Babbage")
    page = await _post(staff_client, _NEW, _WORK, do="find", find="LOVE")
    options = page.text.partition('id="customer"')[2].partition("</select>")[0]
    assert ("Ada Lovelace" in options, "Charles Babbage" in options) == (True, False)
    assert _descriptions(page) == ["Work"]


@pytest.mark.parametrize(
    ("terms", "last_day", "due"),
    [
        ("14", "", "2026-12-15"),
        ("0", "2027-01-01", "2026-12-01"),
        ("date", "2026-12-24", "2026-12-24"),
        ("", "", "None"),
    ],
)
async def test_the_due_date_follows_from_the_terms(
    staff_client: Browser, business: Business, terms: str, last_day: str, due: str
) -> None:
    fields = {"customer": await business.make_customer(), "issue_date": "2026-12-01"}
    await _post(staff_client, _NEW, _WORK, terms=terms, last_day=last_day, **fields)
    row = await Invoice.get(company_id=business.company_id)
    assert str(row.due_date) == due


async def test_another_date_must_be_entered(staff_client: Browser, business: Business) -> None:
    customer_id = await business.make_customer()
    page = await _post(staff_client, _NEW, _WORK, customer=customer_id, terms="date", last_day="")
    assert (page.status_code, "Due date: This is required." in page.text) == (400, True)


async def test_a_copy_has_the_content_but_no_dates_and_no_number(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    invoice_id = await business.make_invoice(
        number="R-7",
        issueDate="2026-01-02",
        dueDate="2026-02-03",
        notes="Thanks",
        allowPartialPayment=True,
    )
    page = await staff_client.get(f"{_NEW}?copy={invoice_id}")
    assert _descriptions(page) == ["Work"]
    assert ("Thanks" in page.text, 'name="partial" value="yes" checked' in page.text) == (
        *(True,),
        True,
    )
    for gone in ("R-7", "2026-01-02", "2026-02-03"):
        assert gone not in page.text
    quote_id = await business.make_quote(notes="Gladly")
    assert "Gladly" in (await staff_client.get(f"/dashboard/quotes/new?copy={quote_id}")).text
    for unknown in (await rival.make_draft(), quote_id, "x"):
        assert (await staff_client.get(f"{_NEW}?copy={unknown}")).status_code == 404


async def test_a_preview_shows_the_page_without_issuing_the_draft(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    draft_id = await business.make_draft(number="R-7")
    frame = await staff_client.get(f"{INVOICES}/{draft_id}/preview")
    assert f'src="/drafts/invoices/{draft_id}"' in frame.text
    frame = await staff_client.get(f"{INVOICES}/{draft_id}/preview?show=email")
    email_path = f"{INVOICES}/{draft_id}/email-preview"
    assert f'src="{email_path}"' in frame.text
    assert "R-7" in (await staff_client.get(email_path)).text
    page = await staff_client.get(f"/drafts/invoices/{draft_id}")
    assert ("R-7" in page.text, "€100.00" in page.text) == (True, True)
    policy = page.headers["content-security-policy"]
    assert ("form-action 'none'" in policy, "frame-ancestors 'self'" in policy) == (True, True)
    row = await Invoice.get(id=draft_id)
    assert (row.status, row.number, row.share_token) == ("DRAFT", None, None)
    assert await InvoiceView.filter(invoice_id=draft_id).count() == 0
    quote_id = await business.make_quote()
    assert "€100.00" in (await staff_client.get(f"/drafts/quotes/{quote_id}")).text
    assert (await Quote.get(id=quote_id)).status == "DRAFT"
    foreign = await rival.make_draft()
    for path in (f"/drafts/invoices/{foreign}", f"{INVOICES}/{foreign}/preview"):
        assert (await staff_client.get(path)).status_code == 404


async def test_a_preview_needs_the_permission_to_write(
    anonymous_client: Browser, business: Business
) -> None:
    response = await anonymous_client.get(f"/drafts/invoices/{await business.make_draft()}")
    assert response.status_code == 401


async def test_issue_and_send_saves_issues_and_sends_once(
    staff_client: Browser, business: Business
) -> None:
    customer_id, key = await business.make_customer(), uuid4().hex
    responses = [
        await _post(staff_client, _NEW, _WORK, do="send", customer=customer_id, idempotency_key=key)
        for _ in range(2)
    ]
    row = await Invoice.get(company_id=business.company_id)
    assert row.status == "ISSUED"
    locations = {response.headers["location"] for response in responses}
    assert len(locations) == 1
    assert locations.pop().startswith(f"{INVOICES}/{row.id}?sent=")


async def test_a_draft_that_cant_be_sent_is_saved(
    staff_client: Browser, business: Business
) -> None:
    past = {"terms": "date", "last_day": "2020-01-31", "customer": await business.make_customer()}
    page = await _post(staff_client, _NEW, _WORK, do="send", **past)
    row = await Invoice.get(company_id=business.company_id)
    assert (page.status_code, row.status, row.total) == (400, "DRAFT", 23_800)
    assert 'name="last_day" aria-invalid="true"' in page.text
    assert f'action="{INVOICES}/{row.id}/edit"' in page.text
    assert f'name="version" value="{row.version}"' in page.text


async def test_sending_asks_for_the_address_of_a_customer_who_has_none(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(email=None)
    sent = await _post(staff_client, _NEW, _WORK, do="send", customer=customer_id)
    row = await Invoice.get(company_id=business.company_id)
    asking = f"{INVOICES}/{row.id}/issue-and-send"
    assert (sent.headers["location"], row.status, row.total) == (asking, "DRAFT", 23_800)
    assert "Your customer has no e-mail address yet." in (await staff_client.get(asking)).text
    quote_id = await business.make_quote(customerId=customer_id)
    preview = f"/dashboard/quotes/{quote_id}/preview"
    sent = await _post(staff_client, preview)
    asking = f"/dashboard/quotes/{quote_id}/share/send"
    assert sent.headers["location"] == asking
    assert 'name="to"' in (await staff_client.get(asking)).text


async def test_defaults_are_those_of_the_company(staff_client: Browser, business: Business) -> None:
    await Company.filter(id=business.company_id).update(
        default_tax_rate=19, payment_days=30, allow_partial_payment=True, currency="CHF"
    )
    page = (await staff_client.get(_NEW)).text
    assert 'value="19%"' in page
    assert "Default, 30 days: due " in page
    assert '<option value="CHF" selected>Swiss Franc (CHF)</option>' in page
    assert 'name="partial" value="yes" checked' in page


async def test_a_form_whose_session_has_ended_leads_back_to_itself(
    anonymous_client: Browser,
) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    response = await anonymous_client.http.post(f"{_NEW}?customer=x", headers=headers)
    assert response.headers["location"] == (
        "/dashboard/sign-in?next=%2Fdashboard%2Finvoices%2Fnew%3Fcustomer%3Dx"
    )


async def test_without_customers_one_can_be_created_where_it_is_missed(
    staff_client: Browser,
) -> None:
    page = (await staff_client.get(_NEW)).text
    assert 'id="new-customer" open>' in page
    page = (await staff_client.get("/dashboard/credit-notes/new")).text
    assert 'href="/dashboard/customers/new"' in page


async def test_an_absurd_issue_date_is_refused_by_name(
    staff_client: Browser, business: Business
) -> None:
    inputs = {"customer": await business.make_customer(), "terms": "14", "issue_date": "9999-12-31"}
    page = await _post(staff_client, _NEW, _WORK, **inputs, do="draft")
    assert page.status_code == 400
    assert "Issue date Enter a date between" in _text_of(page)
    assert not await Invoice.exists(company_id=business.company_id)


async def test_a_line_that_cannot_exist_is_not_removed(staff_client: Browser) -> None:
    page = await _post(staff_client, _NEW, _WORK, do=f"remove-{'9' * 5000}")
    assert page.status_code == 200
    assert _descriptions(page) == ["Work"]
