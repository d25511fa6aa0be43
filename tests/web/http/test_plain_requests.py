"""The client of the tests sends and returns the same as httpx, which it bypasses."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.support.plain_requests import PortalClient
from tests.support.servers import free_port

_STATUS: Final = {"/nothing": 204, "/unchanged": 304, "/elsewhere": 302}
_HEADERS: Final[dict[str, list[tuple[bytes, bytes]]]] = {
    "/compressed": [(b"content-encoding", b"gzip")],
    "/elsewhere": [(b"location", b"/")],
    "/cookie": [(b"set-cookie", b"a=b; Path=/")],
    "/last": [(b"connection", b"close")],
    "/twice": [(b"x-a", b"1"), (b"X-A", b"2")],
}


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Respond with what was received, in two parts, and with a status and headers by its path."""
    received = await receive()
    path: str = scope["path"]
    heard = {
        "target": [scope["method"], path, scope["query_string"].decode()],
        "headers": sorted([name.decode(), value.decode()] for name, value in scope["headers"]),
        "body": received["body"].decode(),
    }
    status = _STATUS.get(path, 200)
    body = b"" if status in {204, 304} else json.dumps(heard).encode()
    body = gzip.compress(body) if path == "/compressed" else body
    headers = _HEADERS.get(path, [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body[:10], "more_body": True})
    await send({"type": "http.response.body", "body": body[10:]})


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    """Yield the URL of a server that says what it receives."""
    port = free_port()
    config = uvicorn.Config(_echo, port=port, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not serving.done()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


def _result(client: httpx.AsyncClient, answer: httpx.Response) -> tuple[object, ...]:
    headers = sorted(item for item in answer.headers.multi_items() if item[0] != "date")
    request = answer.request.method, str(answer.url)
    return answer.status_code, headers, answer.text, request, dict(client.cookies)


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/?a=1&b=%20c", {}),
        ("GET", "/", {"headers": {"User-Agent": "me", "X-Default": "2"}}),
        ("POST", "/", {"json": {"q": "é\u2028", "n": [1, None]}, "headers": {"x-a": "1"}}),
        ("POST", "/", {"json": []}),
        *(("GET", path, {}) for path in [*_STATUS, *_HEADERS]),
    ],
)
async def test_a_plain_request_is_that_of_httpx(
    url: str, method: str, path: str, options: dict[str, Any]
) -> None:
    results = []
    for way in (httpx.AsyncClient, PortalClient):
        async with way(base_url=url, headers={"x-default": "1"}) as client:
            client.cookies.set("b", "1", path="/twice")
            answer = await client.request(method, path, **options)
            results.append(_result(client, answer))
    assert results[0] == results[1]
