"""Every page on a phone and on a staff_window, in light and in dark, for everybody."""

from collections.abc import Iterable
from typing import Final, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from models import Company
from tests.browser.scenes import CLIENT, STAFF, Scene, Stage
from tests.support.chromium import Windows
from tests.support.clients import Business
from tests.support.staff import COOKIE, INVOICES, signed_in
from tests.support.stripe_sandbox import SandboxServer
from web.public import pages

_SIZES: Final = ((375, 812), (1280, 800))
_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def _each(scenes: Iterable[Scene]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", scenes, ids=lambda scene: scene.name)


@pytest.fixture
def stage(seller: Business, sandbox_server: SandboxServer) -> Stage:
    """Return a business that takes payments."""
    return Stage(seller, sandbox_server)


async def _open(page: Page, url: str, status: int) -> None:
    answer = await page.goto(url)
    assert answer
    assert answer.status == status
    await _examine(page)


async def _examine(page: Page) -> None:
    """Assert that a page fits the screen and that everybody can use it, however it is shown."""
    for width, height in _SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in _SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            found = await Axe().run(page, options=_RULES)
            assert found.violations_count == 0, f"{width} {scheme}: {found.generate_report()}"


@pytest.mark.parametrize("language", ["en", "ar"])
@_each(CLIENT)
async def test_a_page_of_clients(
    windows: Windows, portal_url: str, stage: Stage, scene: Scene, language: str
) -> None:
    looks = {"language": language, "accent_color": "#ffdd00", "name": "Halden & Brandt"}
    await Company.filter(id=stage.business.company_id).update(**looks)
    page = await windows.open()
    await _open(page, portal_url + await scene.path_of(stage), scene.status)
    if scene.status == 200:
        direction = await page.evaluate("getComputedStyle(document.documentElement).direction")
        assert direction == ("rtl" if language == "ar" else "ltr")


async def test_the_page_of_too_many_requests(windows: Windows, portal_url: str) -> None:
    page = await windows.open()
    url = f"{portal_url}/invoice/0b5f4e3c-7f0a-4c1e-9f61-6a4c5a0d1c11"
    for _ in range(200):
        if (await page.request.get(url)).status == 429:
            break
    await _open(page, url, 429)


async def test_the_page_of_what_went_wrong(
    windows: Windows, portal_url: str, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "lines_of", None)
    token = await business.share(await business.make_invoice())
    await _open(await windows.open(), f"{portal_url}/invoice/{token}", 500)


async def test_the_page_for_signing_in(windows: Windows, portal_url: str) -> None:
    await _open(await windows.open(), f"{portal_url}/dashboard/sign-in", 200)


@_each(STAFF)
async def test_a_page_of_staff(
    windows: Windows, portal_url: str, stage: Stage, scene: Scene
) -> None:
    page = await windows.open()
    async with signed_in(portal_url, stage.business) as staff_window:
        session = staff_window.session or ""
    await page.context.add_cookies([{"name": COOKIE, "value": session, "url": portal_url}])
    await _open(page, portal_url + await scene.path_of(stage), scene.status)


async def test_a_dialog_over_a_page(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.stranger.record_view(await business.share(invoice_id))
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.get_by_role("link", name="Share", exact=True).click()
    await expect(staff_window.get_by_role("dialog").get_by_role("heading").first).to_be_focused()
    await _examine(staff_window)


async def test_first_and_last_beside_a_badge(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    await business.stranger.record_view(await business.share(await business.make_invoice()))
    await staff_window.goto(f"{portal_url}{INVOICES}")
    await staff_window.locator(".count").focus()
    await expect(staff_window.get_by_role("tooltip")).to_be_visible()
    await _examine(staff_window)


async def test_where_a_client_shares(windows: Windows, portal_url: str, business: Business) -> None:
    token = await business.share(await business.make_invoice())
    page = await windows.open(f"{portal_url}/invoice/{token}")
    await page.locator("#share summary").click()
    await expect(page.locator("#copy")).to_be_visible()
    await _examine(page)
