"""The share panel of clients' pages."""

from typing import Final

from playwright.async_api import Page, expect

from tests.browser.staff import SHARE_SHEET, shared
from tests.support.chromium import Windows
from tests.support.clients import Business

_NO_SHEET: Final = "delete Navigator.prototype.canShare;"
_LATE: Final = """
Navigator.prototype.canShare = () => true;
Navigator.prototype.share = async () => { throw new DOMException('late', 'NotAllowedError'); };
"""


async def _open(
    windows: Windows, portal_url: str, business: Business, device: str = _NO_SHEET
) -> Page:
    """Open an invoice on a device that the script imitates."""
    page = await windows.open()
    await page.add_init_script(device)
    await page.goto(f"{portal_url}/invoice/{await business.share(await business.make_invoice())}")
    return page


async def test_apps_are_offered_if_files_can_t_be_shared(
    windows: Windows, portal_url: str, business: Business
) -> None:
    page = await _open(windows, portal_url, business)
    await page.locator("#share summary").click()
    await expect(page.locator("#share a.button")).to_have_count(4)
    apps = await page.locator("#share a.button").evaluate_all("(all) => all.map((a) => a.href)")
    whatsapp, telegram, slack, mail = apps
    assert whatsapp.startswith("https://wa.me/?text=Invoice%20INV-00001%20from%20")
    assert telegram.startswith("https://t.me/share/url?url=http%3A%2F%2F127.0.0.1")
    assert slack == "slack://open"
    assert mail.startswith("mailto:?subject=Invoice%20INV-00001%20from%20")
    link = await page.locator("#link").input_value()
    assert link.rsplit("/", 1)[-1] in page.url


async def test_choosing_an_app_downloads_the_pdf(
    windows: Windows, portal_url: str, business: Business
) -> None:
    page = await _open(windows, portal_url, business)
    await page.locator("#share summary").click()
    slack = page.locator("#share a[href='slack://open']")
    async with page.expect_download() as waiting:
        await slack.click()
    assert (await waiting.value).suggested_filename.endswith(".pdf")


async def test_panel_closes_on_escape_and_on_a_click_elsewhere(
    windows: Windows, portal_url: str, business: Business
) -> None:
    page = await _open(windows, portal_url, business)
    panel, summary = page.locator("#share"), page.locator("#share summary")
    await expect(page.locator("[data-copy='#link']")).to_be_attached()
    await summary.click()
    await page.locator("#link").focus()
    await page.keyboard.press("Escape")
    await expect(panel).not_to_have_attribute("open", "")
    await expect(summary).to_be_focused()
    await summary.click()
    await expect(panel).to_have_attribute("open", "")
    await page.locator("h1").click()
    await expect(panel).not_to_have_attribute("open", "")


async def test_pdf_goes_to_the_share_sheet_if_files_can_be_shared(
    windows: Windows, portal_url: str, business: Business
) -> None:
    page = await _open(windows, portal_url, business, SHARE_SHEET)
    await page.locator("#share summary").click()
    got = await shared(page)
    await expect(page.locator("#share")).not_to_have_attribute("open", "")
    assert got["type"] == "application/pdf"
    assert got["name"].endswith(".pdf")
    assert got["url"] == await page.locator("#link").input_value()
    assert "INV-00001" in got["text"]


async def test_late_pdf_asks_for_another_click(
    windows: Windows, portal_url: str, business: Business
) -> None:
    page = await _open(windows, portal_url, business, _LATE)
    await page.locator("#share summary").click()
    await expect(page.locator("#share")).to_have_attribute("open", "")
    message = page.locator("#share-status")
    await expect(message).to_have_text("The PDF is ready. Tap Share again.")
