"""What sharing does on a client's page, in a real browser."""

from collections.abc import AsyncIterator

import pytest

from tests.chromium import CHROMIUM, Tab, tab
from tests.clients import Business

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

_SHARE = "document.getElementById('share')"
_CLICK = "document.querySelector('#share summary').click()"
_CAN_SHARE = "Navigator.prototype.canShare = () => true; Navigator.prototype.share = "


@pytest.fixture
async def page() -> AsyncIterator[Tab]:
    """Yield a browser's page, whose scripts must not complain."""
    async with tab() as found:
        yield found
        assert found.faults == []


async def _open(page: Tab, portal_url: str, business: Business, sharing: str | None = None) -> str:
    """Open an invoice in a browser that shares files as `sharing` says; return its address."""
    source = f"{_CAN_SHARE}{sharing};" if sharing else "delete Navigator.prototype.canShare;"
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=source)
    url = f"{portal_url}/invoice/{await business.share(await business.make_invoice())}"
    await page.open(url)
    await page.until("!document.getElementById('copy').hidden")
    return url


async def test_where_files_can_t_be_shared_apps_are_offered(
    page: Tab, portal_url: str, business: Business
) -> None:
    url = await _open(page, portal_url, business)
    await page.js(_CLICK)
    assert await page.js(f"{_SHARE}.open")
    apps = await page.js("[...document.querySelectorAll('#share a.button')].map((a) => a.href)")
    whatsapp, telegram, slack, mail = apps
    assert whatsapp.startswith("https://wa.me/?text=Invoice%20INV-00001%20from%20")
    assert telegram.startswith("https://t.me/share/url?url=http%3A%2F%2F127.0.0.1")
    assert slack == "slack://open"
    assert mail.startswith("mailto:?subject=Invoice%20INV-00001%20from%20")
    assert await page.js("document.getElementById('link').value.split('/').at(-1)") in url


async def test_the_panel_closes_with_escape_and_with_a_click_elsewhere(
    page: Tab, portal_url: str, business: Business
) -> None:
    await _open(page, portal_url, business)
    await page.js(_CLICK)
    escape = "new KeyboardEvent('keydown', {key: 'Escape', bubbles: true})"
    await page.js(f"document.getElementById('link').dispatchEvent({escape})")
    assert not await page.js(f"{_SHARE}.open")
    assert await page.js("document.activeElement.localName") == "summary"
    await page.js(_CLICK)
    assert await page.js(f"{_SHARE}.open")
    await page.js("document.querySelector('h1').click()")
    assert not await page.js(f"{_SHARE}.open")


async def test_where_files_can_be_shared_the_pdf_goes_to_the_share_sheet(
    page: Tab, portal_url: str, business: Business
) -> None:
    await _open(page, portal_url, business, "async (it) => { window.shared = it; }")
    await page.js(_CLICK)
    await page.until("window.shared")
    assert not await page.js(f"{_SHARE}.open")
    assert await page.js("window.shared.files[0].type") == "application/pdf"
    assert await page.js("window.shared.url === document.getElementById('link').value")


async def test_a_pdf_that_came_late_asks_for_another_click(
    page: Tab, portal_url: str, business: Business
) -> None:
    late = "async () => { throw new DOMException('late', 'NotAllowedError'); }"
    await _open(page, portal_url, business, late)
    await page.js(_CLICK)
    await page.until(f"{_SHARE}.open")
    said = await page.js("document.getElementById('share-status').textContent")
    assert said == "The PDF is ready. Press “Share” once more."
