"""Replacing and stopping serving processes while clients send requests."""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from tests.conftest import Backend
from tests.support import servers
from tests.support.clients import Business
from tests.support.restarts import load, replace
from tests.support.subscribers import following

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

_INTERVAL: Final = 0.02
"""Seconds between two requests of the load."""
_DRAIN: Final = 2
"""Seconds."""


@pytest.fixture(scope="module")
def portal(backend: Backend) -> Iterator[servers.PortalProcess]:
    """Yield a portal with two serving processes, which take some time to end.

    The last test that uses it stops it.
    """
    environment = backend.environment | {"DRAIN_SECONDS": str(_DRAIN), "CONNECTIONS_PER_IP": "5000"}
    with servers.portal(environment, workers=2) as portal:
        yield portal


async def test_no_request_fails_while_processes_are_replaced(
    portal: servers.PortalProcess,
) -> None:
    async with load(portal.url) as sent:
        await replace(portal)
    assert sent.results.keys() == {"200"}


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
    environment = backend.environment | {"DRAIN_SECONDS": "300"}
    with servers.portal(environment, forked=True) as portal:
        assert portal.process
        portal.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        os.kill(portal.process.pid, signal.SIGTERM)
        assert await asyncio.to_thread(portal.process.wait, 60) in {0, -signal.SIGTERM}


async def test_streams_end_such_that_their_clients_connect_again(
    backend: Backend, business: Business
) -> None:
    assert business.secret
    with servers.portal(backend.environment, forked=True) as portal:
        assert portal.process
        async with (
            following(portal.url, business.secret) as follower,
            httpx.AsyncClient(base_url=portal.url, timeout=30) as client,
            client.stream(
                "POST",
                "/graphql",
                json={"query": "subscription { viewedInvoice { cursor } }"},
                headers=business.headers | {"accept": "text/event-stream"},
            ) as stream,
        ):
            portal.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as closed:
                await follower.socket.recv()
            assert closed.value.rcvd
            assert closed.value.rcvd.code == CloseCode.SERVICE_RESTART
            async for _ in stream.aiter_raw():
                pass  # it would raise an error if the stream was cut off
