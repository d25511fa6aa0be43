"""Recording a view asks the database and Redis as few times as possible."""

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from db.postgres_connection import Connection
from tests.conftest import Backend
from tests.support.clients import Business

_OTHERS: Final = {"CLIENT", "HELLO", "PING", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"}
"""Commands that announce views, or keep connections to Redis."""

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


@dataclass
class _RoundTrips:
    """Counts how often PostgreSQL is asked for something, except by tasks in the background."""

    count: int = 0
    earlier: set[asyncio.Task[Any]] = field(default_factory=set)
    """Tasks that run already, such as those that look for work every second."""

    def restart(self) -> None:
        """Count from zero what tasks that begin from now on ask for."""
        self.count, self.earlier = 0, asyncio.all_tasks()


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> _RoundTrips:
    """Return a counter of what PostgreSQL is asked for."""
    counted = _RoundTrips()
    until_silent = Connection._until_silent

    def count(self: Connection, response: Coroutine[Any, Any, Any]) -> Awaitable[Any]:
        counted.count += asyncio.current_task() not in counted.earlier
        return until_silent(self, response)

    monkeypatch.setattr(Connection, "_until_silent", count)
    return counted


@pytest.mark.parametrize("through_portal", [False, True])
async def test_a_view_is_recorded_in_three_round_trips_and_the_next_ones_in_two(
    business: Business, backend: Backend, round_trips: _RoundTrips, *, through_portal: bool
) -> None:
    customer_id = await business.make_customer()
    links = []
    for number in "123456789":
        invoice_id = await business.make_invoice(customerId=customer_id, number=number)
        link = {"number": number} if through_portal else {"token": await business.share(invoice_id)}
        links.append(link)
    if through_portal:
        links = [{"token": await business.share_portal(customer_id), **link} for link in links]
    connecting, *others = links
    await business.stranger.record_view(**connecting)  # which also prepares the statements
    assert backend.redis
    counts = []
    async with Redis.from_url(backend.redis.url) as redis, redis.monitor() as monitor:
        for link in others * 2:
            round_trips.restart()
            assert await business.stranger.record_view(**link)
            asked = round_trips.count
            await redis.echo("the end")
            counts.append((asked, await _commands_until_the_end(monitor)))
    # Tasks in the background ask Redis for something now and then.
    assert _least(counts[: len(others)]) == [2, 1]
    assert _least(counts[len(others) :]) == [1, 1]


async def test_a_view_of_an_invoice_that_was_just_shown_is_recorded_in_two_round_trips(
    business: Business, round_trips: _RoundTrips
) -> None:
    counts = []
    for _ in range(3):
        token = await business.share(await business.make_invoice())
        await business.stranger.gql("query($t: String!) { invoice(token: $t) { number } }", t=token)
        round_trips.restart()
        assert await business.stranger.record_view(token)
        counts.append(round_trips.count)
    assert min(counts) == 1


def _least(counts: list[tuple[int, int]]) -> list[int]:
    return [min(each) for each in zip(*counts, strict=True)]


async def _commands_until_the_end(monitor: Any) -> int:
    """Return how many commands Redis has got until it was told that this is the end."""
    count = 0
    async with asyncio.timeout(30):
        async for command in monitor.listen():
            name = command["command"].split()[0]
            if name == "ECHO":
                return count
            count += command["client_type"] != "lua" and name not in _OTHERS
    raise AssertionError
