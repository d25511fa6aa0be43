"""Announcements alone, with the hub's own looking switched off: Redis brings each open at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest

from auth.staff import authenticate
from services.live import refusals
from services.recording import Recorder
from subscriptions import hub as hub_module
from subscriptions.hub import Hub, make_broadcast
from tests import servers
from tests.clients import Business
from tests.services.test_recording import _shared

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[servers.RedisServer]:
    """Yield a Redis of its own."""
    with servers.redis(tmp_path) as server:
        yield server


@pytest.fixture
async def hubs(
    redis: servers.RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Hub, Hub]]:
    """Yield the hubs of two processes, neither of which looks at the rows without a hint."""
    monkeypatch.setattr(hub_module, "LOOK_EVERY", 3600.0)
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            hub = Hub(make_broadcast(redis.url), refusals)
            await hub.open()
            stack.push_async_callback(hub.close)
            found.append(hub)
        yield found[0], found[1]


async def _credential_of(business: Business) -> UUID:
    return (await authenticate(f"Bearer {business.secret}")).credential_id


async def test_each_open_comes_over_redis(business: Business, hubs: tuple[Hub, Hub]) -> None:
    here, there = hubs
    recorder = Recorder(there.announce)
    opened = await _shared(business)
    events = here.follow(business.company_id, await _credential_of(business), 0)
    async with asyncio.timeout(10):
        for n in range(1, 11):
            await recorder.record(opened)
            assert (await anext(events)).sequence == n
    await events.aclose()


async def test_what_was_said_while_redis_was_away_comes_when_it_is_back(
    business: Business, hubs: tuple[Hub, Hub], redis: servers.RedisServer
) -> None:
    here, there = hubs
    recorder = Recorder(there.announce)
    opened = await _shared(business)
    events = here.follow(business.company_id, await _credential_of(business), 0)
    async with asyncio.timeout(20):
        await recorder.record(opened)
        assert (await anext(events)).sequence == 1
        redis.kill()
        await recorder.record(opened)
        redis.start()
        assert (await anext(events)).sequence == 2
        await recorder.record(opened)
        assert (await anext(events)).sequence == 3
    await events.aclose()
