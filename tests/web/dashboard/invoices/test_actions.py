"""Actions of staff on an invoice: issue, cancel, remind, and record a payment."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from tortoise.timezone import now

from models import Company, EmailDelivery, Invoice, InvoiceChange, InvoiceUpdate, Payment, User
from tests.services.email.test_emails import make_retry_due
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.staff import INVOICES, Browser

_ACTIONS = ("issue", "cancel", "remind", "payment")


def _offered(page: str) -> list[str]:
    actions = page.partition('id="actions"')[2].partition("</div>")[0]
    return re.findall(r'href="[^"]*[/#]([\w-]+)" ?(?:data-dialog)?>', actions)


def _error(page: str) -> str:
    match = re.search(r'(?:id="error"|class="error">.*?<span)[^>]*>([^<]*)', page)
    return unescape(match.group(1)) if match else ""


async def _do(
    staff_client: Browser, invoice_id: str, action: str, **fields: str
) -> tuple[int, str]:
    """Submit the form of an action; return the status, and the redirect or the error message."""
    path = f"{INVOICES}/{invoice_id}"
    response = await staff_client.post(f"{path}/{action}", page=path, **fields)
    return response.status_code, response.headers.get("location") or _error(response.text)


def _payment(**fields: str) -> dict[str, str]:
    today = datetime.now(UTC).date().isoformat()
    return {"amount": "40.00", "method": "Cash", "received_on": today, "reference": ""} | fields


async def test_page_offers_the_actions_that_the_status_allows(
    staff_client: Browser, business: Business
) -> None:
    draft_id, open_id = await business.make_draft(), await business.make_invoice()
    partial_id, paid_id = await business.make_invoice(), await business.make_invoice()
    cancelled_id = await business.make_invoice()
    await business.pay(partial_id, "1")
    await business.pay(paid_id, "100")
    assert (await _do(staff_client, cancelled_id, "cancel"))[0] == 303
    expected = {
        draft_id: ["issue-and-send", "edit", "preview", "issue", "delete"],
        open_id: ["share", "payment", "remind", "credit", "write-off", "cancel"],
        partial_id: ["share", "payment", "remind", "credit", "write-off"],
        paid_id: ["share", "payment", "credit"],
        cancelled_id: ["payment"],
    }
    pages = {id_: await staff_client.get(f"{INVOICES}/{id_}") for id_ in expected}
    assert {id_: _offered(page.text) for id_, page in pages.items()} == expected


async def test_staff_without_manage_invoices_see_no_actions_and_are_refused(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    assert _offered((await staff_client.get(f"{INVOICES}/{invoice_id}")).text) == []
    for action in _ACTIONS:
        assert (await staff_client.get(f"{INVOICES}/{invoice_id}/{action}")).status_code == 403
        assert (await _do(staff_client, invoice_id, action, **_payment()))[0] == 403
    assert (await Invoice.get(id=invoice_id)).status == "ISSUED"
    assert await Payment.filter(invoice_id=invoice_id).count() == 0


@pytest.mark.parametrize("action", _ACTIONS)
async def test_another_company_s_invoice_can_t_be_acted_on(
    staff_client: Browser, rival: Business, action: str
) -> None:
    foreign = await rival.make_invoice()
    assert (await staff_client.get(f"{INVOICES}/{foreign}/{action}")).status_code == 404
    response = await staff_client.post(
        f"{INVOICES}/{foreign}/{action}", page=INVOICES, **_payment()
    )
    assert response.status_code == 404
    assert (await Invoice.get(id=foreign)).status == "ISSUED"
    assert await EmailDelivery.filter(invoice_id=foreign).count() == 0


@pytest.mark.parametrize("action", _ACTIONS)
async def test_forged_form_changes_nothing(
    staff_client: Browser, business: Business, action: str
) -> None:
    draft_id, invoice_id = await business.make_draft(), await business.make_invoice()
    for id_ in (draft_id, invoice_id):
        response = await staff_client.http.post(
            f"{INVOICES}/{id_}/{action}",
            data={"form_token": "forged", **_payment()},
            headers={"sec-fetch-site": "same-origin"},
        )
        assert response.status_code == 403
    assert (await Invoice.get(id=draft_id)).status == "DRAFT"
    assert (await Invoice.get(id=invoice_id)).status == "ISSUED"
    assert await Payment.filter(company_id=business.company_id).count() == 0
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0


async def test_draft_is_issued_after_confirmation(
    staff_client: Browser, business: Business
) -> None:
    draft_id = await business.make_draft()
    page = (await staff_client.get(f"{INVOICES}/{draft_id}/issue")).text
    assert "Issue draft invoice?" in page
    assert (await Invoice.get(id=draft_id)).status == "DRAFT"
    assert await _do(staff_client, draft_id, "issue") == (303, f"{INVOICES}/{draft_id}")
    assert (await Invoice.get(id=draft_id)).status == "ISSUED"
    for action in ("issue", "issue-and-send"):
        assert (await staff_client.get(f"{INVOICES}/{draft_id}/{action}")).status_code == 409
    update = await InvoiceUpdate.get(invoice_id=draft_id)
    assert update.change == InvoiceChange.ISSUED


async def test_refused_action_shows_its_error_with_the_confirmation(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "1")
    assert await _do(staff_client, invoice_id, "cancel") == (
        409,
        "This invoice has payments, so it can't be cancelled.",
    )
    assert (await Invoice.get(id=invoice_id)).status == "PARTIALLY_PAID"


async def test_invoice_is_cancelled_after_confirmation(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    assert (
        "Cancel invoice INV-00001?"
        in (await staff_client.get(f"{INVOICES}/{invoice_id}/cancel")).text
    )
    assert (await Invoice.get(id=invoice_id)).status == "ISSUED"
    status, url = await _do(staff_client, invoice_id, "cancel")
    assert (status, url.partition("?")[0]) == (303, f"{INVOICES}/{invoice_id}")
    page = (await staff_client.get(url)).text
    assert "Invoice INV-00001 is cancelled, so nothing is due on it." in page
    assert (await Invoice.get(id=invoice_id)).status == "CANCELLED"


async def test_reminder_is_sent_to_the_customer(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    address = f"{uuid4().hex}@example.com"
    customer_id = await business.make_customer(email=address)
    invoice_id = await business.make_invoice(customerId=customer_id)
    assert address in (await staff_client.get(f"{INVOICES}/{invoice_id}/remind")).text
    status, url = await _do(staff_client, invoice_id, "remind")
    assert status == 303
    assert "Reminder to" in (await staff_client.get(url)).text
    await make_retry_due(business)

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived)
    assert "Reminder" in mailbox.only(address)["Subject"]


async def test_reminder_requires_an_e_mail_address(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(email=None)
    invoice_id = await business.make_invoice(customerId=customer_id)
    status, message = await _do(staff_client, invoice_id, "remind")
    assert (status, message.partition(".")[0]) == (400, "The customer has no e-mail address")
    assert await EmailDelivery.filter(invoice_id=invoice_id).count() == 0


async def test_payment_form_submitted_twice_records_one_payment(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    fields = _payment(reference="  R-7 ", idempotency_key="once")
    for _ in range(2):
        status, url = await _do(staff_client, invoice_id, "payment", **fields)
        assert (status, url.partition("?")[0]) == (303, f"{INVOICES}/{invoice_id}")
    payment = await Payment.get(invoice_id=invoice_id)
    assert (payment.amount, payment.method, payment.reference) == (4000, "Cash", "R-7")
    assert abs(payment.received_at - now()) < timedelta(minutes=5)
    assert (await Invoice.get(id=invoice_id)).status == "PARTIALLY_PAID"


async def test_payment_on_an_earlier_day_keeps_its_date(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await _do(staff_client, invoice_id, "payment", **_payment(received_on="2026-02-28"))
    payment = await Payment.get(invoice_id=invoice_id)
    assert payment.received_at == datetime(2026, 2, 28, 12, tzinfo=UTC)


async def test_amount_is_entered_in_the_spelling_of_the_company_s_language(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    invoice_id = await business.make_invoice()
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}/payment")).text
    assert 'value="100,00"' in page
    assert (await _do(staff_client, invoice_id, "payment", **_payment(amount="12,34")))[0] == 303
    assert (await Payment.get(invoice_id=invoice_id)).amount == 1234


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"amount": "<much>"}, "Enter an amount, like 450 or 1,200.50."),
        ({"amount": ""}, "Enter an amount, like 450 or 1,200.50."),
        ({"amount": "1.234"}, "EUR has 2 decimals."),
        ({"amount": "0"}, "The amount must be greater than zero."),
        ({"amount": "100.01"}, "Only 100.00 EUR is due."),
        ({"received_on": "yesterday"}, "Enter a date, like 2026-11-30."),
        ({"received_on": "2999-01-01"}, "A payment can't be received in the future."),
    ],
)
async def test_invalid_payment_is_refused_and_kept_in_the_form(
    staff_client: Browser, business: Business, wrong: dict[str, str], message: str
) -> None:
    invoice_id = await business.make_invoice()
    url = f"{INVOICES}/{invoice_id}/payment"
    page = await staff_client.post(url, page=url, **_payment(method="A & B", **wrong))
    assert (page.status_code, _error(page.text)) == (400, message)
    assert 'value="A &amp; B"' in page.text
    [value] = wrong.values()
    assert re.search(
        r'aria-invalid="true"[^>]*'
        rf'value="{re.escape(value.replace("<", "&lt;").replace(">", "&gt;"))}"',
        page.text,
    )
    assert await Payment.filter(invoice_id=invoice_id).count() == 0


async def test_a_draft_is_issued_and_sent_in_one_step(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_draft()
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}/issue-and-send")).text
    assert "The invoice gets the number <bdi>INV-00001</bdi>" in page
    fields = {"to": "ada@example.com", "idempotency_key": "once"}
    for _ in range(2):
        status, url = await _do(staff_client, invoice_id, "issue-and-send", **fields)
        assert status == 303
    assert "ada@example.com</bdi> leaves in" in (await staff_client.get(url)).text
    assert (await Invoice.get(id=invoice_id)).status == "ISSUED"
    assert await EmailDelivery.filter(invoice_id=invoice_id).count() == 1


async def test_an_address_that_is_missing_is_asked_for_and_nothing_is_issued(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(email=None)
    invoice_id = await business.make_draft(customerId=customer_id)
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}/issue-and-send")).text
    assert "Your customer has no e-mail address yet." in page
    assert (await _do(staff_client, invoice_id, "issue-and-send", to=""))[0] == 400
    assert (await Invoice.get(id=invoice_id)).status == "DRAFT"


async def test_a_payment_s_form_says_what_it_will_do_and_then_what_it_did(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}/payment"
    assert (
        "Nothing will be due on invoice INV-00001 any more." in (await staff_client.get(path)).text
    )
    preview = await staff_client.post(path, page=path, preview="yes", **_payment())
    assert "€60.00 will be due on invoice INV-00001, instead of €100.00." in preview.text
    assert await Payment.filter(invoice_id=invoice_id).count() == 0
    wrong = await staff_client.post(path, page=path, preview="yes", **_payment(amount="x"))
    assert (wrong.status_code, "Enter an amount, like 450" in wrong.text) == (200, True)
    _, url = await _do(staff_client, invoice_id, "payment", **_payment())
    assert (
        "Payment of €40.00 recorded. €60.00 is due on invoice INV-00001, instead of"
        in (await staff_client.get(url)).text
    )
