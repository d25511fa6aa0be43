"""Restarting serving processes while clients send requests."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

import httpx
import psutil

from tests.support import servers

_REPLACED_WITHIN: Final = 120.0
"""Seconds."""
HOME: Final = {"method": "GET", "url": "/"}


@dataclass
class Load:
    """What became of the requests."""

    results: Counter[str] = field(default_factory=Counter)
    """How many had each status, or error."""
    slowest: float = 0.0
    """Seconds."""


@asynccontextmanager
async def load(
    url: str,
    interval: float = 0.02,
    *,
    requests: Sequence[dict[str, Any]] = (HOME,),
    is_good: Callable[[httpx.Response], bool] = lambda _: True,
) -> AsyncIterator[Load]:
    """Send requests meanwhile, over connections that are kept and over new ones in turn.

    `interval` is the seconds between two of them. A response of 200 that isn't good counts as bad.
    """
    sent = Load()
    running: set[asyncio.Task[None]] = set()

    async def send(client: httpx.AsyncClient, request: dict[str, Any], *, close: bool) -> None:
        headers = request.get("headers", {}) | ({"connection": "close"} if close else {})
        began_at = time.monotonic()
        try:
            response = await client.request(**request | {"headers": headers})
            is_bad = response.status_code == httpx.codes.OK and not is_good(response)
            sent.results["bad" if is_bad else str(response.status_code)] += 1
        except httpx.HTTPError as error:
            sent.results[repr(error)] += 1
        sent.slowest = max(sent.slowest, time.monotonic() - began_at)

    async def send_all(client: httpx.AsyncClient) -> None:
        began_at = time.monotonic()
        for number, request in enumerate(cycle(requests)):
            close = number // len(requests) % 2 == 0
            task = asyncio.create_task(send(client, request, close=close))
            running.add(task)
            task.add_done_callback(running.discard)
            await asyncio.sleep(began_at + (number + 1) * interval - time.monotonic())

    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        sending = asyncio.create_task(send_all(client))
        try:
            yield sent
        finally:
            sending.cancel()
            await asyncio.wait([sending, *running])


async def replace(portal: servers.PortalProcess) -> None:
    """Replace both serving processes of a portal, one after the other."""
    assert portal.process
    before = _workers(portal)
    portal.process.send_signal(signal.SIGHUP)

    def is_replaced() -> bool:
        after = _workers(portal)
        return len(after) == len(before) and not before & after

    await asyncio.to_thread(servers.wait_until, is_replaced, "new processes", _REPLACED_WITHIN)


def _workers(portal: servers.PortalProcess) -> set[int]:
    """Return the ids of the serving processes."""
    assert portal.process
    running = set()
    for process in psutil.Process(portal.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(process.cmdline()):
                running.add(process.pid)
    return running
