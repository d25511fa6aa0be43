"""From a share to the money, as those who do it see it, with a portal in a process of its own."""

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
from tests.support.stripe_sandbox import StandIn, standing_in

_PARTIAL: Final[dict[str, object]] = {"allowPartialPayment": True, "minimumPayment": "20"}
_MOST_STOPS: Final = 60
"""How often Tab is pressed until what is looked for counts as out of reach."""


@pytest.fixture(scope="module")
async def bank(backend: Backend) -> AsyncIterator[StandIn]:
    """Yield what stands in for Stripe, beside a portal that runs."""
    async with standing_in(free_port()) as found:
        url = f"http://127.0.0.1:{found.portal_port}"
        environment = backend.environment | found.environment | {"PUBLIC_URL": url}
        process = PortalProcess(environment, found.portal_port)
        process.start()
        yield found
        process.stop()


@pytest.fixture
def url(bank: StandIn) -> str:
    """Return where the portal is."""
    return f"http://127.0.0.1:{bank.portal_port}"


@pytest.fixture
async def shop(business: Business, bank: StandIn) -> Business:
    """Return a business that takes payments."""
    await bank.connect(business)
    return business


async def _pay(page: Page, bank: StandIn) -> None:
    """Pay on the page to which Stripe's stand-in leads, and come back."""
    await expect(page).to_have_url(re.compile(re.escape(f"{bank.url}/pay/")))
    await page.get_by_role("button", name="Pay", exact=True).click()


async def test_an_invoice_is_shared_opened_paid_and_revoked(
    windows: Windows, url: str, shop: Business, bank: StandIn
) -> None:
    invoice_id = await shop.make_invoice()
    own = f"{url}{INVOICES}/{invoice_id}"
    desk = await windows.open()
    await sign_in(desk, url, shop)
    await desk.goto(own)
    await desk.get_by_role("button", name="Share").click()
    link = await desk.get_by_role("textbox", name="Link").input_value()
    await desk.goto(f"{url}{INVOICES}")
    await is_live(desk)

    client = await windows.open(link)
    badge = desk.locator("[data-views]")
    await expect(badge.locator("[data-count]")).to_have_text("1")
    await expect(badge.locator("[data-live]")).to_be_visible()
    await expect(desk.locator("#feed li")).to_have_count(1)

    await client.get_by_role("button", name="Pay €100.00").click()
    await _pay(client, bank)
    await expect(client.get_by_text("We have received €100.00.")).to_be_visible()
    await expect(client.get_by_text("Paid in full")).to_be_visible()
    await expect(desk.locator("[data-status]")).to_have_text("Paid")
    await expect(desk.locator("[data-due]")).to_have_text("€0.00")

    await desk.goto(f"{own}/share")
    await desk.get_by_role("link", name="Stop sharing").click()
    await desk.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(desk.get_by_role("button", name="Create link")).to_be_visible()
    answer = await client.reload()
    assert answer
    assert answer.status == 404
    await expect(client.get_by_role("heading", name="Not found.")).to_be_visible()


async def test_without_scripts(windows: Windows, url: str, shop: Business, bank: StandIn) -> None:
    invoice_id = await shop.make_invoice(**_PARTIAL)
    desk = await windows.open(java_script_enabled=False)
    await sign_in(desk, url, shop)
    await desk.get_by_role("link", name="INV-00001").click()
    await desk.get_by_role("button", name="Share").click()
    await expect(desk.get_by_role("heading", name="Share invoice INV-00001")).to_be_visible()
    link = await desk.get_by_role("textbox", name="Link").input_value()

    client = await windows.open(link, java_script_enabled=False)
    await client.get_by_label("Amount in EUR").fill("40")
    await client.get_by_role("button", name="Pay").click()
    await _pay(client, bank)
    await expect(client.get_by_text("We have received €40.00.")).to_be_visible()
    await bank.told()
    row = await Invoice.get(id=invoice_id)
    assert (row.status, row.amount_paid) == (InvoiceStatus.PARTIALLY_PAID, 4000)

    await desk.goto(f"{url}{INVOICES}")
    await expect(desk.locator("[data-count]")).to_have_text("1")
    await expect(desk.locator("#feed time")).to_contain_text("UTC")
    await expect(desk.locator("[data-status]")).to_have_text("Part paid")
    await desk.get_by_role("button", name="Sign out").click()
    await expect(desk).to_have_url(f"{url}{SIGN_IN}")


async def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        if await target.evaluate("(it) => it === document.activeElement"):
            return
    raise AssertionError(target)


async def test_with_nothing_but_a_keyboard(
    windows: Windows, url: str, shop: Business, bank: StandIn
) -> None:
    await shop.make_invoice()
    desk = await windows.open(f"{url}{SIGN_IN}")
    await desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(desk.get_by_label("E-mail address")).to_be_focused()
    await desk.keyboard.type(shop.email)
    await _tab_to(desk, desk.get_by_label("Password"))
    await desk.keyboard.type(PASSWORD)
    await desk.keyboard.press("Enter")
    await _tab_to(desk, desk.get_by_role("link", name="INV-00001"))
    await desk.keyboard.press("Enter")
    await is_live(desk)
    await _tab_to(desk, desk.get_by_role("button", name="Share"))
    await desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog")
    await expect(dialog.get_by_role("heading").first).to_be_focused()
    await _tab_to(desk, dialog.get_by_role("button", name="Copy link"))
    await desk.keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_have_text("Link copied")
    link = await desk.evaluate("navigator.clipboard.readText()")
    await desk.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(desk.locator("#actions").get_by_role("link", name="Share")).to_be_focused()

    client = await windows.open(link)
    await _tab_to(client, client.get_by_role("button", name="Pay €100.00"))
    await client.keyboard.press("Enter")
    await expect(client).to_have_url(re.compile(re.escape(f"{bank.url}/pay/")))
