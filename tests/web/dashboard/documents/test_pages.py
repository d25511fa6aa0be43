"""Quotes and credit notes in the dashboard."""

import re
from typing import Final

import pytest

from models import Company, User
from tests.support.clients import Business
from tests.support.staff import Browser, numbers_in
from web.dashboard.lists import pages as lists

QUOTES: Final = "/dashboard/quotes"
NOTES: Final = "/dashboard/credit-notes"
CUSTOMERS: Final = "/dashboard/customers"


async def _numbers(staff_client: Browser, path: str) -> list[str]:
    page = await staff_client.get(path)
    assert page.status_code == 200
    return numbers_in(page.text)


# --- quotes ---------------------------------------------------------------------------------------


async def test_quotes_can_be_filtered_and_searched(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    zoe = await business.make_customer(name="Zoë <b>")
    await business.make_quote(number="DRAFT")
    await business.share_quote(await business.make_quote(number="SENT", customerId=zoe))
    accepted = await business.make_quote(number="YES")
    await business.share_quote(accepted)
    await business.mutate("acceptQuote", "QuoteRef", "{ quote { id } }", quoteId=accepted)
    await rival.make_quote(number="THEIRS")
    for query, numbers in (
        ("", ["YES", "SENT", "DRAFT"]),
        ("?status=draft", ["DRAFT"]),
        ("?status=sent", ["SENT"]),
        ("?status=accepted", ["YES"]),
        ("?status=declined", []),
        ("?q=zoë", ["SENT"]),
        ("?q=zoë&status=draft", []),
        ("?q=draf", ["DRAFT"]),
        ("?q=THEIRS", []),
    ):
        assert await _numbers(staff_client, QUOTES + query) == numbers
    page = (await staff_client.get(f"{QUOTES}?status=sent")).text
    assert 'href="/dashboard/quotes?status=sent" aria-current="page">Waiting <span>1</span>' in page
    for text in ("Zoë &lt;b&gt;", "€100.00", ">Shared<"):
        assert text in page


async def test_expired_quote_is_marked(staff_client: Browser, business: Business) -> None:
    days = {"issueDate": "2020-01-01", "validUntil": "2020-01-31"}
    quote_id = await business.make_quote(**days)
    await business.share_quote(quote_id)
    for path in (QUOTES, f"{QUOTES}/{quote_id}"):
        page = (await staff_client.get(path)).text
        assert ">Expired<" in page
        assert "Jan 31, 2020" in page


async def test_quote_page_shows_lines_totals_link_and_pdf(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada <b>")
    line = {"description": "Work <i>", "quantity": "2", "unitPrice": "50.00", "taxRate": "20"}
    quote_id = await business.make_quote(
        number="Q<1>", customerId=customer_id, lines=[line], notes="Two\nlines"
    )
    path = f"{QUOTES}/{quote_id}"
    page = (await staff_client.get(path)).text
    for text in ("Q&lt;1&gt;", "Ada &lt;b&gt;", "Work &lt;i&gt;", "€120.00", "20%", "Two\nlines"):
        assert text in page
    assert "Not shared" in page
    token = await business.share_quote(quote_id)
    page = (await staff_client.get(path)).text
    assert f"/quote/{token}" in page
    assert f'href="/dashboard/customers/{customer_id}"' in page
    assert f'href="/quotes/{quote_id}.pdf"' in page
    await business.mutate("acceptQuote", "QuoteRef", "{ quote { id } }", quoteId=quote_id)
    payload = await business.mutate(
        "invoiceQuote", "QuoteRef", "{ invoice { id } }", quoteId=quote_id
    )
    page = (await staff_client.get(path)).text
    assert f'href="/dashboard/invoices/{payload["invoice"]["id"]}"' in page
    assert "<dt>Accepted</dt>" in page


async def test_quotes_are_paged_and_page_links_keep_the_filter(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_PAGE_SIZE", 1)
    for number in ("Q-1", "Q-2", "X"):
        await business.share_quote(await business.make_quote(number=number))
    page = (await staff_client.get(f"{QUOTES}?q=q-&status=sent")).text
    assert numbers_in(page) == ["Q-2"]
    [older] = re.findall(r'rel="next" class="button small" href="([^"]+)"', page)
    page = (await staff_client.get(older.replace("&amp;", "&"))).text
    assert numbers_in(page) == ["Q-1"]
    [newer] = re.findall(r'rel="prev" class="button small" href="([^"]+)"', page)
    assert await _numbers(staff_client, newer.replace("&amp;", "&")) == ["Q-2"]


@pytest.mark.parametrize("path", [QUOTES, NOTES, CUSTOMERS])
async def test_heads_order_lists_up_and_down_and_back(
    staff_client: Browser, business: Business, path: str
) -> None:
    for name, amount in (("Bo", "1"), ("Al", "3"), ("Cy", "2")):
        customer_id = await business.make_customer(name=name)
        line = {"description": "Work", "quantity": "1", "unitPrice": amount}
        await business.make_quote(customerId=customer_id, lines=[line])
        await business.make_credit_note(customer_id, amount)
    column = "name" if path == CUSTOMERS else "total"
    seen, url = [], path
    for _ in range(4):
        page = (await staff_client.get(url)).text
        rows = page.partition("<tbody")[2]
        seen.append(re.findall(r'customers/[^"]+"><bdi>(\w\w)</bdi>', rows))
        [url] = re.findall(rf'href="({path}(?:\?order={column}(?:_desc)?)?)">(?:Name|Total)<', page)
    up = ["Al", "Bo", "Cy"] if path == CUSTOMERS else ["Bo", "Cy", "Al"]
    assert seen == [["Cy", "Al", "Bo"], up, up[::-1], ["Cy", "Al", "Bo"]]


# --- credit notes ---------------------------------------------------------------------------------


async def test_credit_notes_can_be_filtered_and_searched(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    ada = await business.make_customer(name="Ada <b>")
    await business.make_credit_note(ada, "10.50")
    bob = await business.make_customer(name="Bob", email="bob@example.com")
    voided = await business.make_credit_note(bob, "2")
    await business.credit_note("voidCreditNote", creditNoteId=voided)
    await rival.make_credit_note(await rival.make_customer(name="Eve"), "3")
    for query, numbers in (
        ("", ["CN-00002", "CN-00001"]),
        ("?status=issued", ["CN-00001"]),
        ("?status=void", ["CN-00002"]),
        ("?status=draft", []),
        ("?q=ADA", ["CN-00001"]),
        ("?q=00002", ["CN-00002"]),
        ("?q=Eve", []),
    ):
        assert await _numbers(staff_client, NOTES + query) == numbers
    page = (await staff_client.get(f"{NOTES}?status=issued")).text
    for text in ("Ada &lt;b&gt;", "€10.50", 'aria-current="page">Issued <span>1<'):
        assert text in page


async def test_credit_note_page_shows_its_applications(
    staff_client: Browser, business: Business
) -> None:
    ada = await business.make_customer(name="Ada")
    note_id = await business.make_credit_note(ada, "30", reason="Broken <on> arrival")
    path = f"{NOTES}/{note_id}"
    unused = (await staff_client.get(path)).text.partition('<section id="applied"')[2]
    assert unused.partition(">")[0].endswith(" hidden")
    invoice_id = await business.make_invoice(customerId=ada, number="INV<7>")
    await business.credit_note(
        "applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id, amount="12.25"
    )
    page = (await staff_client.get(path)).text
    for text in ("CN-00001", "€30.00", "€17.75", "€12.25", "Broken &lt;on&gt;", "INV&lt;7&gt;"):
        assert text in page
    assert f'href="/dashboard/invoices/{invoice_id}"' in page
    assert f'href="/credit-notes/{note_id}.pdf"' in page
    await Company.filter(id=business.company_id).update(language="de")
    assert "17,75\u00a0€" in (await staff_client.get(path)).text


async def test_credit_notes_are_paged(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_PAGE_SIZE", 1)
    ada = await business.make_customer()
    for _ in range(2):
        await business.make_credit_note(ada, "1")
    page = (await staff_client.get(NOTES)).text
    assert numbers_in(page) == ["CN-00002"]
    [older] = re.findall(r'rel="next" class="button small" href="([^"]+)"', page)
    assert await _numbers(staff_client, older) == ["CN-00001"]


# --- whose ----------------------------------------------------------------------------------------


async def test_another_company_s_documents_are_not_found(
    staff_client: Browser, rival: Business
) -> None:
    quote_id = await rival.make_quote()
    note_id = await rival.make_credit_note(await rival.make_customer(), "1")
    for path in (f"{QUOTES}/{quote_id}", f"{NOTES}/{note_id}", f"{QUOTES}/x", f"{NOTES}/x"):
        assert (await staff_client.get(path)).status_code == 404


async def test_documents_require_view_invoices(staff_client: Browser, business: Business) -> None:
    quote_id = await business.make_quote()
    note_id = await business.make_credit_note(await business.make_customer(), "1")
    await User.filter(company_id=business.company_id).update(permissions="MANAGE_COMPANY")
    for path in (QUOTES, NOTES, f"{QUOTES}/{quote_id}", f"{NOTES}/{note_id}"):
        assert (await staff_client.get(path)).status_code == 403
