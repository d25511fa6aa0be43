"""Home in a browser: a test to oneself that is watched, and parts that follow what happens."""

from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from models import SampleInvoice
from tests.support.chromium import Windows
from tests.support.clients import Business
from tests.support.staff import HOME


async def test_a_test_to_oneself_shows_its_open_while_the_page_is_open(
    staff_window: Page, windows: Windows, portal_url: str, business: Business
) -> None:
    await staff_window.goto(f"{portal_url}{HOME}")
    await staff_window.get_by_role("button", name="Send me a test").click()
    await expect(staff_window.locator("#sample")).to_contain_text("Not opened yet")
    sample = await SampleInvoice.get(company_id=business.company_id)
    client = await windows.open()
    await client.goto(f"{portal_url}/sample-invoice/{sample.token}")
    await expect(
        client.get_by_text("This is a test that you have sent to yourself.")
    ).to_be_visible()
    await expect(staff_window.locator("#sample")).to_contain_text("Opened once")
    assert urlsplit(staff_window.url).path == HOME


async def test_home_follows_what_happens(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice(issueDate="2026-01-01", dueDate="2026-01-02")
    token = await business.share(invoice_id)
    await staff_window.goto(f"{portal_url}{HOME}")
    await expect(staff_window.locator("#live-state")).to_have_text("Live")
    await business.stranger.record_view(token)
    await expect(staff_window.locator("#follow-ups")).to_contain_text("has seen INV-00001")
    await business.pay(invoice_id, "100.00")
    await expect(staff_window.locator("#follow-ups")).not_to_contain_text("has seen")
    await expect(staff_window.locator("#figures")).to_contain_text("€0.00")
