"""From sharing an invoice to its payment, with a portal in a process of its own."""

import re
from collections.abc import AsyncIterator
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from models import Invoice, InvoiceStatus
from tests.browser.staff import is_live, sign_in
from tests.conftest import Backend
from tests.support.chromium import Windows
from tests.support.clients import PASSWORD, Business
from tests.support.servers import PortalProcess, free_port
from tests.support.staff import INVOICES, SIGN_IN
from tests.support.stripe_sandbox import SandboxServer, sandbox_serving

_PARTIAL: Final[dict[str, object]] = {"allowPartialPayment": True, "minimumPayment": "20"}
_MAX_TABS: Final = 60
"""How often Tab is pressed to reach an element."""


@pytest.fixture(scope="module")
async def bank(backend: Backend) -> AsyncIterator[SandboxServer]:
    """Yield a Stripe sandbox with a running portal."""
    async with sandbox_serving(free_port()) as found:
        url = f"http://127.0.0.1:{found.portal_port}"
        environment = backend.environment | found.environment | {"PUBLIC_URL": url}
        process = PortalProcess(environment, found.portal_port)
        process.start()
        yield found
        process.stop()


@pytest.fixture
def url(bank: SandboxServer) -> str:
    """Return the portal's URL."""
    return f"http://127.0.0.1:{bank.portal_port}"


@pytest.fixture
async def shop(business: Business, bank: SandboxServer) -> Business:
    """Return a business that takes payments."""
    await bank.connect(business)
    return business


async def _pay(page: Page, bank: SandboxServer) -> None:
    """Pay on the sandbox's page, and return to the portal."""
    await expect(page).to_have_url(re.compile(re.escape(f"{bank.url}/pay/")))
    await page.get_by_role("button", name="Pay", exact=True).click()


async def test_invoice_is_shared_opened_paid_and_revoked(
    windows: Windows, url: str, shop: Business, bank: SandboxServer
) -> None:
    invoice_id = await shop.make_invoice()
    own = f"{url}{INVOICES}/{invoice_id}"
    staff_window = await windows.open()
    await sign_in(staff_window, url, shop)
    await staff_window.goto(own)
    await staff_window.get_by_role("button", name="Share").click()
    link = await staff_window.get_by_role("textbox", name="Link").input_value()
    await staff_window.goto(f"{url}{INVOICES}")
    await is_live(staff_window)

    client = await windows.open(link)
    badge = staff_window.locator("[data-views]")
    await expect(badge.locator("[data-count]")).to_have_text("1")
    await expect(badge.locator("[data-live]")).to_be_visible()
    await expect(staff_window.locator("#feed li")).to_have_count(1)

    await client.get_by_role("button", name="Pay €100.00").click()
    await _pay(client, bank)
    await expect(client.get_by_text("We received €100.00.")).to_be_visible()
    await client.get_by_role("link", name="See the invoice").click()
    await expect(client.locator(".pill", has_text="Paid")).to_be_visible()
    await expect(staff_window.locator("[data-status]")).to_have_text("Paid")
    await expect(staff_window.locator("[data-due]")).to_have_text("€0.00")

    await staff_window.goto(f"{own}/share")
    await staff_window.get_by_role("link", name="Stop sharing").click()
    await staff_window.get_by_role("dialog").get_by_role("button", name="Stop sharing").click()
    await expect(staff_window.get_by_role("button", name="Create link")).to_be_visible()
    response = await client.reload()
    assert response
    assert response.status == 404
    await expect(client.get_by_role("heading", name="This link doesn't work")).to_be_visible()


async def test_journey_works_without_scripts(
    windows: Windows, url: str, shop: Business, bank: SandboxServer
) -> None:
    invoice_id = await shop.make_invoice(**_PARTIAL)
    staff_window = await windows.open(java_script_enabled=False)
    await sign_in(staff_window, url, shop)
    await staff_window.get_by_role("link", name="INV-00001").click()
    await staff_window.get_by_role("button", name="Share").click()
    await expect(
        staff_window.get_by_role("heading", name="Share invoice INV-00001")
    ).to_be_visible()
    link = await staff_window.get_by_role("textbox", name="Link").input_value()

    client = await windows.open(link, java_script_enabled=False)
    await client.get_by_label("Part of it").check()
    await client.get_by_label("Amount in EUR").fill("40")
    await client.get_by_role("button", name="Pay this amount").click()
    await _pay(client, bank)
    await expect(client.get_by_text("We received €40.00.")).to_be_visible()
    await bank.webhooks_delivered()
    row = await Invoice.get(id=invoice_id)
    assert (row.status, row.amount_paid) == (InvoiceStatus.PARTIALLY_PAID, 4000)

    await staff_window.goto(f"{url}{INVOICES}")
    await expect(staff_window.locator("[data-count]")).to_have_text("1")
    await expect(staff_window.locator("#feed time")).to_contain_text("UTC")
    await expect(staff_window.locator("[data-status]")).to_have_text("Part paid")
    await staff_window.get_by_role("button", name="Sign out").click()
    await expect(staff_window).to_have_url(f"{url}{SIGN_IN}")


async def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(_MAX_TABS):
        await page.keyboard.press("Tab")
        if await target.evaluate("(it) => it === document.activeElement"):
            return
    raise AssertionError(target)


async def test_journey_works_with_the_keyboard_only(
    windows: Windows, url: str, shop: Business, bank: SandboxServer
) -> None:
    await shop.make_invoice()
    staff_window = await windows.open(f"{url}{SIGN_IN}")
    await staff_window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(staff_window.get_by_label("E-mail address")).to_be_focused()
    await staff_window.keyboard.type(shop.email)
    await _tab_to(staff_window, staff_window.get_by_label("Password"))
    await staff_window.keyboard.type(PASSWORD)
    await staff_window.keyboard.press("Enter")
    await _tab_to(staff_window, staff_window.get_by_role("link", name="INV-00001"))
    await staff_window.keyboard.press("Enter")
    await is_live(staff_window)
    await _tab_to(staff_window, staff_window.get_by_role("button", name="Share"))
    await staff_window.keyboard.press("Enter")
    dialog = staff_window.get_by_role("dialog")
    await expect(dialog.get_by_role("heading").first).to_be_focused()
    await _tab_to(staff_window, dialog.get_by_role("button", name="Copy link"))
    await staff_window.keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_have_text("Link copied")
    link = await staff_window.evaluate("navigator.clipboard.readText()")
    await staff_window.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(staff_window.locator("#actions").get_by_role("link", name="Share")).to_be_focused()

    client = await windows.open(link)
    await _tab_to(client, client.get_by_role("button", name="Pay €100.00"))
    await client.keyboard.press("Enter")
    await expect(client).to_have_url(re.compile(re.escape(f"{bank.url}/pay/")))
