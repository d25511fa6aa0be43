"""nginx and Caddy as ops/ configures them, where they are installed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.support.clients import BROWSER, Business
from tests.support.proxies import Proxy, program, proxy
from tests.support.servers import free_port, wait_until
from tests.support.subscribers import BEGINNING, VIEWED, Subscriber, events_of

pytestmark = [
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session"),
    pytest.mark.parametrize(
        "name",
        [
            pytest.param(
                name, marks=pytest.mark.skipif(program(name) is None, reason=f"needs {name}")
            )
            for name in ("nginx", "caddy")
        ],
        scope="module",
    ),
]


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture(scope="module")
def edge(name: str, portal_url: str) -> Iterator[Proxy]:
    """Yield a proxy in front of the portal, and of a process that is down."""
    with proxy(name, [free_port(), _port(portal_url)]) as edge:
        yield edge


@pytest.fixture
async def client(edge: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the proxy."""
    async with _client(edge) as client:
        yield client


def _client(edge: Proxy) -> httpx.AsyncClient:
    headers = {"user-agent": BROWSER}
    return httpx.AsyncClient(base_url=edge.url, verify=edge.tls, timeout=30, headers=headers)


async def test_both_logs_have_the_same_ids_and_no_links(
    edge: Proxy, client: httpx.AsyncClient, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    forged = {"x-request-id": "forged"}
    page = await client.get(f"/invoice/{token}?source=email", headers=forged)
    lost = await client.get(f"/portal/{token}/statement.pdf")
    assert (page.status_code, lost.status_code) == (200, 404)
    for response in (page, lost):
        request_id = response.headers["x-request-id"]
        assert request_id != "forged"
        assert request_id in edge.log
    assert token not in edge.log
    assert "/portal" in edge.log


async def test_pages_come_over_http_2(edge: Proxy) -> None:
    context = edge.tls
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection("localhost", edge.port, ssl=context)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.close()


async def test_opens_arrive_at_once_with_the_address_of_the_client(
    edge: Proxy, client: httpx.AsyncClient, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    headers = {"authorization": f"Bearer {business.secret}"}
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    accept = {"accept": "text/event-stream"}
    async with (
        asyncio.timeout(60),
        connect(
            f"{edge.url.replace('https', 'wss')}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            ssl=edge.tls,
        ) as websocket,
        client.stream("POST", "/graphql", json=body, headers=headers | accept) as stream,
    ):
        follower = Subscriber(websocket)
        await follower.send({"type": "connection_init", "payload": headers})
        assert json.loads(await websocket.recv())["type"] == "connection_ack"
        await follower.subscribe("1", VIEWED, after=BEGINNING)
        forged = {"x-forwarded-for": "192.0.2.6"}
        assert (await client.get(f"/invoice/{token}", headers=forged)).status_code == 200
        await follower.until(1)
        event = await anext(events_of(stream))
    assert event["data"]["viewedInvoice"]["view"]["ip"] == "127.0.0.1"


async def test_metrics_are_not_public_and_health_is(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metrics")).status_code == 404
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_a_body_is_limited(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}  # or the portal refuses it unread
    sent = await client.post("/graphql", content=b" " * 4_000_000, headers=headers)
    assert sent.status_code in {413, 502}  # what Caddy 2.6 says


@asynccontextmanager
async def _gives_up() -> AsyncIterator[tuple[int, list[str]]]:
    """Yield the port of a server that is ready but answers nothing, and the methods that it got."""
    methods: list[str] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if "/readyz" in head:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        else:
            methods.append(head.split()[0])
        writer.close()

    async with await asyncio.start_server(receive, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], methods


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("POST", 502)])
async def test_only_what_changes_nothing_is_sent_again(
    name: str, portal_url: str, method: str, status: int
) -> None:
    async with _gives_up() as (port, methods), asyncio.timeout(60):
        with proxy(name, [port, _port(portal_url)]) as edge:
            async with _client(edge) as client:
                while not methods:  # which upstream is asked first is the proxy's choice
                    answer = await client.request(method, "/invoice/secret")
            wait_until(lambda: "/invoice" in edge.log, "the log's line")
            log = edge.log
    assert methods == [method]
    assert answer.status_code == status
    assert "secret" not in log
