"""What the scripts of the settings do, and that forms may lead to Stripe, in a real browser."""

from pathlib import Path
from typing import Final

import pytest

from models import Company
from services.logos import MAX_UPLOAD
from tests.chromium import CHROMIUM, Tab
from tests.clients import Business
from tests.images import plain
from tests.paying import StandIn
from tests.web.dashboard.test_browser import page

__all__ = ["page"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

SETTINGS: Final = "/dashboard/settings"
_KEY: Final = "document.querySelector('form.form')"


@pytest.fixture
async def settings(page: Tab, portal_url: str) -> Tab:
    """Return a page that shows the company's settings."""
    await page.open(f"{portal_url}{SETTINGS}")
    return page


async def _choose(tab: Tab, file: Path) -> None:
    """Choose a file for the logo."""
    root = (await tab.call("DOM.getDocument"))["root"]["nodeId"]
    found = await tab.call("DOM.querySelector", nodeId=root, selector="#logo")
    await tab.call("DOM.setFileInputFiles", nodeId=found["nodeId"], files=[str(file)])


async def test_a_logo_that_is_too_large_is_not_sent(
    settings: Tab, business: Business, tmp_path: Path
) -> None:
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    large.write_bytes(bytes(MAX_UPLOAD + 1))
    small.write_bytes(plain())
    message = "document.querySelector('#logo').validationMessage"
    await _choose(settings, large)
    await settings.until(f'{message} === "The image\'s file is larger than 2 MiB."')
    await _choose(settings, small)
    await settings.until(f"{message} === ''")
    await settings.js("document.querySelector('form[action$=logo] button').click()")
    await settings.until("location.search === '?saved=logo'")
    assert (await Company.get(id=business.company_id)).logo_digest is not None


async def test_a_key_s_secret_can_be_copied(settings: Tab, portal_url: str) -> None:
    await settings.open(f"{portal_url}{SETTINGS}/keys")
    await settings.js("document.querySelector('#name').value = 'tool'")
    await settings.js("document.querySelector('[value=VIEW_INVOICES]').click()")
    await settings.js(f"{_KEY}.querySelector('button').click()")
    await settings.until("document.querySelector('#secret')")
    copy = "document.querySelector('[data-copy]')"
    await settings.until(f"!{copy}.hidden")
    await settings.call(
        "Browser.grantPermissions",
        origin=portal_url,
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    await settings.call("Page.bringToFront")
    await settings.js(f"{copy}.click()")
    await settings.until(f"{copy}.textContent === 'Copied'")
    copied = await settings.js("navigator.clipboard.readText()")
    assert copied == await settings.js("document.querySelector('#secret').textContent")


async def test_connecting_leads_to_stripe_and_back(
    settings: Tab, portal_url: str, business: Business, stand_in: StandIn
) -> None:
    await settings.open(f"{portal_url}{SETTINGS}/payments")
    await settings.js("document.querySelector('form[action$=connect] button').click()")
    await settings.until(f"location.href.startsWith('{stand_in.url}/onboarding/')")
    await stand_in.told()
    assert (await Company.get(id=business.company_id)).stripe_account is not None


async def test_disconnecting_asks_first(seller: Business, settings: Tab, portal_url: str) -> None:
    await settings.open(f"{portal_url}{SETTINGS}/payments")
    await settings.js("document.querySelector('a[href$=disconnect]').click()")
    await settings.until("document.querySelector('dialog[open] form')")
    await settings.js("document.querySelector('dialog form button').click()")
    await settings.until("document.body.innerText.includes('Not connected')")
    assert (await Company.get(id=seller.company_id)).stripe_account is None
