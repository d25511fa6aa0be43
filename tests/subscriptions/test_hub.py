"""Announcements alone, with the hub's own looking switched off: Redis brings each row at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from auth.staff import authenticate
from models import Invoice, InvoiceChange
from services.ledger.invoice_events import EVENT_RECORDED, note_update
from services.sharing.streams import refusals
from services.sharing.view_recorder import VIEWS_RECORDED, NewView, write_views
from subscriptions import hub as hub_module
from subscriptions.hub import Hub, make_broadcast
from subscriptions.replay import INVOICE_EVENTS, VIEWS, Stream
from tests.services.sharing.test_view_recorder import _shared
from tests.support import servers
from tests.support.clients import Business

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

Hubs: TypeAlias = tuple[Hub[Any], Hub[Any]]


@pytest.fixture(params=[VIEWS, INVOICE_EVENTS], ids=lambda stream: stream.name)
def stream(request: pytest.FixtureRequest) -> Stream[Any]:
    """Return each stream."""
    found: Stream[Any] = request.param
    return found


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[servers.RedisServer]:
    """Yield a Redis of its own."""
    with servers.redis(tmp_path) as server:
        yield server


@pytest.fixture
async def hubs(
    stream: Stream[Any], redis: servers.RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hubs]:
    """Yield the hubs of two processes, neither of which looks at the rows without a hint."""
    monkeypatch.setattr(hub_module, "POLL_INTERVAL", 3600.0)
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            broadcast = await stack.enter_async_context(make_broadcast(redis.url))
            hub = Hub(stream, broadcast, refusals)
            found.append(await stack.enter_async_context(hub))
        yield found[0], found[1]


async def _credential_of(business: Business) -> UUID:
    return (await authenticate(f"Bearer {business.secret}")).credential_id


async def _happen(opened: NewView, hub: Hub[Any]) -> None:
    """Write a row of each stream, and have the hub announce that of its own."""
    signal = VIEWS_RECORDED if hub.stream is VIEWS else EVENT_RECORDED
    with signal.connected(hub.announce):
        await note_update(await Invoice.get(id=opened.invoice_id), InvoiceChange.PAYMENT_FAILED)
        await write_views([opened])


async def test_each_row_comes_over_redis(business: Business, hubs: Hubs) -> None:
    here, there = hubs
    opened = await _shared(business)
    last = await here.stream.last_sequence(business.company_id)
    events = here.follow(business.company_id, await _credential_of(business), last)
    async with asyncio.timeout(10):
        for n in range(1, 11):
            await _happen(opened, there)
            assert (await anext(events)).sequence == last + n
    await events.aclose()


async def test_what_was_said_while_redis_was_away_comes_when_it_is_back(
    business: Business, hubs: Hubs, redis: servers.RedisServer
) -> None:
    here, there = hubs
    opened = await _shared(business)
    last = await here.stream.last_sequence(business.company_id)
    events = here.follow(business.company_id, await _credential_of(business), last)
    async with asyncio.timeout(20):
        await _happen(opened, there)
        assert (await anext(events)).sequence == last + 1
        redis.kill()
        await _happen(opened, there)
        redis.start()
        assert (await anext(events)).sequence == last + 2
        await _happen(opened, there)
        assert (await anext(events)).sequence == last + 3
    await events.aclose()
