"""Home: the figures, the follow-ups with what can be done, and who sees what."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from models import (
    Company,
    Customer,
    DeliveryState,
    EmailDelivery,
    Invoice,
    MailKind,
    User,
)
from services.billing.overview import follow_ups
from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.staff import HOME, Browser

_OVERDUE: Final = {"issueDate": "2026-01-01", "dueDate": "2026-01-02"}


async def _seen(business: Business, **details: object) -> str:
    """Return an overdue invoice that was opened."""
    invoice_id = await business.make_invoice(**_OVERDUE, **details)
    await business.stranger.record_view(await business.share(invoice_id))
    return invoice_id


async def _allow(business: Business, *permissions: str) -> None:
    await User.filter(company_id=business.company_id).update(permissions=" ".join(permissions))


def _text(page: str) -> str:
    """Return the text of a page, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


async def test_home_has_the_figures_of_each_currency_the_company_s_own_first(
    business: Business, rival: Business, staff_client: Browser
) -> None:
    await _seen(business)
    await business.make_invoice(currency="CHF")
    await _seen(rival)
    page = (await staff_client.get(HOME)).text
    assert "Open €100.00 Swiss francs CHF 100.00 Overdue €100.00 Swiss francs" in _text(page)
    today = datetime.now(UTC).date()
    assert f'<h1 lang="en">{today:%A}, {today:%B} {today.day}</h1>' in page
    assert '<rect class="b3" x="0.0%" width="99.4%" height="10"/>' in page


async def test_a_follow_up_says_why_and_is_acted_on_with_one_click(
    business: Business, staff_client: Browser
) -> None:
    address = f"{business.company_id}@example.com"
    customer_id = await business.make_customer(name="Ada & <Sons>", email=address)
    invoice_id = await _seen(business, customerId=customer_id)
    number = (await Invoice.get(id=invoice_id)).number
    page = (await staff_client.get(HOME)).text
    assert f"Ada &amp; &lt;Sons&gt; has seen {number} but not paid" in _text(page)
    assert "Opened once, today · €100.00, overdue since January 2, 2026" in _text(page)
    path = f"/dashboard/invoices/{invoice_id}/remind"
    assert f'action="{path}"' in page
    response = await staff_client.post(path, page=HOME, back=HOME)
    back = response.headers["location"]
    assert (response.status_code, back.partition("=")[0]) == (303, f"{HOME}?sent")
    page = (await staff_client.get(back)).text
    assert f"Reminder to {address} leaves in" in _text(page)
    assert "Send reminder" not in page


async def test_a_customer_without_an_address_can_be_given_one(
    business: Business, staff_client: Browser
) -> None:
    await _seen(business)
    customer = await Customer.get(company_id=business.company_id)
    await Customer.filter(id=customer.id).update(email=None)
    page = (await staff_client.get(HOME)).text
    assert f'href="/dashboard/customers/{customer.id}/edit" data-dialog>Add e-mail address' in page


async def test_what_was_never_opened_can_be_sent_again(
    business: Business, staff_client: Browser
) -> None:
    invoice = await Invoice.get(id=await business.make_invoice())
    await EmailDelivery.create(
        company_id=business.company_id,
        customer_id=invoice.customer_id,
        invoice=invoice,
        kind=MailKind.INVOICE,
        recipient="ada@example.com",
        status=DeliveryState.SENT,
        sent_at=datetime.now(UTC) - timedelta(days=6),
    )
    page = (await staff_client.get(HOME)).text
    assert "E-mailed 6 days ago" in _text(page)
    path = f"/dashboard/invoices/{invoice.id}/share/send"
    response = await staff_client.post(path, page=HOME, back=HOME, to="ada@example.com")
    assert response.headers["location"].startswith(f"{HOME}?sent=")
    assert await EmailDelivery.filter(invoice=invoice).count() == 2


async def test_an_e_mail_of_another_company_is_unknown_here(
    rival: Business, staff_client: Browser
) -> None:
    invoice = await Invoice.get(id=await rival.make_invoice())
    delivery = await EmailDelivery.create(
        company_id=rival.company_id,
        customer_id=invoice.customer_id,
        invoice=invoice,
        kind=MailKind.INVOICE,
        recipient="ada@example.com",
        status=DeliveryState.FAILED,
    )
    assert (await staff_client.get(f"{HOME}?sent={delivery.id}")).status_code == 404
    assert (await staff_client.get(f"{HOME}?sent=x")).status_code == 404


async def test_those_who_may_only_look_get_no_buttons_that_act(
    business: Business, staff_client: Browser
) -> None:
    await _seen(business)
    await _allow(business, "VIEW_INVOICES")
    page = (await staff_client.get(HOME)).text
    assert ("Send reminder" in page, "See opens" in page, "New invoice" in page) == (
        False,
        True,
        False,
    )


async def test_users_land_on_the_first_page_that_they_may_see(
    business: Business, staff_client: Browser
) -> None:
    assert (await staff_client.get(HOME)).status_code == 200
    await _allow(business, "MANAGE_COMPANY")
    assert (await staff_client.get(HOME)).headers["location"] == "/dashboard/settings"
    await _allow(business)
    assert (await staff_client.get(HOME)).headers["location"] == "/dashboard/account"
    assert (await staff_client.get(f"{HOME}/follow-ups")).status_code == 403


async def test_all_follow_ups_have_a_page_of_their_own(
    business: Business, staff_client: Browser
) -> None:
    assert "Nothing to follow up." in (await staff_client.get(f"{HOME}/follow-ups")).text
    for _ in range(6):
        await _seen(business)
    page = (await staff_client.get(HOME)).text
    assert (page.count("Send reminder"), "All 6" in page) == (5, True)
    whole = (await staff_client.get(f"{HOME}/follow-ups")).text
    assert whole.count("Send reminder") == 6


async def test_home_takes_the_same_statements_at_any_size(
    business: Business, staff_client: Browser
) -> None:
    await Company.filter(id=business.company_id).update(city="Berlin", accent_color="#112233")
    await _seen(business)
    with statements() as for_one:
        await staff_client.get(HOME)
    for _ in range(3):
        await _seen(business)
    await business.make_invoice(currency="CHF")
    with statements() as for_four:
        await staff_client.get(HOME)
    assert len(for_four) == len(for_one) <= 15
    assert follow_ups.MAX_FOLLOW_UPS > 4
