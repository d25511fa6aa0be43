"""The limit on a request's head and trailers, and the Host header."""

import asyncio
import socket

import httpx
import pytest

from web.http import protocol
from web.http.protocol import MAX_HEAD


async def _answer(portal_url: str, *chunks: bytes) -> bytes:
    url = httpx.URL(portal_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        async with asyncio.timeout(30):
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
            return await reader.read(4096)
    except ConnectionError:
        return await reader.read(4096)
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    "beginning",
    [b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ", b"GET /", b"GET /healthz HTTP/1.1\r\n"],
)
async def test_endless_head_is_refused(portal_url: str, beginning: bytes) -> None:
    filler = b"A: b\r\n" * 2000 if beginning.endswith(b"\r\n") else b"a" * 12_000
    response = await _answer(portal_url, beginning, *[filler] * (MAX_HEAD // len(filler) + 2))
    assert response.startswith(b"HTTP/1.1 400")


async def test_long_head_within_the_limit_is_read(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz", headers={"x-a": "a" * 40_000})).status_code == 200
    assert (await http.get("/healthz")).status_code == 200


async def test_trailers_are_limited_too(portal_url: str) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    trailers = [b"abc: d\r\n" * 1500] * (MAX_HEAD // 12_000 + 2)
    assert (await _answer(portal_url, chunked, *trailers)).startswith(b"HTTP/1.1 400")


async def test_body_may_arrive_with_its_head_and_in_small_chunks(portal_url: str) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    body = b'{"query": "{ __typename }", "extensions": {"a": "' + b"x" * 200_000 + b'"}}'
    whole = head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert (await _answer(portal_url, whole)).startswith(b"HTTP/1.1 200")
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body[:48] + body[200_000:])
    small = head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert (await _answer(portal_url, small + chunks + b"0\r\n\r\n")).startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    "hosts",
    [(), (b"a", b"a"), (b"a", b"b"), (b"a b",), (b"user@a",), (b"a/b",), (b"[::1",), (b"a:b",)],
    ids=repr,
)
async def test_a_request_needs_one_valid_host(portal_url: str, hosts: tuple[bytes, ...]) -> None:
    head = b"".join(b"Host: %b\r\n" % host for host in hosts)
    answer = await _answer(portal_url, b"GET /healthz HTTP/1.1\r\n%b\r\n" % head)
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("host", [b"a", b"a.example:8000", b"[::1]:80", b"127.0.0.1", b""])
async def test_a_valid_host_is_served(portal_url: str, host: bytes) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host
    assert (await _answer(portal_url, request)).startswith(b"HTTP/1.1 200")
    old = await _answer(portal_url, b"GET /healthz HTTP/1.0\r\n\r\n")
    assert old.startswith(b"HTTP/1.1 200")


async def test_extra_slash_redirects_nowhere(http: httpx.AsyncClient) -> None:
    response = await http.get("/invoice/latest/")
    assert response.status_code == 404
    assert "location" not in response.headers


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(protocol, name, 0.2)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
        b"POST /unknown HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
    ],
    ids=["nothing", "half a head", "half a body", "half a body that nobody reads"],
)
async def test_incomplete_request_is_given_up(portal_url: str, beginning: bytes) -> None:
    url = httpx.URL(portal_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(beginning)
    async with asyncio.timeout(30):
        response = await reader.read()
    assert response.startswith((b"HTTP/1.1 408", b"HTTP/1.1 404"))
    writer.close()


@pytest.mark.usefixtures("_impatient")
async def test_slow_response_is_waited_for(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow() -> None:
        await asyncio.sleep(0.5)

    monkeypatch.setattr("web.ops.health._check_database", slow)
    assert (await http.get("/readyz")).json()["database"] == "ok"


@pytest.mark.usefixtures("_impatient")
async def test_client_that_does_not_read_is_cut_off(portal_url: str) -> None:
    url = httpx.URL(portal_url)
    with socket.create_connection((url.host, url.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)  # noqa: FBT003  # its only parameter
        loop = asyncio.get_running_loop()
        requests = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 400

        async def send_for_ever() -> None:
            while True:
                await loop.sock_sendall(client, requests)
                await asyncio.sleep(0.1)

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(send_for_ever(), 30)


async def test_idle_connections_from_proxies_have_a_limit_of_their_own(
    portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "PROXY_KEEP_ALIVE", 0.1)
    url = httpx.URL(portal_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    async with asyncio.timeout(30):  # others may be idle for 75 seconds
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()
