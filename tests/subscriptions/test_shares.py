"""What followers may take of a process."""

import asyncio
import json
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.live_shares import LiveShares
from auth.staff import system_actor
from core.websocket_codes import TRY_AGAIN_LATER
from errors import RateLimited
from settings import Settings
from subscriptions.shares import FollowerShares
from tests.support.clients import Business, eventually, new_ip
from tests.support.subscribers import BEGINNING, VIEWED, nobody_follows, websocket
from web.http import protocol


async def test_websockets_and_streams_of_one_address_are_limited_before_authentication(
    business: Business, portal_url: str, http: httpx.AsyncClient
) -> None:
    url = portal_url.replace("http", "ws", 1) + "/graphql"
    client = {"x-forwarded-for": new_ip()}

    def open_one(headers: dict[str, str]) -> connect:
        protocols = [Subprotocol("graphql-transport-ws")]
        return connect(url, subprotocols=protocols, additional_headers=headers, compression=None)

    async with AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(open_one(client)) for _ in range(100)))
        with pytest.raises(InvalidStatus) as refused:
            await stack.enter_async_context(open_one(client))
        [error] = json.loads(refused.value.response.body or b"")["errors"]
        assert refused.value.response.status_code == 429
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 10}
        headers = business.headers | client | {"accept": "text/event-stream"}
        stream = await http.post("/graphql", json={"query": VIEWED}, headers=headers)
        assert (stream.status_code, stream.headers["retry-after"]) == (429, "10")
        await stack.enter_async_context(open_one({"x-forwarded-for": new_ip()}))
    # All were given back.
    async with open_one(client):
        pass


def test_websockets_of_a_key_and_of_a_company_are_limited() -> None:
    company, key = uuid4(), uuid4()
    shares = LiveShares(Settings(live_connections_per_credential=2, live_connections_per_company=3))
    first = system_actor(company, "first")
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(shares.hold(first))
        with pytest.raises(RateLimited, match="API key"):
            stack.enter_context(shares.hold(first))
        second = replace(first, credential_id=key)
        stack.enter_context(shares.hold(second))
        with pytest.raises(RateLimited, match="company"):
            stack.enter_context(shares.hold(second))
        stack.enter_context(shares.hold(replace(second, company_id=uuid4())))


async def test_websocket_over_the_limit_is_told_to_try_again_later(
    business: Business, portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RateLimited

    monkeypatch.setattr(LiveShares, "hold", refuse)
    with pytest.raises(ConnectionClosed) as closed:
        async with websocket(portal_url, business.secret or ""):
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == TRY_AGAIN_LATER
    assert closed.value.rcvd.reason.startswith("RATE_LIMITED")


async def test_subscription_over_the_limit_is_refused_with_a_code(
    business: Business, portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = FollowerShares(per_company=10, per_credential=3)
    hold = few.hold
    monkeypatch.setattr(FollowerShares, "hold", lambda _, *keys: hold(*keys))
    async with websocket(portal_url, business.secret or "") as dashboard:
        for n in range(4):
            await dashboard.subscribe(str(n), after=BEGINNING)
        await dashboard.until_ended()
        assert [error["extensions"]["code"] for error in dashboard.errors] == ["RATE_LIMITED"]
        dashboard.ended = False
        await business.stranger.record_view(await business.share(await business.make_invoice()))
        await dashboard.until(3)


async def test_follower_that_does_not_read_is_told_to_resume_and_forgotten(
    business: Business, portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "FOLLOWER_SECONDS", 1.0)
    lines = [{"description": "x" * 1500, "quantity": "1", "unitPrice": "1.00"}] * 100
    token = await business.share(await business.make_invoice(lines=lines))
    query = """subscription($after: String) {
        viewedInvoice(after: $after) {
            cursor invoice { a: lines { description } b: lines { description } }
        }
    }"""
    async with websocket(portal_url, business.secret or "") as dashboard:
        dashboard.socket.transport.pause_reading()
        for n in range(20):
            await dashboard.subscribe(str(n), query, after=BEGINNING)
        for _ in range(5):
            await business.stranger.record_view(token)
        await eventually(nobody_follows(business.http))
        dashboard.socket.transport.resume_reading()
        with pytest.raises(ConnectionClosed) as closed:
            await dashboard.until(101)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == TRY_AGAIN_LATER
