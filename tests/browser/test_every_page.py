"""Every page is accessible and fits, on a phone in light and on a desktop in dark colours."""

from collections.abc import AsyncIterator, Iterable
from typing import Final, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from axe_playwright_python.base import AxeResults
from playwright.async_api import Browser, Page, expect

from models import Company, Credential, User
from services.company.companies import create_company
from services.public import documents
from tests.browser.scenes import (
    CLIENT,
    CLIENT_WIDTHS,
    STAFF,
    STAFF_WIDTHS,
    Scene,
    Stage,
)
from tests.support.chromium import Windows
from tests.support.clients import PASSWORD, Business, new_ip
from tests.support.second_factors import code_of, enrol
from tests.support.staff import COOKIE, INVOICES, new_session
from tests.support.stripe_sandbox import SandboxServer

_LOOKS: Final[dict[int, Literal["light", "dark"]]] = {320: "light", 1280: "dark"}
"""The colour schemes by width: colours don't depend on it."""
_HEIGHT: Final = 800
_LITTLE: Final = 100
"""A height that shows whether a page fits as well as any other, with less to draw."""
_AXE: Final = Axe()
_RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    # Style sheets and media again, which only a rule about sound needs.
    "preload": False,
}
_RULES_OF_LOOKS: Final = _RULES | {
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "target-size", "scrollable-region-focusable"],
    }
}
"""The rules whose result depends on colours and places."""
_AUDIT: Final = "async rules => ({violations: (await axe.run(document, rules)).violations})"
_STRUCTURE: Final = """(part) => {
    const before = part === "added" ? window.shown : new Set();
    const elements = [...document.all];
    window.shown = new Set(elements.filter((element) => element.checkVisibility()));
    const wanted = part === "added" ? [...shown].filter((it) => !before.has(it)) : elements;
    return JSON.stringify(wanted.map((element) => [
        element.tagName,
        [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()),
        ...[...element.attributes].map(({name, value}) =>
            /^(class|role|type|scope|rel|aria-(?!label))/.test(name) ? `${name}=${value}` : name),
    ]));
}"""
"""All that can make a page inaccessible, except for what its texts say.

Of `all` elements, or of those `added`, which are shown and weren't when this was last asked.
"""
_AXE_IN_A_SANDBOX: Final = "Failed to execute 'postMessage' on 'DOMWindow'"
"""How the console error begins when axe messages a frame without scripts. Our pages never do."""
_examined: Final[set[str]] = set()
"""The structures that were found to be accessible: of pages, and of what a look shows."""

# The database doesn't change how a page looks.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def _each(scenes: Iterable[Scene]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", scenes, ids=lambda scene: scene.name)


@pytest.fixture(scope="module")
async def kept_windows(browser: Browser) -> AsyncIterator[Windows]:
    """Yield windows that stay open, because opening one for each page is slow."""
    windows = Windows(browser)
    page = await windows.open()
    await page.context.add_init_script(_AXE.axe_script)
    yield windows
    await windows.close()


@pytest.fixture
async def window(kept_windows: Windows) -> AsyncIterator[Page]:
    """Yield a window without cookies and with a new address, whose pages must log no error."""
    [context] = kept_windows.contexts
    [page] = context.pages
    await context.clear_cookies()
    await context.set_extra_http_headers({"x-forwarded-for": new_ip()})
    yield page
    faults = kept_windows.faults
    kept_windows.faults = []
    assert [fault for fault in faults if not fault.startswith(_AXE_IN_A_SANDBOX)] == []


@pytest.fixture
def stage(seller: Business, sandbox_server: SandboxServer) -> Stage:
    """Return a business that takes payments."""
    return Stage(seller, sandbox_server)


async def _open(page: Page, url: str, status: int, widths: Iterable[int] = ()) -> None:
    response = await page.goto(url)
    assert response
    assert response.status == status
    await _examine(page, widths)


async def _examine(page: Page, widths: Iterable[int] = ()) -> None:
    """Assert that a page is accessible in every look, and fits their widths and these.

    What differs from a page that is accessible only in its words is accessible. If all that the
    second look adds was examined on another page, such as the menu, only colours and places are.
    """
    structure = await page.evaluate(_STRUCTURE, "all")
    is_known = structure in _examined
    found: list[str] = []
    for width in dict.fromkeys((*_LOOKS, *widths)):
        scheme = None if is_known else _LOOKS.get(width)
        await _assert_fits(page, width, _HEIGHT if scheme else _LITTLE)
        if scheme is None:
            continue
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(_AXE.axe_script)
        await page.emulate_media(color_scheme=scheme)
        found.append(await page.evaluate(_STRUCTURE, "added" if found else "all"))
        rules = _RULES_OF_LOOKS if found[-1] in _examined else _RULES
        results = AxeResults(await page.evaluate(_AUDIT, rules))
        assert results.violations_count == 0, f"{width} {scheme}: {results.generate_report()}"
    _examined.update((structure, *found))


@_each(CLIENT)
async def test_client_page_is_accessible_and_fits_every_width_with_long_words(
    window: Page, portal_url: str, stage: Stage, scene: Scene
) -> None:
    looks = {"accent_color": "#ffdd00", "name": "Halden & Brandt", "language": "pl"}
    await Company.filter(id=stage.business.company_id).update(**looks)
    path = await scene.path_of(stage)
    await _open(window, portal_url + path, scene.status, CLIENT_WIDTHS)


@_each([scene for scene in CLIENT if scene.status == 200])
async def test_client_page_fits_every_width_from_right_to_left(
    window: Page, portal_url: str, stage: Stage, scene: Scene
) -> None:
    """Only what the direction can change: the same templates are examined above."""
    await Company.filter(id=stage.business.company_id).update(language="ar")
    response = await window.goto(portal_url + await scene.path_of(stage))
    assert response
    assert response.status == scene.status
    for width in CLIENT_WIDTHS:
        await _assert_fits(window, width, _LITTLE)
    shown = await window.evaluate("getComputedStyle(document.documentElement).direction")
    assert shown == "rtl"


async def _assert_fits(page: Page, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_rate_limit_page_is_accessible_and_fits(window: Page, portal_url: str) -> None:
    url = f"{portal_url}/invoice/0b5f4e3c-7f0a-4c1e-9f61-6a4c5a0d1c11"
    for _ in range(200):
        if (await window.request.get(url)).status == 429:
            break
    await _open(window, url, 429)


async def test_server_error_page_is_accessible_and_fits(
    window: Page, portal_url: str, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "lines_of", None)
    token = await business.share(await business.make_invoice())
    await _open(window, f"{portal_url}/invoice/{token}", 500)


async def test_sign_in_page_is_accessible_and_fits(window: Page, portal_url: str) -> None:
    await _open(window, f"{portal_url}/dashboard/sign-in", 200)


async def test_steps_of_signing_in_are_accessible_and_fit(
    window: Page, portal_url: str, business: Business
) -> None:
    await enrol(business)
    stored = (await User.get(company_id=business.company_id)).password_hash
    await create_company("Halden & Brandt Gesellschaft für Druck", business.email, stored)
    await _open(window, f"{portal_url}/dashboard/forgot-password", 200)
    await window.get_by_label("E-mail address").fill(business.email)
    await window.get_by_role("button", name="Send link").click()
    await expect(window.get_by_role("status")).to_contain_text("we've sent a link")
    await window.get_by_role("link", name="Back to sign in").click()
    await window.get_by_label("E-mail address").fill(business.email)
    await window.get_by_label("Password").fill(PASSWORD)
    await window.get_by_role("button", name="Sign in").click()
    await expect(window.get_by_role("heading", name="Choose a company")).to_be_visible()
    await _examine(window)
    await window.get_by_role("button", name="Acme Ltd").click()
    await expect(window.get_by_role("heading", name="Enter your code")).to_be_visible()
    await window.get_by_label("Code").fill("000000")
    await window.get_by_role("button", name="Continue").click()
    await expect(window.locator("#code-help")).to_be_visible()
    await _examine(window)


async def test_set_up_of_two_step_sign_in_is_accessible_and_fits(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    await staff_window.goto(f"{portal_url}/dashboard/account/security")
    await staff_window.get_by_role("link", name="Set up").click()
    await staff_window.get_by_role("button", name="Start").click()
    await expect(staff_window.locator("svg.qr")).to_be_visible()
    await _examine(staff_window)
    secret = (await User.get(company_id=business.company_id)).totp_secret
    assert secret
    await staff_window.get_by_label("Code").fill(code_of(secret))
    await staff_window.get_by_role("button", name="Turn on").click()
    await expect(staff_window.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    await _examine(staff_window)


async def test_question_for_the_password_is_accessible_and_fits(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    sessions = Credential.filter(company_id=business.company_id, kind="SESSION")
    await sessions.update(confirmed_at=None)
    await staff_window.goto(f"{portal_url}/dashboard/settings/keys")
    await staff_window.get_by_label("Name").fill("tool")
    await staff_window.get_by_label("See invoices").check()
    await staff_window.get_by_role("button", name="Create key").click()
    await expect(staff_window.get_by_role("heading", name="Confirm it's you")).to_be_visible()
    await _examine(staff_window)
    await staff_window.get_by_label("Your password").fill(PASSWORD)
    await staff_window.get_by_role("button", name="Continue").click()
    await expect(staff_window.locator("#secret")).to_contain_text("inv_key_")


@_each(STAFF)
async def test_staff_page_is_accessible_and_fits_every_width(
    window: Page, portal_url: str, stage: Stage, scene: Scene
) -> None:
    session = await new_session(stage.business)
    await window.context.add_cookies([{"name": COOKIE, "value": session, "url": portal_url}])
    path = await scene.path_of(stage)
    await _open(window, portal_url + path, scene.status, STAFF_WIDTHS)


async def test_dialog_is_accessible_and_fits(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.stranger.record_view(await business.share(invoice_id))
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.get_by_role("link", name="Record payment").click()
    await expect(staff_window.get_by_role("dialog").get_by_role("heading").first).to_be_focused()
    await _examine(staff_window)


async def test_badge_details_are_accessible_and_fit(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    await business.stranger.record_view(await business.share(await business.make_invoice()))
    await staff_window.goto(f"{portal_url}{INVOICES}")
    await staff_window.locator(".opens").focus()
    await expect(staff_window.get_by_role("tooltip")).to_be_visible()
    await _examine(staff_window)


async def test_client_share_panel_is_accessible_and_fits(
    windows: Windows, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    page = await windows.open(f"{portal_url}/invoice/{token}")
    await page.locator("#share summary").click()
    await expect(page.locator("[data-copy='#link']")).to_be_visible()
    await _examine(page)
