"""The first steps on the home page: what is done, hiding them, and the test to oneself."""

from models import Company, SampleInvoice, User
from tests.support.clients import Business
from tests.support.mailbox import Mailbox, text_of
from tests.support.staff import HOME, Browser

_HIDE = "/dashboard/first-steps/hide"


async def test_a_new_company_is_led_through_its_first_steps(
    business: Business, staff_client: Browser
) -> None:
    page = (await staff_client.get(HOME)).text
    assert "Welcome to Invotify" in page
    for path in ("settings", "settings/payments", "customers/new", "invoices/new"):
        assert f'href="/dashboard/{path}"' in page
    await Company.filter(id=business.company_id).update(city="Berlin")
    await business.make_customer()
    page = (await staff_client.get(HOME)).text
    assert "2 of 5 done" in page
    assert page.count('class="done"') == 2
    await business.make_invoice()
    page = (await staff_client.get(HOME)).text
    assert ("Welcome to Invotify" in page, "Get started" in page) == (False, True)


async def test_the_steps_vanish_when_all_are_done(
    business: Business, staff_client: Browser
) -> None:
    await Company.filter(id=business.company_id).update(
        city="Berlin", accent_color="#112233", iban="DE89370400440532013000"
    )
    await business.make_invoice()
    page = (await staff_client.get(HOME)).text
    assert ("Get started" in page, "Show first steps" in page) == (False, False)


async def test_the_steps_can_be_hidden_and_shown_again(staff_client: Browser) -> None:
    await staff_client.post(_HIDE, page=HOME)
    page = (await staff_client.get(HOME)).text
    assert ("Get started" in page, "Worth a follow-up" in page) == (False, True)
    await staff_client.post(_HIDE, page=HOME, hidden="false")
    assert "Get started" in (await staff_client.get(HOME)).text


async def test_users_only_get_the_buttons_of_steps_that_they_may_take(
    business: Business, staff_client: Browser
) -> None:
    users = User.filter(company_id=business.company_id)
    await users.update(permissions="VIEW_INVOICES MANAGE_INVOICES")
    page = (await staff_client.get(HOME)).text
    assert ("Add customer" in page, "Set up payments" in page) == (True, False)
    await users.update(permissions="VIEW_INVOICES")
    assert "Get started" not in (await staff_client.get(HOME)).text


async def test_a_test_to_oneself_is_watched_on_the_page(
    business: Business, staff_client: Browser, mailbox: Mailbox
) -> None:
    response = await staff_client.post("/dashboard/first-steps/test", page=HOME)
    assert (response.status_code, response.headers["location"]) == (303, f"{HOME}#sample")
    sample = await SampleInvoice.get(company_id=business.company_id)
    assert str(sample.token) in text_of(mailbox.arrived[business.email][-1])
    page = (await staff_client.get(HOME)).text
    assert ("Not opened yet" in page, "data-waiting" in page) == (True, True)
    await staff_client.get(f"/sample-invoice/{sample.token}")
    page = (await staff_client.get(HOME)).text
    assert "Opened once" in page
