"""What the server logs of websockets, and how long it waits for them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from strawberry.http.exceptions import WebSocketDisconnected
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from api.websockets import WebSocketHandler


@pytest.mark.parametrize(("error", "lines"), [(WebSocketDisconnected(), 0), (ValueError(), 1)])
async def test_only_faults_are_logged_and_not_clients_who_leave(
    caplog: pytest.LogCaptureFixture, error: Exception, lines: int
) -> None:
    handler = WebSocketHandler.__new__(WebSocketHandler)
    await handler.handle_task_exception(error)
    assert len(caplog.records) == lines


async def test_one_that_does_not_say_who_it_is_is_closed(
    portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make: Any = WebSocketHandler.__init__

    def make_impatient(self: WebSocketHandler, **options: Any) -> None:
        make(self, **{**options, "connection_init_wait_timeout": timedelta(seconds=0.1)})

    monkeypatch.setattr(WebSocketHandler, "__init__", make_impatient)
    address = f"{portal_url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as silent:
        async with asyncio.timeout(10):
            await silent.wait_closed()
        assert silent.close_code == 4408
