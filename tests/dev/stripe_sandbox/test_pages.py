"""The pages, used like a browser without scripts does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from dev.stripe_sandbox.webhooks import DeliveryMode
from tests.dev.stripe_sandbox.sandbox_server import ACME, NEW, SandboxServer


@dataclass
class Page(HTMLParser):
    """The text, links and buttons of a page."""

    html: str
    text: str = ""
    links: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    """The action of each button's form, by the button's label."""

    def __post_init__(self) -> None:
        super().__init__()
        self._at: tuple[dict[str, str], str] | None = None
        self._action = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the target of a link or form until its label follows."""
        attributes = dict(attrs)
        assert tag != "script"
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "form":
            assert attributes["method"] == "post"
            self._action = str(attributes["action"])
        elif tag == "button":
            self._at = self.forms, self._action
        elif tag == "a":
            self._at = self.links, str(attributes["href"])

    def handle_data(self, data: str) -> None:
        """Collect text, and the label of the current link or button."""
        self.text += data
        if self._at and data.strip():
            targets, target = self._at
            targets.setdefault(data.strip(), target)
            self._at = None


@pytest.fixture
async def browser(sandbox_server: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that does not follow redirects."""
    async with httpx.AsyncClient(base_url=sandbox_server.url) as client:
        yield client


async def open_page(browser: httpx.AsyncClient, url: str) -> Page:
    """Open a page and check its content security policy."""
    response = await browser.get(url)
    assert response.status_code == 200
    assert "script-src" not in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    return Page(response.text)


async def press(browser: httpx.AsyncClient, url: str, button: str, **fields: Any) -> httpx.Response:
    """Press a button of a page and return the redirect."""
    page = await open_page(browser, url)
    response = await browser.post(page.forms[button], data=fields)
    assert response.status_code == 303
    return response


async def test_the_payment_page_shows_business_items_and_total(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open(unit_amount=123450)
    page = await open_page(browser, str(session.url))
    assert "Stripe sandbox: no real money" in page.text
    for expected in ("Acme", "Invoice 7", "Due on May 1", "1,234.50 EUR", "ada@client.example"):
        assert expected in page.text
    assert page.links["Cancel"] == "https://portal.example/invoice"


async def test_paying_leads_back_to_the_business(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    url = str(session.url)
    response = await browser.get(url)
    assert (
        "form-action 'self' https://portal.example" in response.headers["content-security-policy"]
    )
    response = await press(browser, url, "Pay")
    assert response.headers["location"] == f"https://portal.example/done?session={session.id}"
    assert (await sandbox_server.read(session.id)).payment_status == "paid"
    page = await open_page(browser, url)
    assert "<h1>Paid</h1>" in page.html
    assert not page.forms


async def test_paying_twice_charges_once(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    for _ in range(2):
        response = await browser.post(f"/pay/{session.id}")
        assert response.status_code == 303
    assert response.headers["location"] == f"/pay/{session.id}"
    assert len(list(sandbox_server.sandbox.store.all("charge"))) == 1


@pytest.mark.parametrize(
    ("button", "status", "heading"),
    [
        ("Complete debit", "paid", "Paid"),
        ("Fail debit", "unpaid", "The bank debit failed"),
    ],
)
async def test_a_bank_debit_is_settled_on_the_page(
    sandbox_server: SandboxServer,
    browser: httpx.AsyncClient,
    button: str,
    status: str,
    heading: str,
) -> None:
    session = await sandbox_server.open()
    url = str(session.url)
    response = await press(browser, url, "Pay by bank debit")
    assert response.headers["location"].endswith(session.id)
    await press(browser, url, button)
    assert (await sandbox_server.read(session.id)).payment_status == status
    assert f"<h1>{heading}</h1>" in (await open_page(browser, url)).html


async def test_the_payment_page_expires_a_session(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    await press(browser, str(session.url), "Expire")
    assert (await sandbox_server.read(session.id)).status == "expired"
    page = await open_page(browser, f"/pay/{session.id}")
    assert "This payment page has expired" in page.text
    assert not page.forms


async def test_business_names_are_escaped(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    sandbox_server.sandbox.add_account("acct_odd", "<script>alert(1)</script>")
    session = await sandbox_server.open("acct_odd", cancel_url="https://portal.example/?a=1&b=%22")
    page = await open_page(browser, str(session.url))
    assert "<script>alert(1)</script>" in page.text
    assert page.links["Cancel"] == "https://portal.example/?a=1&b=%22"


async def test_an_unknown_session_is_not_found(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/pay/cs_test_none")
    assert response.status_code == 404
    assert "No such checkout.session" in response.text


async def test_the_onboarding_page_enables_charges(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    link = await sandbox_server.client.v1.account_links.create_async(
        {
            "account": NEW,
            "refresh_url": "https://portal.example/again",
            "return_url": "https://portal.example/back",
            "type": "account_onboarding",
        }
    )
    page = await open_page(browser, link.url)
    assert page.links["Get a new link"] == "https://portal.example/again"
    response = await press(browser, link.url, "Finish onboarding")
    assert response.headers["location"] == "https://portal.example/back"
    assert (await sandbox_server.client.v1.accounts.retrieve_async(NEW)).charges_enabled is True
    assert await sandbox_server.event_types() == ["account.updated"]
    sandbox_server.sandbox.clock.advance(300)
    response = await browser.get(link.url)
    assert response.headers["location"] == "https://portal.example/again"


async def test_the_overview_drives_a_payment(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    await press(browser, "/", "Pay by bank debit")
    await press(browser, "/", "Complete debit")
    await press(browser, "/", "Refund", amount="20.00")
    await press(browser, "/", "Fail refund")
    await press(browser, "/", "Dispute")
    await press(browser, "/", "Send evidence")
    await press(browser, "/", "Decide for business")
    page = await open_page(browser, "/")
    assert "Refund of 20.00 EUR: failed" in page.text
    assert "Dispute of 120.00 EUR: won" in page.text
    assert (await sandbox_server.read(session.id)).payment_status == "paid"
    assert (await sandbox_server.event_types())[-1] == "charge.dispute.funds_reinstated"


@pytest.mark.parametrize("amount", ["-1", "0", "1.005", "NaN", "Infinity", "1e999999", "a lot"])
async def test_an_invalid_refund_amount_is_rejected(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient, amount: str
) -> None:
    session = await sandbox_server.paid()
    page = await open_page(browser, "/")
    response = await browser.post(page.forms["Refund"], data={"amount": amount})
    assert response.status_code == 400
    assert "is not a valid amount in EUR" in Page(response.text).text
    assert not list(sandbox_server.sandbox.store.all("refund"))
    assert (await sandbox_server.read(session.id)).payment_status == "paid"


async def test_the_overview_enables_and_disconnects_accounts(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    await press(browser, "/", "Enable charges")
    assert sandbox_server.sandbox.account(NEW)["charges_enabled"] is True
    await browser.post(f"/do/accounts/{ACME}/deauthorize")
    assert "disconnected" in (await open_page(browser, "/")).text


async def test_the_overview_holds_events(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    await press(browser, "/", "Set", mode="held")
    assert sandbox_server.sandbox.webhooks.mode is DeliveryMode.HELD
    await sandbox_server.paid()
    await press(browser, "/", "Send 3 held")
    assert len(await sandbox_server.event_types()) == 3
    await press(browser, "/", "Move the clock forward one hour")
    response = await browser.post("/mode", data={"mode": "sideways"})
    assert response.status_code == 400


async def test_forms_of_other_sites_are_rejected(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    for site in ("cross-site", "same-site"):
        response = await browser.post(f"/pay/{session.id}", headers={"sec-fetch-site": site})
        assert response.status_code == 403
    assert (await sandbox_server.read(session.id)).status == "open"


async def test_the_stylesheet_is_served(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/static/sandbox.css")
    assert response.headers["content-type"].startswith("text/css")
