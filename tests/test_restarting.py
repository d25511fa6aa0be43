"""Replacing and stopping serving processes while clients send requests."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import httpx
import psutil
import pytest

from tests.conftest import Backend
from tests.support import servers

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

_INTERVAL: Final = 0.02
"""Seconds between two requests of the load."""
_DRAIN: Final = 2
"""Seconds."""


@pytest.fixture
def portal(backend: Backend) -> Iterator[servers.PortalProcess]:
    """Yield a portal with two serving processes, which take some time to end."""
    environment = backend.environment | {"DRAIN_SECONDS": str(_DRAIN), "CONNECTIONS_PER_IP": "5000"}
    with servers.portal(environment, workers=2) as portal:
        yield portal


@asynccontextmanager
async def load(url: str) -> AsyncIterator[Counter[str]]:
    """Send requests meanwhile, some over connections that are kept and some over new ones.

    Yields how many had each result.
    """
    results: Counter[str] = Counter()
    requests: set[asyncio.Task[None]] = set()

    async def send(client: httpx.AsyncClient, *, close: bool) -> None:
        try:
            page = await client.get("/", headers={"connection": "close"} if close else {})
            results[str(page.status_code)] += 1
        except httpx.HTTPError as error:
            results[repr(error)] += 1

    async def send_all(client: httpx.AsyncClient) -> None:
        for number in range(100_000):
            task = asyncio.create_task(send(client, close=number % 2 == 0))
            requests.add(task)
            task.add_done_callback(requests.discard)
            await asyncio.sleep(_INTERVAL)

    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        sending = asyncio.create_task(send_all(client))
        try:
            yield results
        finally:
            sending.cancel()
            await asyncio.wait([sending, *requests])


def _workers(portal: servers.PortalProcess) -> set[int]:
    """Return the ids of the serving processes."""
    assert portal.process
    running = set()
    for process in psutil.Process(portal.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(process.cmdline()):
                running.add(process.pid)
    return running


async def replace(portal: servers.PortalProcess) -> None:
    """Replace both serving processes, one after the other."""
    assert portal.process
    before = _workers(portal)
    portal.process.send_signal(signal.SIGHUP)

    def is_replaced() -> bool:
        after = _workers(portal)
        return len(after) == 2 and not before & after

    await asyncio.to_thread(servers.wait_until, is_replaced, "new processes", 120)


async def test_no_request_fails_while_processes_are_replaced(
    portal: servers.PortalProcess,
) -> None:
    async with load(portal.url) as results:
        await replace(portal)
    assert results.keys() == {"200"}


async def test_a_portal_that_stops_says_so_and_answers_meanwhile(
    portal: servers.PortalProcess,
) -> None:
    assert portal.process
    async with httpx.AsyncClient(base_url=portal.url, timeout=30) as client:
        assert (await client.get("/readyz")).status_code == 200
        portal.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_DRAIN):
            while (ready := await client.get("/readyz")).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(_INTERVAL)
        assert (ready.status_code, ready.json()) == (503, {"status": "stopping"})
        page = await client.get("/")
        assert (page.status_code, page.headers["connection"]) == (200, "close")
    assert await asyncio.to_thread(portal.process.wait, 60) in {0, -signal.SIGTERM}


async def test_a_second_signal_ends_the_wait(backend: Backend) -> None:
    with servers.portal(backend.environment | {"DRAIN_SECONDS": "300"}) as portal:
        assert portal.process
        portal.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        os.kill(portal.process.pid, signal.SIGTERM)
        assert await asyncio.to_thread(portal.process.wait, 60) in {0, -signal.SIGTERM}
