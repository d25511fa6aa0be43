"""The list of customers, a customer's page, and sharing their portal."""

import re
from html import unescape
from typing import Final
from urllib.parse import quote
from uuid import uuid4

import pytest

from models import (
    AuditAction,
    AuditEntry,
    Customer,
    Invoice,
    MailCategory,
    OptOutOrigin,
    User,
)
from services.email.preferences import preference_for, turn_off
from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.staff import Browser, numbers_in
from web.dashboard.customers import pages as customers
from web.dashboard.lists import pages as lists

CUSTOMERS: Final = "/dashboard/customers"
_OVERDUE: Final = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}


def _row(page: str, customer_id: str) -> str:
    """Return the HTML of a customer's row."""
    [row] = [row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if customer_id in row]
    return str(row)


async def _names(staff_client: Browser, query: str) -> list[str]:
    page = await staff_client.get(f"{CUSTOMERS}?{query}")
    assert page.status_code == 200
    return numbers_in(page.text)


async def _set_permissions(business: Business, permissions: str) -> None:
    """Leave the business's user these permissions only."""
    await User.filter(company_id=business.company_id).update(permissions=permissions)


async def test_list_shows_each_customer_s_balances(
    staff_client: Browser, business: Business
) -> None:
    ada = await business.make_customer(name="Ada <b> & Co", email="ada@example.com")
    bob = await business.make_customer(name="Bob", email=None)
    await business.make_invoice(customerId=ada, **_OVERDUE)
    await business.make_invoice(customerId=ada, currency="JPY", dueDate="2099-01-31")
    await business.make_draft(customerId=bob)
    await business.share_portal(bob)
    page = (await staff_client.get(CUSTOMERS)).text
    owing, owes_nothing = _row(page, ada), _row(page, bob)
    for text in ("Ada &lt;b&gt; &amp; Co", "ada@example.com", "€100.00", "¥100", "Overdue"):
        assert text in owing
    assert "Account shared" not in owing
    assert "Account shared" in owes_nothing
    for text in ("€", "Overdue", "None"):
        assert text not in owes_nothing


async def test_invoice_due_later_is_not_overdue(staff_client: Browser, business: Business) -> None:
    ada = await business.make_customer()
    await business.make_invoice(customerId=ada, dueDate="2099-01-31")
    for path in (CUSTOMERS, f"{CUSTOMERS}/{ada}"):
        assert 'class="pill is-bad"' not in (await staff_client.get(path)).text


async def test_list_costs_the_same_statements_for_any_number_of_customers(
    staff_client: Browser, business: Business
) -> None:
    async def count() -> int:
        with statements() as queries:
            assert (await staff_client.get(CUSTOMERS)).status_code == 200
        return len(queries)

    await business.make_invoice()
    await count()  # this one also records that the session was used
    of_one = await count()
    for _ in range(4):
        await business.make_invoice()
    assert await count() == of_one


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("müll", ["Müller"]),
        ("M%C3%9CLLER", ["Müller"]),
        ("ADA@", ["Ada"]),
        ("example.com", ["Müller", "Ada"]),
        ("%25", []),
        ("_", ["Müller"]),
        ("%00", ["Müller", "Ada"]),
        ("nobody", []),
    ],
)
async def test_list_can_be_searched_by_name_and_address(
    staff_client: Browser, business: Business, text: str, names: list[str]
) -> None:
    await business.make_customer(name="Ada", email="ada@example.com")
    await business.make_customer(name="Müller", email="m_m@example.com")
    assert await _names(staff_client, f"q={text}") == names


async def test_page_links_keep_the_search(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_PAGE_SIZE", 2)
    for n in range(3):
        await business.make_customer(name=f"Twin {n}")
    await business.make_customer(name="Y")
    page = (await staff_client.get(f"{CUSTOMERS}?q=twin")).text
    assert numbers_in(page) == ["Twin 2", "Twin 1"]
    older = re.search(r'<a rel="next" class="button small" href="([^"]+)"', page)
    assert older
    page = (await staff_client.get(older.group(1).replace("&amp;", "&"))).text
    assert numbers_in(page) == ["Twin 0"]
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page


async def test_list_contains_no_customer_of_another_company(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    foreign = await rival.make_customer(name="Somebody else's")
    await business.make_customer(name="Ours")
    assert await _names(staff_client, "") == ["Ours"]
    assert await _names(staff_client, "q=else") == []
    page = await staff_client.get(f"{CUSTOMERS}/{foreign}")
    assert page.status_code == 404
    assert "Somebody" not in page.text
    for verb in ("share-portal", "revoke-portal", "revoke-links"):
        response = await staff_client.post(f"{CUSTOMERS}/{foreign}/{verb}", page=CUSTOMERS)
        assert response.status_code == 404
    assert (await Customer.get(id=foreign)).portal_token is None


async def test_page_shows_balances_details_invoices_and_credit_notes(
    staff_client: Browser, business: Business
) -> None:
    ada = await business.make_customer(
        name="Ada <b>", address="Street 1\nTown", taxId="DE123", language="de-AT"
    )
    late = await business.make_invoice(customerId=ada, number="LATE", **_OVERDUE)
    await business.make_draft(customerId=ada, number="DRAFT")
    await business.pay(late, "40")
    await business.make_credit_note(ada, "12.50")
    await business.make_invoice(number="ANOTHER")
    page = (await staff_client.get(f"{CUSTOMERS}/{ada}")).text
    for text in (
        "Ada &lt;b&gt;",
        "Street 1\nTown",
        "DE123",
        "German (Austria)",
        "€60.00",
        "€12.50",
    ):
        assert text in page
    assert f'href="/dashboard/invoices/{late}"' in page
    assert numbers_in(page) == ["DRAFT", "LATE", "CN-00001"]
    assert ">Overdue</h2>" in page


async def test_invoices_and_credit_notes_of_a_customer_are_paged(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "_INVOICES_PAGE_SIZE", 1)
    monkeypatch.setattr(customers, "_NOTES_PAGE_SIZE", 1)
    ada = await business.make_customer()
    for number in ("I-1", "I-2"):
        await business.make_invoice(customerId=ada, number=number)
    for _ in range(2):
        await business.make_credit_note(ada, "1")
    page = (await staff_client.get(f"{CUSTOMERS}/{ada}")).text
    assert numbers_in(page) == ["I-2", "CN-00002"]
    invoices, notes = re.findall(r'<a rel="next" href="([^"]+)"', page)
    assert numbers_in((await staff_client.get(invoices)).text) == ["I-1", "CN-00002"]
    assert numbers_in((await staff_client.get(notes)).text) == ["I-2", "CN-00001"]
    assert (invoices.endswith("#invoices"), notes.endswith("#credit-notes")) == (True, True)


async def test_portal_is_shared_and_revoked(staff_client: Browser, business: Business) -> None:
    ada = await business.make_customer()
    path = f"{CUSTOMERS}/{ada}"
    response = await staff_client.post(f"{path}/share-portal", page=path)
    assert (response.status_code, response.headers["location"]) == (303, f"{path}#links")
    token = (await Customer.get(id=ada)).portal_token
    page = (await staff_client.get(path)).text
    assert f"/portal/{token}" in page
    assert (await staff_client.http.get(f"/portal/{token}")).status_code == 200
    response = await staff_client.post(f"{path}/revoke-portal", page=path)
    assert response.headers["location"] == f"{path}?revoked=portal#links"
    page = (await staff_client.get(f"{path}?revoked=portal")).text
    assert "The portal isn't shared any more." in unescape(page)
    assert "Not shared" in page
    assert (await staff_client.http.get(f"/portal/{token}")).status_code == 404
    entries = await AuditEntry.filter(subject_id=ada).order_by("at")
    assert [entry.action for entry in entries][1:] == [
        AuditAction.PORTAL_SHARED,
        AuditAction.PORTAL_SHARE_REVOKED,
    ]


async def test_all_links_of_a_customer_are_revoked(
    staff_client: Browser, business: Business
) -> None:
    ada = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=ada)
    await business.share(invoice_id)
    await business.share_portal(ada)
    path = f"{CUSTOMERS}/{ada}"
    response = await staff_client.post(f"{path}/revoke-links", page=path)
    assert response.headers["location"] == f"{path}?revoked=all#links"
    assert (
        "Nothing is shared with this customer any more."
        in (await staff_client.get(f"{path}?revoked=all")).text
    )
    assert (await Customer.get(id=ada)).portal_token is None
    assert (await Invoice.get(id=invoice_id)).share_token is None


async def test_links_require_manage_invoices(staff_client: Browser, business: Business) -> None:
    ada = await business.make_customer()
    await business.share_portal(ada)
    path = f"{CUSTOMERS}/{ada}"
    assert "/revoke-portal" in (await staff_client.get(path)).text
    await _set_permissions(business, "VIEW_INVOICES")
    page = (await staff_client.get(path)).text
    assert "/portal/" in page
    for verb in ("share-portal", "revoke-portal", "revoke-links"):
        assert f"/{verb}" not in page
        assert (await staff_client.post(f"{path}/{verb}", page=path)).status_code == 403
    assert (await Customer.get(id=ada)).portal_token is not None
    await _set_permissions(business, "MANAGE_COMPANY")
    for forbidden in (CUSTOMERS, path):
        assert (await staff_client.get(forbidden)).status_code == 403


async def test_form_from_another_site_shares_nothing(
    staff_client: Browser, business: Business
) -> None:
    ada = await business.make_customer()
    response = await staff_client.http.post(
        f"{CUSTOMERS}/{ada}/share-portal", data={"form_token": "x"}
    )
    assert response.status_code == 403
    assert (await Customer.get(id=ada)).portal_token is None


async def test_navigation_shows_the_permitted_sections(
    staff_client: Browser, business: Business
) -> None:
    sections = ("invoices", "quotes", "credit-notes", "customers")
    page = (await staff_client.get(CUSTOMERS)).text
    for section in (*sections, "settings"):
        assert f'<a href="/dashboard/{section}"' in page
    assert '<a href="/dashboard/customers" aria-current="page"' in page
    await _set_permissions(business, "VIEW_INVOICES")
    page = (await staff_client.get(CUSTOMERS)).text
    assert '<a href="/dashboard/settings"' not in page
    await _set_permissions(business, "MANAGE_COMPANY")
    assert (await staff_client.get("/dashboard")).headers["location"] == "/dashboard/settings"
    page = (await staff_client.get("/dashboard/nowhere")).text
    assert '<a href="/dashboard/settings"' in page
    for section in sections:
        assert f'<a href="/dashboard/{section}"' not in page


async def test_a_customer_s_page_says_what_is_turned_off_and_how(
    staff_client: Browser, business: Business
) -> None:
    address = f"Ada-{uuid4().hex}@example.com"
    customer_id = await business.make_customer(email=address)
    path = f"{CUSTOMERS}/{customer_id}"
    assert "Nothing has been sent to this address yet." in (await staff_client.get(path)).text
    preference = await preference_for(business.company_id, address, "en")
    await turn_off(preference, [MailCategory.REMINDER], OptOutOrigin.ONE_CLICK)
    page = (await staff_client.get(path)).text
    assert "by the client, with one click in their mail program" in page
    assert f"/preferences/{preference.token}" in page
    form = f"{path}/turn-off?address={quote(address)}&category=marketing"
    assert (await staff_client.post(form, page=form)).status_code == 303
    await _set_permissions(business, "VIEW_INVOICES")
    page = (await staff_client.get(path)).text
    assert "by your team" in page
    assert str(preference.token) not in page
    assert "/turn-off" not in page
