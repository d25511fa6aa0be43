"""From a quote to the payment of its invoice, with a portal in a process of its own."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.staff import is_live, sign_in
from tests.conftest import Backend
from tests.services.email.test_emails import make_retry_due, new_address
from tests.support.chromium import Windows
from tests.support.clients import PASSWORD, Business, eventually
from tests.support.engines import ENGINES, Tab, shows
from tests.support.mailbox import Mailbox, text_of
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
        process = PortalProcess(environment, found.portal_port, forked=True)
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


@dataclass(frozen=True, kw_only=True)
class Journey:
    """The windows of staff and of a client, both with scripts or both without."""

    staff: Page
    client: Page
    shop: Business
    bank: SandboxServer
    url: str
    has_scripts: bool

    async def act(self, link: str, button: str) -> None:
        """Open a form of the document in the dashboard, and press its button."""
        await self.staff.locator("#actions").get_by_role("link", name=link, exact=True).click()
        await self.staff.locator(".panel").get_by_role("button", name=button, exact=True).click()

    async def opens(self, address: str) -> None:
        """Open a page of the dashboard, and wait until it is live."""
        await self.staff.goto(f"{self.url}{address}")
        if self.has_scripts:
            await is_live(self.staff)

    async def staff_see(self, part: str, text: str) -> None:
        """Wait until a part of the page says so: with scripts by itself, without after a reload."""
        if self.has_scripts:
            await expect(self.staff.locator(part)).to_contain_text(text)
            return

        async def is_shown() -> bool:
            await self.staff.reload()
            return any(text in found for found in await self.staff.locator(part).all_inner_texts())

        await eventually(is_shown, pause=0.2)  # views are written in the background

    async def client_sees(self, text: str) -> None:
        """Wait until the top of the page says so."""
        await expect(self.client.locator(".hero")).to_contain_text(text)

    async def pay(self, form: str, button: str) -> str:
        """Submit a form of the invoice, and press a button on the sandbox's page.

        Return the session's id.
        """
        await self.client.locator(form).get_by_role("button").click()
        await expect(self.client).to_have_url(re.compile(re.escape(f"{self.bank.url}/pay/")))
        session = self.bank.session(self.client.url)
        await self.client.get_by_role("button", name=button, exact=True).click()
        return session


async def _accept_a_quote(journey: Journey, customer_id: str) -> str:
    """Let the client accept a quote; return the id of the draft that staff find with it."""
    shop, staff, client = journey.shop, journey.staff, journey.client
    quote_id = await shop.make_quote(customerId=customer_id)
    link = await shop.share_quote(quote_id)
    await sign_in(staff, journey.url, shop)
    await journey.opens(f"/dashboard/quotes/{quote_id}")
    await client.goto(f"{journey.url}/quote/{link}")
    await client.locator("#accept").get_by_label("Your full name").fill("Rowan Ashby")
    await client.get_by_role("button", name="Accept for").click()
    await journey.client_sees("Accepted by Rowan Ashby")
    await journey.staff_see("#head", "Accepted by Rowan Ashby")
    await staff.locator("#head dl a").click()
    await expect(staff).to_have_url(re.compile(INVOICES))
    return staff.url.rpartition("/")[2]


async def _send_the_invoice(journey: Journey, mailbox: Mailbox, address: str) -> str:
    """Let the draft be paid in parts, issue and e-mail it; return the link in the e-mail."""
    staff = journey.staff
    await staff.locator("#actions").get_by_role("link", name="Edit").click()
    await staff.get_by_label("Let them pay in parts").check()
    await staff.get_by_role("button", name="Save draft").click()
    await journey.act("Issue and send", "Issue and send")
    await expect(staff.locator("#sent")).to_contain_text(f"E-mail to {address} leaves in")
    await make_retry_due(journey.shop)

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived)
    text = text_of(mailbox.only(address))
    [link] = set(re.findall(r"/invoice/[0-9a-f-]{36}\?source=email\b", text))
    return str(link)


async def _read_the_invoice(journey: Journey, link: str) -> None:
    """Open the invoice, and with scripts read it, which staff see."""
    if journey.has_scripts:
        await journey.client.goto(f"{journey.url}{link}")
        await journey.staff_see("#views dl", "First read")
    else:
        # An open right after the e-mail may be a scanner's, unless the page reports a reader.
        await journey.client.goto(f"{journey.url}{link.partition('?')[0]}")
    await journey.staff_see("#views [data-count]", "1")


async def _pay_a_part(journey: Journey) -> None:
    """Try a bank debit, which fails days later; then pay a part by card."""
    bank, client = journey.bank, journey.client
    session = await journey.pay("#pay-all", "Pay by bank debit")
    await expect(client.locator("main")).to_contain_text("€100.00 is on its way")
    await client.get_by_role("link", name="See the invoice").click()
    await journey.client_sees("on its way")
    bank.sandbox.fail(session)
    await bank.webhooks_delivered()
    await client.reload()
    await journey.client_sees("failed")

    await client.get_by_label("Part of it").check()
    await client.get_by_label("Amount in EUR").fill("40")
    await journey.pay("#pay-part", "Pay")
    await expect(client.locator("main")).to_contain_text("We received €40.00.")
    await bank.webhooks_delivered()
    await client.get_by_role("link", name="See the invoice").click()
    await journey.client_sees("€60.00")
    await journey.staff_see("#head .pill", "Part paid")


async def _record_the_rest(journey: Journey) -> None:
    """Record the rest, which came by bank transfer; the client finds its receipt."""
    client = journey.client
    await journey.staff.locator("#actions").get_by_role("link", name="Record payment").click()
    await journey.staff.get_by_label("Paid by").fill("Bank transfer")
    await journey.staff.locator(".panel").get_by_role("button", name="Record payment").click()
    await journey.staff_see("#head .pill", "Paid")
    await client.reload()
    await expect(client.locator(".hero .pill")).to_have_text("Paid")
    await client.get_by_role("link", name="Receipt €60.00").click()
    await expect(client.locator("main")).to_contain_text("€60.00")


async def _read_the_statement(journey: Journey, customer_id: str) -> None:
    """Open the account, and in it the statement."""
    token = await journey.shop.share_portal(customer_id)
    await journey.client.goto(f"{journey.url}/portal/{token}")
    await journey.client.get_by_role("link", name="Statement of account").click()
    await expect(journey.client.locator("tbody tr")).to_have_count(5)
    await expect(journey.client.locator("tbody tr").last).to_contain_text("€0.00")


async def _ask_and_answer(journey: Journey, link: str) -> None:
    """Ask a question on the invoice's page, and answer it in the dashboard."""
    staff, client = journey.staff, journey.client
    await client.goto(link)
    await client.get_by_label("Your question").fill("Can you put our\norder number on it?")
    await client.get_by_role("button", name="Send question").click()
    await expect(client.get_by_role("status")).to_contain_text("has your question")
    await journey.staff_see("#questions", "order number on it?")
    await staff.locator("#questions").get_by_role("link", name="Answer").click()
    await staff.get_by_role("textbox", name="Answer").fill("Done.")
    await staff.get_by_role("button", name="Send answer").click()
    await journey.staff_see("#questions", "Done.")
    await client.reload()
    await expect(client.locator(".thread li").last).to_contain_text("Done.")


async def _revoke(journey: Journey) -> None:
    """Stop sharing: the client's link no longer works."""
    await journey.staff.locator("#share").get_by_role("link", name="Stop sharing").click()
    panel = journey.staff.locator(".panel")
    await panel.get_by_role("button", name="Stop sharing").click()
    await expect(panel.get_by_role("button", name="Create link")).to_be_visible()
    response = await journey.client.reload()
    assert response
    assert response.status == 404


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no_scripts"])
async def test_a_quote_becomes_an_invoice_that_is_paid(
    windows: Windows,
    url: str,
    shop: Business,
    bank: SandboxServer,
    mailbox: Mailbox,
    *,
    has_scripts: bool,
) -> None:
    address = new_address()
    customer_id = await shop.make_customer(email=address)
    await shop.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { id } }", invoicesAcceptedQuotes=True
    )
    journey = Journey(
        staff=await windows.open(java_script_enabled=has_scripts),
        client=await windows.open(java_script_enabled=has_scripts),
        shop=shop,
        bank=bank,
        url=url,
        has_scripts=has_scripts,
    )
    invoice_id = await _accept_a_quote(journey, customer_id)
    link = await _send_the_invoice(journey, mailbox, address)
    await journey.opens(f"{INVOICES}/{invoice_id}")
    await _read_the_invoice(journey, link)
    await _pay_a_part(journey)
    await _record_the_rest(journey)
    await _read_the_statement(journey, customer_id)
    await _ask_and_answer(journey, f"{url}{link}")
    await _revoke(journey)


@dataclass(frozen=True)
class Visitor:
    """A client in a browser that Playwright doesn't drive."""

    tab: Tab

    async def visit(self, url: str, expected: str) -> None:
        """Open a page that says so."""
        await self.tab.goto(url)
        await self.sees(expected)

    async def fill(self, selector: str, text: str) -> None:
        """Write into a field."""
        await self.tab.run(f"document.querySelector({selector!r}).value = {text!r}")

    async def press(self, selector: str, expected: str) -> None:
        """Press a button or follow a link, to a page that says so."""
        await self.tab.run(f"document.querySelector({selector!r}).click()")
        await self.sees(expected)

    async def sees(self, text: str) -> None:
        """Wait for a text on the page, which must be as wide as the window."""
        await shows(self.tab, text)
        assert await self.tab.run("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("browser_name", ENGINES)
async def test_clients_get_along_in_other_browsers(
    browser_name: str, tmp_path: Path, url: str, shop: Business
) -> None:
    engine = ENGINES[browser_name]
    if not engine.is_installed:
        pytest.skip(f"This needs Debian's {engine.packages}.")
    quote = await shop.share_quote(await shop.make_quote())
    invoice = await shop.share(await shop.make_invoice(**_PARTIAL))
    async with engine.open(tmp_path) as tab:
        client = Visitor(tab)
        await tab.resize(375)
        await client.visit(f"{url}/quote/{quote}", "Accept the quote")
        await client.fill("#accept-name", "Rowan Ashby")
        await client.press("#accept button", "Accepted by Rowan Ashby")

        await client.visit(f"{url}/invoice/{invoice}", "Questions?")
        await client.fill("#ask-text", "Why?")
        await client.press("#questions form button", "has your question")

        await tab.resize(1280)
        await tab.run("document.querySelector('[value=part]').click()")
        await client.fill("#amount", "40")
        await client.press("#pay-part button", "Pay by bank debit")
        await client.press("button.main", "We received €40.00.")
        await client.press("main a.button", "€60.00")


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
    places = staff_window.get_by_role("navigation", name="Main")
    await _tab_to(staff_window, places.get_by_role("link", name="Invoices"))
    await staff_window.keyboard.press("Enter")
    await _tab_to(staff_window, staff_window.get_by_role("link", name="INV-00001"))
    await staff_window.keyboard.press("Enter")
    await is_live(staff_window)
    share = staff_window.locator("#share")
    await _tab_to(staff_window, share.get_by_role("button", name="Create link"))
    await staff_window.keyboard.press("Enter")
    copy = share.get_by_role("button", name="Copy")
    await expect(copy).to_be_visible()
    await _tab_to(staff_window, copy)
    await staff_window.keyboard.press("Enter")
    await expect(share.locator("#share-status")).to_have_text("Link copied")
    link = await staff_window.evaluate("navigator.clipboard.readText()")

    client = await windows.open(link)
    await _tab_to(client, client.get_by_role("button", name="Pay €100.00"))
    await client.keyboard.press("Enter")
    await expect(client).to_have_url(re.compile(re.escape(f"{bank.url}/pay/")))
