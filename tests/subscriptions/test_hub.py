"""Announcements without polling: Redis delivers each row at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from auth.staff import authenticate
from models import Invoice, InvoiceChange
from services.ledger.invoice_events import EVENT_RECORDED, record_event
from services.sharing.new_views import VIEWS_RECORDED, NewView
from services.sharing.streams import refusals
from services.sharing.view_rows import write_views
from subscriptions import hub as hub_module
from subscriptions.hub import Hub, make_broadcast
from subscriptions.replay import INVOICE_EVENTS, VIEWS, Stream
from subscriptions.shares import FollowerShares
from tests.services.sharing.test_view_recorder import _shared
from tests.support import servers
from tests.support.clients import Business

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

Hubs: TypeAlias = tuple[Hub[Any], Hub[Any]]


@pytest.fixture(params=[VIEWS, INVOICE_EVENTS], ids=lambda stream: stream.name)
def stream(request: pytest.FixtureRequest) -> Stream[Any]:
    """Return each stream."""
    stream: Stream[Any] = request.param
    return stream


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[servers.RedisServer]:
    """Yield a private Redis."""
    with servers.redis(tmp_path) as server:
        yield server


@pytest.fixture
async def hubs(
    stream: Stream[Any], redis: servers.RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hubs]:
    """Yield the hubs of two processes that don't poll."""
    monkeypatch.setattr(hub_module, "POLL_INTERVAL", 3600.0)
    async with AsyncExitStack() as stack:
        hubs = []
        shares = FollowerShares(per_company=10, per_credential=10)
        for _ in range(2):
            broadcast = await stack.enter_async_context(make_broadcast(redis.url, "portal"))
            hub = Hub(stream, broadcast, refusals, shares)
            hubs.append(await stack.enter_async_context(hub))
        yield hubs[0], hubs[1]


async def _credential_of(business: Business) -> UUID:
    return (await authenticate(f"Bearer {business.secret}")).credential_id


async def _cause_events(view: NewView, hub: Hub[Any]) -> None:
    """Write a row of each stream, of which the hub announces its own."""
    signal = VIEWS_RECORDED if hub.stream is VIEWS else EVENT_RECORDED
    with signal.connected(hub.announce):
        await record_event(await Invoice.get(id=view.invoice_id), InvoiceChange.PAYMENT_FAILED)
        await write_views([view.repeated()])


async def test_each_row_is_announced_over_redis(business: Business, hubs: Hubs) -> None:
    here, there = hubs
    view = await _shared(business)
    last = await here.stream.last_sequence(business.company_id)
    events = here.follow(business.company_id, await _credential_of(business), last)
    async with asyncio.timeout(30):
        for n in range(1, 11):
            await _cause_events(view, there)
            assert (await anext(events)).sequence == last + n
    await events.aclose()


async def test_rows_written_while_redis_is_down_arrive_after_its_restart(
    business: Business, hubs: Hubs, redis: servers.RedisServer
) -> None:
    here, there = hubs
    view = await _shared(business)
    last = await here.stream.last_sequence(business.company_id)
    events = here.follow(business.company_id, await _credential_of(business), last)
    async with asyncio.timeout(30):
        await _cause_events(view, there)
        assert (await anext(events)).sequence == last + 1
        redis.kill()
        await _cause_events(view, there)
        redis.start()
        assert (await anext(events)).sequence == last + 2
        await _cause_events(view, there)
        assert (await anext(events)).sequence == last + 3
    await events.aclose()


@pytest.mark.usefixtures("backend")
async def test_portals_with_the_same_redis_do_not_hear_each_other(
    redis: servers.RedisServer,
) -> None:
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def hear(name: str, text: str) -> None:
        heard.put_nowait((name, text))

    async with asyncio.timeout(30), AsyncExitStack() as stack:
        for name in ("portal", "copy"):
            broadcast = await stack.enter_async_context(make_broadcast(redis.url, name))
            stack.enter_context(broadcast.listening("channel", partial(hear, name)))
        # Both hear that they are subscribed.
        assert {await heard.get(), await heard.get()} == {("portal", ""), ("copy", "")}
        for text in ("news", "more news"):
            await broadcast.publish("channel", text)
            assert await heard.get() == ("copy", text)


@pytest.mark.usefixtures("backend")
async def test_that_rows_cannot_be_read_is_logged_once_for_all_followers(
    hubs: Hubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count(1)

    async def read(*_: object) -> list[Any]:
        if next(reads) <= 6:
            raise OSError
        return []

    monkeypatch.setattr(hub_module, "POLL_INTERVAL", 0.01)
    monkeypatch.setattr(Stream, "read_after", read)
    followers = [hubs[0]._read_or_wait(uuid4(), 0) for _ in range(3)]
    with capture_logs() as logs:
        assert await asyncio.gather(*followers) == [[], [], []]
    assert [line["event"] for line in logs] == ["hub.read_failed"]
