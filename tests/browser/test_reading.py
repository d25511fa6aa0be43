"""What the page of an invoice reports about its reader, and how staff see it."""

from typing import Final

from playwright.async_api import Page, expect

from models import Invoice, InvoiceView
from tests.browser.staff import is_live
from tests.support.chromium import Windows
from tests.support.clients import Business, eventually
from tests.support.staff import INVOICES

_IN_BACKGROUND: Final = """
let isHidden = true;
Object.defineProperty(document, 'hidden', { get: () => isHidden });
globalThis.show = () => {
  isHidden = false;
  document.dispatchEvent(new Event('visibilitychange'));
};
"""
_HOUR: Final = 3_600_000
"""Milliseconds."""


async def _open_in_background(page: Page, url: str) -> None:
    """Open a page, and an hour later stop its clock, which is at 1970 at first."""
    await page.add_init_script(_IN_BACKGROUND)
    await page.clock.install(time=0)
    await page.goto(url)
    await page.clock.pause_at(_HOUR)
    token = url.rpartition("/")[2]

    async def is_stored() -> bool:
        return await InvoiceView.exists(invoice__share_token=token)

    await eventually(is_stored, 30)


async def test_staff_see_what_a_reader_does_as_it_happens(
    windows: Windows, staff_window: Page, portal_url: str, seller: Business
) -> None:
    invoice_id = await seller.make_invoice()
    token = await seller.share(invoice_id)
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await is_live(staff_window)
    what = staff_window.locator(".log tbody td:last-child")
    client = await windows.open()
    await _open_in_background(client, f"{portal_url}/invoice/{token}")
    await expect(what).to_have_text("Opened")
    await client.evaluate("show()")
    await client.clock.run_for(3_000)
    await expect(what).to_have_text("Read")
    await client.get_by_role("link", name="Download PDF").click(modifiers=["Control"])
    await expect(what).to_have_text("Read PDF downloaded")
    await client.get_by_role("button", name="Pay").click()
    await expect(what).to_have_text("Read PDF downloaded Pay clicked")
    await expect(staff_window.locator("#views dl")).to_contain_text("First read")


async def test_a_page_is_read_once_it_was_visible_for_three_seconds(
    windows: Windows, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    client = await windows.open()
    url = f"{portal_url}/invoice/{await business.share(invoice_id)}"
    await _open_in_background(client, url)
    await client.evaluate("show()")
    await client.clock.run_for(2_999)
    assert not await Invoice.exists(id=invoice_id, read_count=1)
    async with client.expect_request("**/read"):
        await client.clock.run_for(1)


async def test_the_privacy_note_says_what_the_page_reports(
    windows: Windows, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    client = await windows.open(f"{portal_url}/invoice/{token}", java_script_enabled=False)
    await client.get_by_text("Privacy").click()
    await expect(client.get_by_text("opened and read, when you download the PDF")).to_be_visible()
