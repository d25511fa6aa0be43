"""The pages, as browsers without scripts use them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from dev.stripe_sandbox.webhooks import DeliveryMode
from tests.dev.stripe_sandbox.serving import ACME, NEW, SandboxServer


@dataclass
class Page(HTMLParser):
    """What a person finds on a page."""

    html: str
    text: str = ""
    links: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    """Where a button leads, by what it says."""

    def __post_init__(self) -> None:
        super().__init__()
        self._at: tuple[dict[str, str], str] | None = None
        self._action = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember where a link or a form leads, until it is known what it says."""
        found = dict(attrs)
        assert tag != "script"
        assert not [name for name in found if name.startswith("on") or name == "style"]
        if tag == "form":
            assert found["method"] == "post"
            self._action = str(found["action"])
        elif tag == "button":
            self._at = self.forms, self._action
        elif tag == "a":
            self._at = self.links, str(found["href"])

    def handle_data(self, data: str) -> None:
        """Read on."""
        self.text += data
        if self._at and data.strip():
            into, target = self._at
            into.setdefault(data.strip(), target)
            self._at = None


@pytest.fixture
async def browser(sandbox_server: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser that goes nowhere by itself."""
    async with httpx.AsyncClient(base_url=sandbox_server.url) as client:
        yield client


async def look(browser: httpx.AsyncClient, url: str) -> Page:
    """Return a page that is there."""
    answer = await browser.get(url)
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return Page(answer.text)


async def press(browser: httpx.AsyncClient, url: str, button: str, **said: Any) -> httpx.Response:
    """Press a button of a page, and return where it leads."""
    page = await look(browser, url)
    answer = await browser.post(page.forms[button], data=said)
    assert answer.status_code == 303
    return answer


async def test_the_page_says_what_is_paid_to_whom(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open(unit_amount=123450)
    page = await look(browser, str(session.url))
    assert "Stripe sandbox stand-in: no real money" in page.text
    for said in ("Acme", "Invoice 7", "Due on May 1", "1,234.50 EUR", "ada@client.example"):
        assert said in page.text
    assert page.links["Cancel"] == "https://portal.example/invoice"


async def test_pay_pays_and_leads_back(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    url = str(session.url)
    answer = await browser.get(url)
    assert "form-action 'self' https://portal.example" in answer.headers["content-security-policy"]
    answer = await press(browser, url, "Pay")
    assert answer.headers["location"] == f"https://portal.example/done?session={session.id}"
    assert (await sandbox_server.read(session.id)).payment_status == "paid"
    page = await look(browser, url)
    assert "This has been paid" in page.text
    assert not page.forms


async def test_to_pay_twice_pays_once(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    for _ in range(2):
        answer = await browser.post(f"/pay/{session.id}")
        assert answer.status_code == 303
    assert answer.headers["location"] == f"/pay/{session.id}"
    assert len(list(sandbox_server.sandbox.store.everywhere("charge"))) == 1


@pytest.mark.parametrize(
    ("button", "status", "said"),
    [
        ("Let the money arrive", "paid", "This has been paid"),
        ("Let the debit fail", "unpaid", "The bank debit has failed"),
    ],
)
async def test_a_bank_debit_is_settled_on_the_page(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient, button: str, status: str, said: str
) -> None:
    session = await sandbox_server.open()
    url = str(session.url)
    answer = await press(browser, url, "Pay later with a bank debit")
    assert answer.headers["location"].endswith(session.id)
    await press(browser, url, button)
    assert (await sandbox_server.read(session.id)).payment_status == status
    assert said in (await look(browser, url)).text


async def test_a_session_is_let_expire(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    await press(browser, str(session.url), "Let it expire")
    assert (await sandbox_server.read(session.id)).status == "expired"
    page = await look(browser, f"/pay/{session.id}")
    assert "The time to pay is over" in page.text
    assert not page.forms


async def test_what_a_business_says_is_text(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    sandbox_server.sandbox.add_account("acct_odd", "<script>alert(1)</script>")
    session = await sandbox_server.open("acct_odd", cancel_url="https://portal.example/?a=1&b=%22")
    page = await look(browser, str(session.url))
    assert "<script>alert(1)</script>" in page.text
    assert page.links["Cancel"] == "https://portal.example/?a=1&b=%22"


async def test_an_unknown_page_is_said_to_be_none(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/pay/cs_test_none")
    assert answer.status_code == 404
    assert "No such checkout.session" in answer.text


async def test_onboarding_turns_charges_on(
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
    page = await look(browser, link.url)
    assert page.links["Start anew (refresh)"] == "https://portal.example/again"
    answer = await press(browser, link.url, "Finish onboarding")
    assert answer.headers["location"] == "https://portal.example/back"
    assert (await sandbox_server.client.v1.accounts.retrieve_async(NEW)).charges_enabled is True
    assert await sandbox_server.heard() == ["account.updated"]
    sandbox_server.sandbox.clock.advance(300)
    answer = await browser.get(link.url)
    assert answer.headers["location"] == "https://portal.example/again"


async def test_the_overview_leads_through_a_payment(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    await press(browser, "/", "Pay by bank debit")
    await press(browser, "/", "Let the money arrive")
    await press(browser, "/", "Refund", amount="20.00")
    await press(browser, "/", "Let it fail")
    await press(browser, "/", "Dispute")
    await press(browser, "/", "Send evidence")
    await press(browser, "/", "The business wins")
    page = await look(browser, "/")
    assert "Refund of 20.00 EUR: failed" in page.text
    assert "Dispute of 120.00 EUR: won" in page.text
    assert (await sandbox_server.read(session.id)).payment_status == "paid"
    assert (await sandbox_server.heard())[-1] == "charge.dispute.funds_reinstated"


@pytest.mark.parametrize("amount", ["-1", "0", "1.005", "NaN", "Infinity", "1e999999", "a lot"])
async def test_no_odd_amount_is_refunded(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient, amount: str
) -> None:
    session = await sandbox_server.paid()
    page = await look(browser, "/")
    answer = await browser.post(page.forms["Refund"], data={"amount": amount})
    assert answer.status_code == 400
    assert "is no amount of EUR" in Page(answer.text).text
    assert not list(sandbox_server.sandbox.store.everywhere("refund"))
    assert (await sandbox_server.read(session.id)).payment_status == "paid"


async def test_the_overview_switches_accounts(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    await press(browser, "/", "Enable charges")
    assert sandbox_server.sandbox.account(NEW)["charges_enabled"] is True
    await browser.post(f"/do/accounts/{ACME}/deauthorize")
    assert "disconnected" in (await look(browser, "/")).text


async def test_the_overview_holds_events_back(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    await press(browser, "/", "Set", mode="held")
    assert sandbox_server.sandbox.webhooks.mode is DeliveryMode.HELD
    await sandbox_server.paid()
    await press(browser, "/", "Send 3 held")
    assert len(await sandbox_server.heard()) == 3
    await press(browser, "/", "Turn the clock forward by an hour")
    answer = await browser.post("/mode", data={"mode": "sideways"})
    assert answer.status_code == 400


async def test_other_sites_press_no_buttons(
    sandbox_server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    for site in ("cross-site", "same-site"):
        answer = await browser.post(f"/pay/{session.id}", headers={"sec-fetch-site": site})
        assert answer.status_code == 403
    assert (await sandbox_server.read(session.id)).status == "open"


async def test_the_style_is_served(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/static/sandbox.css")
    assert answer.headers["content-type"].startswith("text/css")
