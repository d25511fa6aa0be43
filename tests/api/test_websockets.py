"""What the server logs of websockets, and how long it waits for them."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from strawberry.http.exceptions import WebSocketDisconnected
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from api.websockets import WebSocketHandler
from tests.support.clients import Business


@pytest.mark.parametrize(("error", "lines"), [(WebSocketDisconnected(), 0), (ValueError(), 1)])
async def test_only_faults_are_logged_and_not_clients_who_leave(
    caplog: pytest.LogCaptureFixture, error: Exception, lines: int
) -> None:
    handler = WebSocketHandler.__new__(WebSocketHandler)
    await handler.handle_task_exception(error)
    logged = [record for record in caplog.records if record.name == "strawberry.ws.task"]
    assert len(logged) == lines


async def test_one_that_does_not_say_who_it_is_is_closed(
    portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make: Any = WebSocketHandler.__init__

    def make_impatient(self: WebSocketHandler, **options: Any) -> None:
        make(self, **{**options, "connection_init_wait_timeout": timedelta(seconds=0.1)})

    monkeypatch.setattr(WebSocketHandler, "__init__", make_impatient)
    address = f"{portal_url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as silent:
        async with asyncio.timeout(30):
            await silent.wait_closed()
        assert silent.close_code == 4408


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
@pytest.mark.parametrize("within", [None, "headers", "Headers"])
async def test_the_credential_is_taken_in_any_case(
    portal_url: str, business: Business, name: str, within: str | None
) -> None:
    credential: object = {name: f"Bearer {business.secret}"}
    payload = {within: credential} if within else credential
    address = f"{portal_url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        async with asyncio.timeout(30):
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "ping", "payload": "x"},
        {"type": "pong", "payload": []},
        {"type": "connection_init", "payload": "x"},
        {"type": "complete", "id": ""},
        {"type": "subscribe", "id": "", "payload": {"query": "subscription { a }"}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": "x"}},
    ],
    ids=str,
)
async def test_a_malformed_message_closes_the_websocket(
    portal_url: str, message: dict[str, object]
) -> None:
    address = f"{portal_url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps(message))
        async with asyncio.timeout(30):
            await socket.wait_closed()
        assert socket.close_code == 4400
