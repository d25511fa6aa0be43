"""The page of a customer's account: its tabs, filters and links."""

import re
from html import unescape

import httpx
import pytest

from models import Invoice, Quote
from tests.support.clients import Business
from tests.support.sql_statements import (
    statements,
    statements_before_search,
    statements_for_portal,
)

_TAB = re.compile(r'<a href="([^"]+)"( aria-current="page")?>([^<]+) <span>(\d+)</span></a>')


async def _shared(business: Business) -> tuple[dict[str, object], str]:
    """Return the owner of documents to write, and the path of the portal."""
    customer_id = await business.make_customer()
    return {"customerId": customer_id}, f"/portal/{await business.share_portal(customer_id)}"


def _owner(mine: dict[str, object]) -> dict[str, object]:
    """Return the condition of rows that belong to the customer."""
    return {"customer_id": mine["customerId"]}


async def _page(business: Business, path: str) -> httpx.Response:
    return await business.http.get(path, headers=business.stranger.headers)


def _numbers(page: httpx.Response) -> list[str]:
    return re.findall(r'class="who" href="[^"]+"><bdi>([^<]+)</bdi>', page.text)


async def test_tabs_have_the_documents_that_they_name(business: Business) -> None:
    mine, path = await _shared(business)
    paid = await business.make_invoice(**mine, number="paid")
    await business.pay(paid, "100")
    gone = await business.make_invoice(**mine, number="gone")
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=gone)
    await business.make_invoice(**mine, number="open", purchaseOrder="PO-9")
    await business.share_quote(await business.make_quote(**mine))
    await business.make_credit_note(str(mine["customerId"]), "5.00")
    page = await _page(business, path)
    tabs = [(name, int(count)) for _, _, name, count in _TAB.findall(page.text)]
    assert tabs == [("Open", 1), ("Paid", 1), ("Cancelled", 1), ("Quotes", 1), ("Credits", 1)]
    for address, current, name, _ in _TAB.findall(page.text):
        assert bool(current) is (name == "Open")
        shown = await _page(business, address.removeprefix("http://127.0.0.1:8000"))
        expected = {"Open": "open", "Paid": "paid", "Cancelled": "gone"}
        assert _numbers(shown) == [expected.get(name, {"Quotes": "Q-00001"}.get(name, "CN-00001"))]
    shown = await _page(business, f"{path}?list=paid")
    [receipt] = re.findall(r'href="http://127.0.0.1:8000([^"]+/receipt/[^"]+)"', shown.text)
    assert (await _page(business, receipt)).status_code == 200


async def test_only_tabs_with_documents_are_offered(business: Business) -> None:
    mine, path = await _shared(business)
    await business.make_invoice(**mine)
    tabs = [name for _, _, name, _ in _TAB.findall((await _page(business, path)).text)]
    assert tabs == ["Open", "Paid"]
    assert "No paid invoices yet" in (await _page(business, f"{path}?list=paid")).text


async def test_what_a_client_looks_for_is_found_on_every_page_of_it(business: Business) -> None:
    mine, path = await _shared(business)
    for n in range(23):
        await business.make_invoice(**mine, number=f"A-{n:02d}", purchaseOrder="Öl & <b>")
    await business.make_invoice(**mine, number="B", currency="USD")
    query = "?q=ol+%26+%3Cb%3E&currency=EUR"
    first = await _page(business, path + query)
    assert _numbers(first) == [f"A-{n:02d}" for n in range(22, 2, -1)]
    assert 'value="ol &amp; &lt;b&gt;"' in first.text
    assert "<option selected>EUR</option>" in first.text
    [older] = re.findall(r'rel="next" href="http://127.0.0.1:8000([^"]+)"', first.text)
    second = await _page(business, older.replace("&amp;", "&"))
    assert _numbers(second) == ["A-02", "A-01", "A-00"]
    for page in (first, second):
        [clear] = re.findall(r'href="http://127.0.0.1:8000([^"]+)">Clear filters', page.text)
        assert clear == path
    assert f'href="http://127.0.0.1:8000{path}{query.replace("&", "&amp;")}">Newest' in second.text
    assert "Nothing matches." in (await _page(business, f"{path}?q=nothing")).text


async def test_a_year_narrows_the_list(business: Business) -> None:
    mine, path = await _shared(business)
    for number, day in (("old", "2019-12-31"), ("first", "2020-01-01"), ("last", "2020-12-31")):
        await business.make_invoice(**mine, number=number, issueDate=day, dueDate=day)
    await business.make_invoice(**mine, number="new")
    page = await _page(business, f"{path}?year=2020")
    assert _numbers(page) == ["last", "first"]
    years = re.findall(r"<option[^>]*>(\d{4})</option>", page.text)
    assert (years[-2:], len(years)) == (["2020", "2019"], int(years[0]) - 2018)
    assert len(_numbers(await _page(business, f"{path}?year=20&list=x&currency=euro"))) == 4


async def test_cards_say_what_is_late_due_next_and_to_the_good(business: Business) -> None:
    mine, path = await _shared(business)
    for currency in ("EUR", "EUR", "USD"):
        late = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
        await business.make_invoice(**mine, currency=currency, **late if currency == "EUR" else {})
    await Invoice.filter(**_owner(mine), currency="USD").update(
        due_date="2099-03-01", amount_pending=40_00
    )
    for amount in ("5.00", "7.00"):
        await business.make_credit_note(str(mine["customerId"]), amount)
    page = (await _page(business, path)).text
    for words in ("€200.00 overdue, 2 invoices", "$40.00 of it is on its way", "€12.00"):
        assert words in page
    assert "From 2 credit notes" in page
    assert re.search(r"Next due <time[^>]*>March 1, 2099</time>", page)
    await Invoice.filter(**_owner(mine)).update(status="PAID", amount_paid=100_00, amount_pending=0)
    assert "€0.00" not in (await _page(business, path)).text


async def test_a_quote_that_waits_leads_to_its_answer(business: Business) -> None:
    mine, path = await _shared(business)
    for _ in range(2):
        await business.share_quote(await business.make_quote(**mine))
    await Quote.filter(**_owner(mine), number="Q-00001").update(
        issue_date="2020-01-01", valid_until="2020-02-01"
    )
    page = (await _page(business, f"{path}?list=quotes")).text
    answers = re.findall(r'href="[^"]+/(Q-[^"]+)">See and answer', page)
    assert answers == ["Q-00002#answer"]
    assert "Expired" in page


async def test_lists_take_one_statement_more_than_the_account(business: Business) -> None:
    mine, path = await _shared(business)
    for number in ("1", "2"):
        await business.make_invoice(**mine, number=number)
    await Invoice.filter(**_owner(mine), number="2").update(status="PAID", amount_paid=100_00)
    parts = {"": 3, "?list=paid": 3, "?list=quotes": 2, "?list=credits": 3, "?q=1&list=paid": 2}
    for query, with_account in parts.items():
        with statements() as queries:
            assert (await _page(business, path + query)).status_code == 200
        searching = statements_before_search() if "q=" in query else 0
        assert len(queries) == statements_for_portal(with_account) + (query != "") + searching


async def _payable(seller: Business) -> tuple[str, list[str]]:
    """Return the path of a portal with three invoices in euros, two overdue, and one in dollars."""
    mine, path = await _shared(seller)
    late = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
    for number, details in (("E1", late), ("E2", late), ("E3", {}), ("U1", {"currency": "USD"})):
        await seller.make_invoice(**mine, number=number, **details)
    await seller.make_credit_note(str(mine["customerId"]), "30.00")
    return path, ["U1", "E3", "E2", "E1"]


@pytest.mark.usefixtures("sandbox_server")
async def test_clients_choose_invoices_or_pay_what_is_overdue(seller: Business) -> None:
    path, numbers = await _payable(seller)
    page = (await _page(seller, path)).text
    boxes = re.findall(r'type="checkbox" form="several" name="number" value="([^"]+)"', page)
    assert boxes == numbers
    overdue, rest = re.findall(
        rf'<form[^>]+action="{path}/checkout">(.*?)</form>', page, re.DOTALL
    )[:2]
    assert re.findall(r'value="([^"]+)"', overdue) == ["E2", "E1"]
    assert "Pay overdue €200.00" in overdue
    assert (re.findall(r'value="([^"]+)"', rest), "Pay $100.00" in rest) == (["U1"], True)
    assert await _refused(seller, page, "E2", "U1") == (numbers, ["U1", "E2"])
    page = (await _page(seller, f"{path}?q=E&currency=EUR")).text
    assert await _refused(seller, page, "E2", "U1") == (["E3", "E2", "E1"], ["E2"])


async def _refused(seller: Business, page: str, *numbers: str) -> tuple[list[str], list[str]]:
    """Return the invoices on the page that refuses to pay the chosen ones, and those ticked."""
    [action] = re.findall(r'<form id="several"[^>]* action="([^"]+)"', page)
    form, headers = {"number": [*numbers]}, seller.stranger.headers
    refused = await seller.http.post(unescape(action), data=form, headers=headers)
    assert refused.status_code == 400
    ticked = re.findall(r'value="([^"]+)" aria-labelledby="[^"]+" checked', refused.text)
    return _numbers(refused), ticked


@pytest.mark.usefixtures("sandbox_server")
async def test_nothing_is_offered_to_choose_where_it_would_not_help(seller: Business) -> None:
    mine, path = await _shared(seller)
    for currency in ("EUR", "USD"):
        await seller.make_invoice(**mine, currency=currency)
    await seller.make_credit_note(str(mine["customerId"]), "5.00", currency="GBP")
    page = (await _page(seller, path)).text
    assert 'type="checkbox"' not in page
    assert ("£5.00" in page, "Use it" in page) == (True, False)
    late = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
    for number in range(21):
        await seller.make_invoice(**mine, number=f"L{number}", **late)
    page = (await _page(seller, path)).text
    assert "Pay overdue" not in page  # one of them is on the next page
    assert page.count('type="checkbox"') == 20


@pytest.mark.usefixtures("sandbox_server")
async def test_credit_is_used_on_an_invoice_of_its_currency(seller: Business) -> None:
    path, _ = await _payable(seller)
    page = (await _page(seller, f"{path}?list=credits")).text
    options = re.findall(r'<option value="([^"]+)">([^<]+)<', page)
    assert options == [(n, f"{n}, €100.00 due") for n in ("E3", "E2", "E1")]
    form, headers = {"number": "E2"}, seller.stranger.headers
    used = await seller.http.post(f"{path}/credit", data=form, headers=headers)
    assert (used.status_code, used.headers["location"]) == (303, f"{path}/E2")
    page = (await _page(seller, f"{path}?list=credits")).text
    assert ("Use your credit" in page, "Used up" in page) == (False, True)
