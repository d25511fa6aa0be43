"""Every request is answered in time."""

import asyncio
import json
from typing import Final

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import Settings
from web.http.turns import TurnMiddleware

_SECONDS: Final = 0.2


async def _pass(app: ASGIApp, *, pause: float = 0.0) -> list[Message]:
    """Send a request in two parts through the middleware around `app`; return the response."""
    sent: list[Message] = []
    parts: list[Message] = [{"type": "http.request", "more_body": True}, {"type": "http.request"}]

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": []}
    async with asyncio.timeout(30):
        await TurnMiddleware(app, Settings(), seconds=_SECONDS)(scope, receive, send)
    return sent


async def _respond(send: Send, *, pause: float = 0.0) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b"x"})


async def test_a_request_that_takes_too_long_is_refused_with_503() -> None:
    async def hang(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    start, body = await _pass(hang)
    assert start["status"] == 503
    assert (b"retry-after", b"2") in start["headers"]
    [error] = json.loads(body["body"])["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2}


async def test_a_response_that_has_begun_may_take_longer() -> None:
    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await _respond(send, pause=2 * _SECONDS)

    assert [message.get("body") for message in await _pass(stream)] == [None, b"x"]


async def test_the_time_counts_from_when_the_request_has_arrived() -> None:
    async def read(_scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await _respond(send)

    assert len(await _pass(read, pause=2 * _SECONDS)) == 2


async def test_timeouts_of_others_are_not_the_deadline() -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await _pass(fail)


async def test_a_request_that_the_server_cancels_is_told_that_it_stops() -> None:
    async def wait(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    passing = asyncio.create_task(_pass(wait))
    await asyncio.sleep(_SECONDS / 4)
    passing.cancel()
    start, body = await passing
    assert (start["status"], (b"retry-after", b"5") in start["headers"]) == (503, True)
    [error] = json.loads(body["body"])["errors"]
    assert error["message"] == "The server is stopping."


async def test_each_request_has_its_own_deadline() -> None:
    async def respond_late(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(_SECONDS * 0.7)
        await _respond(send)

    middleware = TurnMiddleware(respond_late, Settings(), seconds=_SECONDS)
    started: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/graphql", "headers": []}
    for _ in range(3):
        await middleware(scope, receive, send)
    assert started == [200, 200, 200]
