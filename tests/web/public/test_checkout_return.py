"""Where Stripe sends clients back: to the page they came from, and never to another's link."""

import re
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from models import Checkout
from tests.support.clients import Business
from tests.support.stripe_sandbox import SandboxServer, checkout
from tests.web.public.test_payment_view import text_of


@pytest.fixture
async def links(seller: Business) -> list[dict[str, object]]:
    """Return how an invoice is named behind its own link, and in its customer's portal."""
    customer_id = await seller.make_customer()
    invoice_id = await seller.make_invoice(customerId=customer_id)
    number = (await seller.invoice(invoice_id, "number"))["number"]
    return [
        {"token": await seller.share(invoice_id)},
        {"token": await seller.share_portal(customer_id), "number": number},
    ]


async def _open(seller: Business, link: dict[str, object], **more: object) -> Any:
    return await checkout(seller.stranger, **link, **more)  # type: ignore[arg-type]


async def _back(seller: Business, session: Any, url: str = "success_url") -> httpx.Response:
    """Return what Stripe's page leads to."""
    parts = urlsplit(session[url].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    path = f"{parts.path}?{parts.query}"
    return await seller.http.get(path, headers=seller.stranger.headers)


def _reveals_nothing(page: httpx.Response, links: list[dict[str, object]]) -> bool:
    received = f"{page.text} {page.headers}"
    return not any(str(link["token"]) in received for link in links)


@pytest.mark.parametrize("number", [0, 1], ids=["link", "portal"])
async def test_a_client_returns_to_the_page_they_came_from(
    sandbox_server: SandboxServer, seller: Business, links: list[dict[str, object]], number: int
) -> None:
    opened = await _open(seller, links[number])
    session = sandbox_server.sandbox.session(sandbox_server.session(opened["url"]))
    token = links[number]["token"]
    own = (f"/invoice/{token}", f"/portal/{token}/{links[1]['number']}")[number]
    for url, query in (
        ("success_url", f"payment=success&session_id={session['id']}"),
        ("cancel_url", "payment=cancelled&amount=10000"),
    ):
        answer = await _back(seller, session, url)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{own}?{query}"


async def test_people_with_different_links_pay_on_one_page(
    sandbox_server: SandboxServer, seller: Business, links: list[dict[str, object]]
) -> None:
    first = await _open(seller, links[0])
    assert await _open(seller, links[1]) == first
    assert await _open(seller, links[0]) == first
    session = sandbox_server.sandbox.session(sandbox_server.session(first["url"]))
    assert session["status"] == "open"
    assert not any(str(link["token"]) in repr(session) for link in links)


@pytest.mark.parametrize("faster", [0, 1], ids=["link", "portal"])
async def test_the_result_on_a_shared_page_reveals_no_link(
    sandbox_server: SandboxServer, seller: Business, links: list[dict[str, object]], faster: int
) -> None:
    opened = await _open(seller, links[faster])
    await _open(seller, links[1 - faster])
    session = sandbox_server.sandbox.session(sandbox_server.session(opened["url"]))
    cancelled = await _back(seller, session, "cancel_url")
    assert "You left without paying. Nothing was charged." in text_of(cancelled)
    waiting = await _back(seller, session)
    assert waiting.headers["refresh"].startswith("2; url=?payment=success&session_id=")
    sandbox_server.sandbox.pay(session["id"])
    paid = await _back(seller, session)
    assert "Thank you. We received €100.00." in text_of(paid)
    assert "To see the invoice, open the link that you were sent." in text_of(paid)
    [german] = re.findall(r'href="([^"]*lang=de)"', paid.text)
    path = urlsplit(session["success_url"]).path
    translated = await seller.http.get(path + unescape(german), headers=seller.stranger.headers)
    seller.http.cookies.clear()
    assert '<html lang="de"' in translated.text
    for page in (cancelled, waiting, paid, translated):
        assert page.status_code == 200
        assert _reveals_nothing(page, links)


async def test_a_shared_page_shows_the_result_only_to_those_who_paid(
    sandbox_server: SandboxServer, seller: Business, links: list[dict[str, object]]
) -> None:
    opened = await _open(seller, links[0])
    await _open(seller, links[1])
    session_id = sandbox_server.session(opened["url"])
    row = await Checkout.get(session_id=session_id)
    for query in ("", "?payment=success", "?payment=success&session_id=cs_unknown"):
        answer = await seller.http.get(f"/checkout/{row.id}{query}")
        assert answer.status_code == 404


_UNKNOWN: Final = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize("checkout_id", [_UNKNOWN, "x", "%00", "1" * 999])
async def test_an_unknown_checkout_looks_like_an_unknown_link(
    seller: Business, checkout_id: str
) -> None:
    answer = await seller.http.get(f"/checkout/{checkout_id}?payment=cancelled")
    unknown = await seller.http.get(f"/invoice/{uuid4()}", headers=seller.stranger.headers)
    assert (answer.status_code, text_of(answer)) == (404, text_of(unknown))


async def test_front_ends_get_their_own_clients_back(
    sandbox_server: SandboxServer, seller: Business, links: list[dict[str, object]]
) -> None:
    url = "https://front.example/paid?x=1"
    ours = await _open(seller, links[0])
    theirs = await _open(seller, links[1], returnUrl=url)
    assert ours["url"] != theirs["url"]
    session = sandbox_server.sandbox.session(sandbox_server.session(theirs["url"]))
    assert session["cancel_url"] == f"{url}&payment=cancelled"
    assert (await Checkout.get(session_id=session["id"])).return_path is None
