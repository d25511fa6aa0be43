"""An invoice's page, and its PDF with the session cookie."""

import re
from uuid import uuid4

import pytest

from models import InvoiceView, Payment, PaymentReversalKind, Reversal
from services.sharing.user_agents import device_name
from tests.support.clients import Business, Caller
from tests.support.staff import INVOICES, Browser
from web.dashboard.invoices import details as invoice_details

_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"


def _section(page: str, id_: str) -> str:
    return page.partition(f'<section id="{id_}"')[2].partition("</section>")[0]


async def test_page_shows_amounts_lines_payments_and_credit(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada & Co")
    line = {"description": "Work <b>", "quantity": "2.5", "unitPrice": "80", "taxRate": "19"}
    invoice_id = await business.make_invoice(
        customerId=customer_id,
        lines=[line],
        notes="Thanks & bye",
        issueDate="2098-12-01",
        dueDate="2099-01-31",
    )
    await business.pay(invoice_id, "100")
    note_id = await business.make_credit_note(customer_id, "30")
    await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id)
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    head, payments = _section(page, "head"), _section(page, "payments")
    for text in ("€108.00", "€238.00", "€130.00", "Dec 1, 2098", "Jan 31, 2099"):
        assert text in head
    assert "Ada &amp; Co" in page
    for text in ("Work &lt;b&gt;", "2.5", "€80.00", "19%", "€38.00", "Thanks &amp; bye"):
        assert text in page
    for text in ("Cash", "€100.00", "Credit applied", "CN-00001", "€30.00"):
        assert text in payments
    assert f'href="/invoices/{invoice_id}.pdf"' in page


async def test_refunds_and_disputes_are_shown_with_the_payment(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "50")
    payment = await Payment.get(invoice_id=invoice_id)
    for kind, amount in ((PaymentReversalKind.REFUND, 1200), (PaymentReversalKind.DISPUTE, 300)):
        await Reversal.create(
            company_id=business.company_id,
            invoice_id=payment.invoice_id,
            payment=payment,
            kind=kind,
            amount=amount,
        )
    payments = _section((await staff_client.get(f"{INVOICES}/{invoice_id}")).text, "payments")
    texts = re.findall(r'class="c-who">(\w+), ', payments)
    amounts = re.findall(r'class="num c-due">([^<]+)', payments)
    assert texts == ["Payment", "Refund", "Dispute"]
    minus = "\N{MINUS SIGN}"
    assert amounts == ["€50.00", f"{minus}€12.00", f"{minus}€3.00"]


async def test_link_is_shown_once_the_invoice_is_shared(
    staff_client: Browser, business: Business
) -> None:
    draft_id = await business.make_draft()
    assert (
        "Issue it first, then you can share it."
        in (await staff_client.get(f"{INVOICES}/{draft_id}")).text
    )
    invoice_id = await business.make_invoice()
    assert "Not shared" in (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    token = await business.share(invoice_id)
    assert f"/invoice/{token}" in (await staff_client.get(f"{INVOICES}/{invoice_id}")).text


async def test_views_are_paged_and_automated_ones_are_marked(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoice_details, "_VIEWS_PAGE_SIZE", 2)
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    people = [business.stranger, business.stranger]
    for person in people:
        await person.record_view(token, source="EMAIL")
    robot = Caller(business.http, user_agent="Slackbot-LinkExpanding <1.0>")
    await robot.record_view(token)
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    log = _section(page, "views")
    assert re.findall(r'<td class="text"><bdi>([^<]+)', log) == [robot.ip, people[1].ip]
    assert log.count("Automated") == 1
    assert "Slackbot-LinkExpanding &lt;1.0&gt;" in log
    assert "Firefox on Linux" in log
    assert "<span data-count>2</span>" in log
    older = re.search(r'<a rel="next" href="([^"#]+)#views"', log)
    assert older
    log = _section((await staff_client.get(older.group(1))).text, "views")
    assert re.findall(r'<td class="text"><bdi>([^<]+)', log) == [people[0].ip]
    assert f'<a href="{INVOICES}/{invoice_id}#views" class="button small">Newest</a>' in log
    assert 'rel="next"' not in log


async def test_another_company_s_invoice_looks_like_an_unknown_one(
    staff_client: Browser, rival: Business
) -> None:
    foreign = await rival.make_invoice()
    pages = [await staff_client.get(f"{INVOICES}/{id_}") for id_ in (foreign, uuid4(), "nonsense")]
    assert [page.status_code for page in pages] == [404, 404, 404]
    texts = {re.sub(r"20\d\d-\S+", "", page.text) for page in pages}
    assert len(texts) == 1
    assert (await staff_client.get(f"/invoices/{foreign}.pdf")).status_code == 404


async def test_pdf_opens_with_the_session_cookie(
    staff_client: Browser, anonymous_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_draft()
    response = await staff_client.get(f"/invoices/{invoice_id}.pdf")
    assert (response.status_code, response.content[:5]) == (200, b"%PDF-")
    assert (await anonymous_client.get(f"/invoices/{invoice_id}.pdf")).status_code == 401
    headers = {"authorization": "Bearer inv_key_nonsense"}
    response = await staff_client.http.get(f"/invoices/{invoice_id}.pdf", headers=headers)
    assert response.status_code == 401


async def test_page_view_by_staff_is_not_counted(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    await staff_client.get(f"{INVOICES}/{invoice_id}")
    assert await InvoiceView.filter(invoice_id=invoice_id).count() == 0


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (_FIREFOX, "Firefox on Linux"),
        (f"{_MAC} Chrome/141.0.0.0 Safari/537.36", "Chrome on macOS"),
        (f"{_MAC} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge on macOS"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141 Mobile",
            "Chrome on Android",
        ),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding"),
        ("okhttp/4.12.0", "okhttp"),
        ("x" * 512, "x" * 40),
        ("", "Unknown"),
        (None, "Unknown"),
    ],
)
def test_device_has_a_short_name(user_agent: str | None, device: str) -> None:
    assert device_name(user_agent) == device
