"""The list of invoices: its rows, filter, pages, badges and feed of views."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from models import Company, Invoice, InvoiceView
from tests.support.clients import Business, eventually
from tests.support.sql_statements import statements
from tests.support.staff import HOME, INVOICES, Browser, numbers_in
from web.dashboard.lists import pages


def _row(page: str, invoice_id: str) -> str:
    """Return the HTML of an invoice's row."""
    match = re.search(rf'<tr role="row" data-invoice="{invoice_id}">.*?</tr>', page, re.DOTALL)
    assert match
    return match.group()


async def _numbers(staff_client: Browser, query: str) -> list[str]:
    page = await staff_client.get(f"{INVOICES}?{query}")
    assert page.status_code == 200
    return numbers_in(page.text)


async def test_list_shows_each_invoice_s_amounts_status_and_views(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(name="Zoë <b> & Sons")
    invoice_id = await business.make_invoice(customerId=customer_id, dueDate="2099-01-31")
    await business.pay(invoice_id, "40")
    row = _row((await staff_client.get(INVOICES)).text, invoice_id)
    for text in (
        f'href="/dashboard/invoices/{invoice_id}"',
        "INV-00001",
        "Zoë &lt;b&gt; &amp; Sons",
        "Jan 31, 2099",
        "Part paid",
        '<span class="views">Not shared</span>',
        "€100.00",
        "€60.00",
    ):
        assert text in row
    await Company.filter(id=business.company_id).update(language="de")
    row = _row((await staff_client.get(INVOICES)).text, invoice_id)
    for text in ("31.01.2099", "60,00\u00a0€"):
        assert text in row


async def test_overdue_invoice_is_marked(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice(issueDate="2020-01-01", dueDate="2020-01-31")
    assert "<span>Overdue" in _row((await staff_client.get(INVOICES)).text, invoice_id)


async def test_navigation_counts_the_overdue_invoices_on_every_page(
    staff_client: Browser, business: Business
) -> None:
    await business.make_invoice()
    await business.make_invoice(issueDate="2020-01-01", dueDate="2020-01-31")
    for url in (INVOICES, f"{INVOICES}?status=paid", f"{INVOICES}?q=none", HOME):
        page = (await staff_client.get(url)).text
        assert '<span class="vh">Overdue: </span>1</span>' in page


async def test_list_contains_no_invoice_of_another_company(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    customer_id = await rival.make_customer(name="Somebody else's")
    foreign = await rival.make_invoice(customerId=customer_id, number="THEIRS")
    await rival.stranger.record_view(await rival.share(foreign))
    await business.make_invoice(number="OURS")
    page = (await staff_client.get(INVOICES)).text
    assert numbers_in(page) == ["OURS"]
    assert "Somebody else" not in page
    assert "THEIRS" not in page
    for query in ("q=THEIRS", "q=Somebody", "shared=yes"):
        assert await _numbers(staff_client, query) == []


async def test_list_can_be_filtered_by_status_and_link(
    staff_client: Browser, business: Business
) -> None:
    await business.make_draft(number="D")
    overdue = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
    late = await business.make_invoice(number="L", **overdue)
    paid = await business.make_invoice(number="P", **overdue)
    await business.pay(paid, "100")
    await business.share(late)
    for query, numbers in (
        ("status=draft", ["D"]),
        ("status=issued", ["L"]),
        ("status=paid", ["P"]),
        ("status=cancelled", []),
        ("status=overdue", ["L"]),
        ("status=overdue&shared=no", []),
        ("shared=yes", ["L"]),
        ("shared=no", ["P", "D"]),
        ("status=OVERDUE&shared=YES", ["L"]),
    ):
        assert await _numbers(staff_client, query) == numbers
    page = (await staff_client.get(f"{INVOICES}?status=overdue&shared=yes")).text
    assert 'status=overdue&amp;shared=yes" aria-current="page">Overdue' in page
    assert '<option value="yes" selected>' in page


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("ACME-7", ["ACME-7"]),
        ("acme", ["ACME-7"]),
        ("M%C3%9CLLER", ["10%_A"]),
        ("m%C3%BCller+%26", ["10%_A"]),
        ("müll", ["10%_A"]),
        ("%25", ["10%_A"]),
        ("_", ["10%_A"]),
        ("10%25_a", ["10%_A"]),
        ("%5C", []),
        ("%27", ["ACME-7"]),
        ("%27+OR+1=1+--", []),
        ("%00", ["ACME-7", "10%_A"]),
        ("+++", ["ACME-7", "10%_A"]),
        ("a" * 5000, []),
    ],
)
async def test_list_can_be_searched_by_number_and_customer(
    staff_client: Browser, business: Business, text: str, numbers: list[str]
) -> None:
    mueller = await business.make_customer(name="Müller & Söhne")
    await business.make_invoice(number="10%_A", customerId=mueller)
    other = await business.make_customer(name="O'Neill")
    await business.make_invoice(number="ACME-7", customerId=other)
    assert await _numbers(staff_client, f"q={text}") == numbers


async def test_search_field_keeps_its_text(staff_client: Browser) -> None:
    page = (await staff_client.get(f'{INVOICES}?q="><script>')).text
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert "No invoices match." in page
    assert page.count("Clear filters") == 1
    by_status = (await staff_client.get(f"{INVOICES}?status=draft")).text
    assert by_status.count("Clear filters") == 1


async def test_page_links_keep_the_filter(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_PAGE_SIZE", 2)
    customer_id = await business.make_customer()
    for n in range(5):
        await business.make_invoice(number=f"X-{n}", customerId=customer_id)
    await business.make_invoice(number="Y", customerId=customer_id)
    path, seen = f"{INVOICES}?q=x-&status=issued", list[list[str]]()
    for _ in range(3):
        page = (await staff_client.get(path)).text
        seen.append(numbers_in(page))
        older = re.search(r'<a rel="next" class="button small" href="([^"]+)"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert seen == [["X-4", "X-3"], ["X-2", "X-1"], ["X-0"]]
    assert path == ""
    newer = re.search(r'<a rel="prev" class="button small" href="([^"]+)">Newer<', page)
    assert newer
    page = (await staff_client.get(newer.group(1).replace("&amp;", "&"))).text
    assert numbers_in(page) == ["X-2", "X-1"]


async def test_page_links_and_the_search_keep_the_order(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_PAGE_SIZE", 2)
    for number, due in (("A", "2027-01-03"), ("B", "2027-01-01"), ("C", "2027-01-02")):
        await business.make_invoice(number=number, dueDate=due)
    page = (await staff_client.get(f"{INVOICES}?q=INV&order=due_date")).text
    assert numbers_in(page) == []
    page = (await staff_client.get(f"{INVOICES}?order=due_date&status=issued")).text
    assert (numbers_in(page), 'aria-sort="ascending"' in page) == (["B", "C"], True)
    assert '<option value="due_date" selected>' in page
    [following] = re.findall(r'rel="next" class="button small" href="([^"]+)">Next<', page)
    page = (await staff_client.get(following.replace("&amp;", "&"))).text
    assert numbers_in(page) == ["A"]
    page = (await staff_client.get(f"{INVOICES}?order=nonsense")).text
    assert numbers_in(page) == ["C", "B"]


async def test_the_head_of_last_opened_puts_the_latest_first(
    staff_client: Browser, business: Business
) -> None:
    for number in "ABC":
        invoice_id = await business.make_invoice(number=number)
        if number != "C":
            await business.stranger.record_view(await business.share(invoice_id))
    seen, url = [], INVOICES
    for _ in range(4):
        page = (await staff_client.get(url)).text
        seen.append(numbers_in(page))
        [url] = re.findall(r'aria-sort="\w+"><a href="([^"]+)">Last opened<', page)
    assert seen == [["C", "B", "A"], ["B", "A", "C"], ["C", "A", "B"], ["C", "B", "A"]]


async def test_invalid_cursor_is_refused(staff_client: Browser) -> None:
    page = await staff_client.get(f"{INVOICES}?after=nonsense")
    assert page.status_code == 400
    assert "This cursor doesn&#39;t belong to this list" in page.text


async def test_badge_shows_count_first_last_and_a_mark_for_five_minutes(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    row = _row((await staff_client.get(INVOICES)).text, invoice_id)
    assert "<span data-count>0</span>" in row
    assert "<span data-never>Not opened</span>" in row
    assert "data-live hidden" in row
    for _ in range(2):
        await business.stranger.record_view(token)
    first = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    await Invoice.filter(id=invoice_id).update(first_viewed_at=first)
    row = _row((await staff_client.get(INVOICES)).text, invoice_id)
    assert "<span data-count>2</span>" in row
    assert 'First <time datetime="2026-03-01T09:05:00+00:00">Mar 1, 2026, 9:05' in row
    assert f'aria-describedby="tip-{invoice_id}"' in row
    assert f'role="tooltip" id="tip-{invoice_id}"' in row
    assert "data-live>Live" in row
    past = datetime.now(UTC) - timedelta(minutes=5)
    await Invoice.filter(id=invoice_id).update(last_viewed_at=past)
    assert "data-live hidden" in _row((await staff_client.get(INVOICES)).text, invoice_id)


async def test_list_costs_the_same_statements_for_any_number_of_invoices(
    staff_client: Browser, business: Business
) -> None:
    async def count() -> int:
        with statements() as queries:
            await staff_client.get(f"{INVOICES}?q=INV")
        return len(queries)

    await business.make_invoice()
    await count()  # this one also records that the session was used
    before = await count()
    for _ in range(3):
        await business.stranger.record_view(await business.share(await business.make_invoice()))
    assert (before, await count()) == (8, 8)


async def test_views_by_signed_in_staff_are_not_counted(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    assert (await staff_client.get(f"/invoice/{token}")).status_code == 200
    await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)

    async def is_counted() -> bool:
        return await InvoiceView.filter(invoice_id=invoice_id).exists()

    await eventually(is_counted)
    assert await InvoiceView.filter(invoice_id=invoice_id).count() == 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=nonsense", "“nonsense” isn&#39;t an option."),
        ("opened=%3Cb%3E", "“&lt;b&gt;” isn&#39;t an option."),
        ("from=2026-02-30", "“2026-02-30” isn&#39;t a date."),
        ("from=2026-02-02&to=2026-02-01", "The period ends before it begins."),
        ("currency=EURO", "“EURO” isn&#39;t a currency."),
        ("customer=me", "There is no such customer."),
        ("order=nonsense", "The list can&#39;t be sorted by “nonsense”."),
    ],
)
async def test_what_the_address_gets_wrong_is_named_and_left_out(
    staff_client: Browser, business: Business, query: str, message: str
) -> None:
    await business.make_invoice(number="A", issueDate="2026-02-02")
    page = await staff_client.get(f"{INVOICES}?{query}")
    assert (page.status_code, numbers_in(page.text)) == (200, ["A"])
    assert message in page.text


async def test_tabs_count_what_they_show_unless_the_list_is_narrowed(
    staff_client: Browser, business: Business
) -> None:
    await business.make_draft()
    await business.make_invoice(issueDate="2020-01-01", dueDate="2020-01-31")
    page = (await staff_client.get(INVOICES)).text
    tabs = re.findall(r'<a href="[^"]+"[^>]*>(\w+) <span>(\d+)</span></a>', page)
    assert tabs == [
        *(("All", "2"), ("Drafts", "1"), ("Open", "1")),
        *(("Overdue", "1"), ("Paid", "0"), ("Cancelled", "0")),
    ]
    page = (await staff_client.get(f"{INVOICES}?q=inv")).text
    assert "<span>1</span>" not in page
    assert ">1 invoice<" in page


async def test_a_customer_s_invoices_can_be_listed_but_not_those_of_another_company(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    ada = await business.make_customer(name="Ada")
    await business.make_invoice(number="A", customerId=ada)
    await business.make_invoice(number="B")
    assert await _numbers(staff_client, f"customer={ada}") == ["A"]
    foreign = await rival.make_customer()
    assert (await staff_client.get(f"{INVOICES}?customer={foreign}")).status_code == 404
