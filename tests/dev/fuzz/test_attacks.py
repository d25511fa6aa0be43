"""A portal under attack answers everything properly, and a fault would be seen."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from dev.fuzz.graphql import fuzz_graphql, fuzz_requests
from dev.fuzz.pages import fuzz_bytes, fuzz_pages, paths
from dev.fuzz.target import COOKIE, Faulty, Target
from tests.support.clients import Business
from tests.support.staff import new_session


@pytest.fixture
async def target(portal_url: str, business: Business) -> Target:
    """Return a portal to attack, with a company that has given everything away."""
    invoice_id = await business.make_invoice()
    return Target(
        url=portal_url,
        api_key=business.secret or "",
        session=await new_session(business),
        ids=[invoice_id, await business.make_quote(), await business.make_customer()],
        tokens=[await business.share(invoice_id)],
    )


@pytest.mark.parametrize(
    ("attack", "examples"),
    [(fuzz_graphql, 25), (fuzz_requests, 40), (fuzz_pages, 60), (fuzz_bytes, 25)],
)
async def test_nothing_is_answered_with_a_fault(
    target: Target, attack: Callable[[Target, int, int], None], examples: int
) -> None:
    await asyncio.to_thread(attack, target, examples, 1)
    assert target.answers.total() >= examples // 2


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, {}, {}),
        (503, {}, {}),
        (200, {"errors": [{"extensions": {"code": "INTERNAL"}}]}, {}),
    ],
)
async def test_faults_are_seen(
    target: Target, status: int, body: dict[str, object], headers: dict[str, str]
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body, headers=headers))
    with httpx.Client(transport=transport, base_url="http://x") as http, pytest.raises(Faulty):
        target.send(http, "GET", "/")


async def test_the_attacker_is_signed_in(target: Target) -> None:
    with target.client() as http:
        cookie = {"cookie": f"{COOKIE}={target.session}"}
        page = await asyncio.to_thread(http.get, "/dashboard/invoices", headers=cookie)
    assert page.status_code == 200


def test_all_pages_are_attacked() -> None:
    assert {"/invoice/{token}", "/dashboard/invoices", "/webhooks/stripe", "/readyz"} < set(paths())
