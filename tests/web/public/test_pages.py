"""The pages behind clients' links."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from markupsafe import escape

from i18n import translations
from i18n.templates import templates
from models import Company, Customer, InvoiceView, ViewSource
from tests.support.clients import Business, eventually
from tests.support.outages import read_only_database
from tests.support.sql_statements import statements, statements_for_page

_QUERY: Final = (
    "query($token: String!) { invoice(token: $token) { subtotal { formatted } total { formatted }"
    " amountDue { formatted } lines { unitPrice { formatted } amount { formatted } } } }"
)


async def test_every_amount_is_formatted_in_the_companys_language(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    token = await business.share(await business.make_invoice())
    formatted = {"formatted": "100,00\N{NO-BREAK SPACE}€"}
    assert (await business.stranger.gql(_QUERY, token=token))["invoice"] == {
        "subtotal": formatted,
        "total": formatted,
        "amountDue": formatted,
        "lines": [{"unitPrice": formatted, "amount": formatted}],
    }
    page = (await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)).text
    # The hero, the price and the amount of the line, total and amount due.
    assert page.count(formatted["formatted"]) == 5
    assert "€100.00" not in page


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_a_page_opened_while_the_database_takes_no_writes_is_counted_later(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    async with read_only_database():
        page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert page.status_code == 200

    async def is_recorded() -> bool:
        return await InvoiceView.filter(invoice_id=invoice_id).count() == 1

    await eventually(is_recorded)


async def test_viewing_ones_own_invoice_is_not_recorded(
    business: Business, rival: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    unknown = {"authorization": "Bearer inv_key_unknown"}
    lookers = (business.headers, rival.headers, business.stranger.headers | unknown)
    for headers in lookers:
        page = await business.http.get(f"/invoice/{token}", headers=headers)
        assert page.status_code == 200

    async def are_counted() -> bool:
        shown = await business.invoice(invoice_id, "viewStats { viewCount }")
        return bool(shown["viewStats"]["viewCount"] >= 2)

    await eventually(are_counted)
    views = await InvoiceView.filter(invoice_id=invoice_id).order_by("sequence")
    assert {view.ip for view in views} == {h["x-forwarded-for"] for h in lookers[1:]}
    assert len(views) == 2


async def test_a_page_with_its_recorded_view_looks_its_token_up_once(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id, number="7")
    portal = await business.share_portal(customer_id)
    shared = f"/invoice/{await business.share(invoice_id)}"
    for path, for_credit in ((shared, 0), (f"/portal/{portal}/7", 1)):
        before = await InvoiceView.filter(invoice_id=invoice_id).count()
        with statements() as queries:
            page = await business.http.get(path, headers=business.stranger.headers)

            async def is_recorded(before: int = before) -> bool:
                return await InvoiceView.filter(invoice_id=invoice_id).count() > before

            await eventually(is_recorded)
        assert page.status_code == 200
        assert len(queries) == statements_for_page() + for_credit


# --- the portal's pages --------------------------------------------------------------------------


async def _shared(business: Business) -> tuple[str, str]:
    customer_id = await business.make_customer()
    return customer_id, await business.share_portal(customer_id)


async def _page(business: Business, path: str, **headers: str) -> httpx.Response:
    return await business.http.get(path, headers=business.stranger.headers | headers)


async def test_the_portal_page_shows_balances_and_invoices(business: Business) -> None:
    customer_id, token = await _shared(business)
    paid = await business.make_invoice(customerId=customer_id, number="paid", currency="USD")
    payment = {"invoiceId": paid, "amount": "40", "method": "cash"}
    payload = "{ invoice { id } }"
    await business.mutate("recordPayment", "RecordPaymentInput", payload, **payment)
    late = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
    await business.make_invoice(customerId=customer_id, number="late", **late)
    await business.make_draft(customerId=customer_id, number="not yet")
    page = await _page(business, f"/portal/{token}")
    assert page.status_code == 200
    for text in ("Acme Ltd", "Ada Lovelace", "$60.00", "€100.00 overdue"):
        assert text in page.text
    for text in ("Jan 31, 2020", "Overdue since", "Part paid", "Powered by Invotify"):
        assert text in page.text
    assert "not yet" not in page.text
    assert await InvoiceView.filter(company_id=business.company_id).count() == 0


async def test_an_empty_portal_says_that_there_are_no_invoices(business: Business) -> None:
    _, token = await _shared(business)
    page = await _page(business, f"/portal/{token}")
    assert "Nothing here yet. New invoices from Acme Ltd will show up here." in page.text
    assert "overdue" not in page.text


async def test_the_portal_page_links_to_older_invoices(business: Business) -> None:
    customer_id, token = await _shared(business)
    for n in range(45):
        await business.make_invoice(customerId=customer_id, number=f"N-{n:02d}")
    listed: list[str] = []
    path = f"/portal/{token}"
    for size in (20, 20, 5):
        page = (await _page(business, path)).text
        numbers = re.findall(r"<bdi>(N-\d\d)</bdi>", page)
        assert len(numbers) == size
        listed += numbers
        older = re.search(r'rel="next" href="http://127.0.0.1:8000([^"]+)"', page)
        path = older.group(1) if older else ""
    assert path == ""
    assert listed == [f"N-{n:02d}" for n in reversed(range(45))]


async def test_an_invalid_cursor_is_refused(business: Business) -> None:
    _, token = await _shared(business)
    assert (await _page(business, f"/portal/{token}?after=x")).status_code == 400


@pytest.mark.parametrize(
    "number",
    [
        *(
            "2026/7",
            "a?b#c",
            "50% off",
            "Ärger 1",
            "//x",
            "a+b",
            '<b>&"',
            "7 ",
            "請求書 7",
            "a%2Fb",
        ),
        *("7/", "/7", "../7", "a;b=c", "a\\b", "7/checkout", "7.pdf/8", "%2e%2e", "..."),
    ],
)
async def test_the_portal_opens_an_invoice_whatever_its_number(
    business: Business, number: str
) -> None:
    customer_id, token = await _shared(business)
    invoice_id = await business.make_invoice(customerId=customer_id, number=number)
    portal = (await _page(business, f"/portal/{token}")).text
    match = re.search(r'<a class="who" href="http://127.0.0.1:8000(/portal/[^"]+)">', portal)
    assert match
    page = await _page(business, match.group(1))
    assert page.status_code == 200
    assert str(escape(f"Invoice {number.strip()}")) in page.text
    pdf = await _page(business, match.group(1) + ".pdf")
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert f'href="{escape("http://127.0.0.1:8000" + match.group(1))}.pdf"' in page.text

    async def is_recorded() -> bool:
        return await InvoiceView.exists(invoice_id=invoice_id)

    await eventually(is_recorded)
    [view] = await InvoiceView.filter(invoice_id=invoice_id)
    assert view.source is ViewSource.PORTAL


async def test_the_portal_opens_an_invoice_by_exactly_its_number(business: Business) -> None:
    customer_id, token = await _shared(business)
    await business.make_invoice(customerId=customer_id, number="Straße-1")
    for number, status in (("Straße-1", 200), ("STRASSE-1", 404), ("straße-1", 404)):
        assert (await _page(business, f"/portal/{token}/{number}")).status_code == status


async def test_names_are_escaped(business: Business) -> None:
    name = "<script>alert(1)</script> %(number)s 100%"
    customer_id = await business.make_customer(name=name)
    token = await business.share_portal(customer_id)
    await business.make_invoice(customerId=customer_id, number="7", notes=name)
    for path in (f"/portal/{token}", f"/portal/{token}/7"):
        page = await _page(business, path)
        assert page.status_code == 200
        assert "<script>" not in page.text
        assert str(escape(name)) in page.text


# --- languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "direction", "texts"),
    [
        ("de-AT", "ltr", ["31. Jänner 2030", "1,5", "7,7\N{NO-BREAK SPACE}%"]),
        ("ar", "rtl", ["31 يناير 2030"]),
    ],
)
async def test_pages_are_in_the_customers_language_and_direction(
    business: Business, language: str, direction: str, texts: list[str]
) -> None:
    customer_id, token = await _shared(business)
    await Customer.filter(id=customer_id).update(language=language)
    line = {"description": "Work", "quantity": "1.5", "unitPrice": "3", "taxRate": "7.7"}
    details = {"number": "7", "lines": [line], "dueDate": "2030-01-31"}
    await business.make_invoice(customerId=customer_id, **details)
    page = (await _page(business, f"/portal/{token}/7")).text
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert [text for text in texts if text not in page] == []
    portal = (await _page(business, f"/portal/{token}")).text
    assert f'<html lang="{language}" dir="{direction}">' in portal
    assert texts[0] in portal


@pytest.fixture
def _german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Install translations into German only."""

    def forget() -> None:
        for remembered in (
            translations.translations_for,
            translations.available_languages,
            templates,
        ):
            remembered.cache_clear()

    file = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    texts = 'msgid "This link doesn\'t work"\nmsgstr "Nicht gefunden."\n'
    file.write_text(texts, encoding="utf-8")
    monkeypatch.setattr(translations, "LOCALE_FOLDER", tmp_path)
    forget()
    yield
    forget()


@pytest.mark.usefixtures("_german")
@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ("de", "Nicht gefunden."),
        ("DE-at,de;q=0.9,en;q=0.8", "Nicht gefunden."),
        ("fr, en;q=0.5, de;q=0.8", "Nicht gefunden."),
        ("fr;q=1,*;q=0.5", "This link doesn't work"),
        ("de;q=0, en", "This link doesn't work"),
        ("en-GB,de;q=0.9", "This link doesn't work"),
        ("", "This link doesn't work"),
        ("de;q=many,;,,x" * 9, "This link doesn't work"),
    ],
)
async def test_error_pages_are_in_a_language_of_the_browser(
    business: Business, accepted: str, message: str
) -> None:
    page = await _page(business, "/portal/x", **{"accept-language": accepted})
    assert page.status_code == 404
    assert f"<h1>{message}</h1>" in page.text
    language = "de" if message.startswith("Nicht") else "en"
    assert f'<html lang="{language}" dir="ltr">' in page.text


async def test_each_error_status_has_its_own_text(business: Business) -> None:
    wrong_method = await business.http.post("/robots.txt", headers=business.stranger.headers)
    assert wrong_method.status_code == 405
    assert set(wrong_method.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "That didn't work" in wrong_method.text
    guesser = business.stranger.headers
    for _ in range(62):
        page = await business.http.get("/portal/x", headers=guesser)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert "Just a moment, please" in page.text
    assert "It works again in about" in page.text
