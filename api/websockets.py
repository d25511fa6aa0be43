"""Websocket messages of the `graphql-transport-ws` protocol."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Final

import orjson
from graphql import GraphQLError
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
    _OperationStreamClosed,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from structlog import get_logger
from websockets.frames import Frame, Opcode

from api.errors import code_error
from api.execution import OperationContext
from api.outlets import ConnectionOutlet
from context import Context
from core.direct_writes import WRITE_NOW, WriteNow
from core.websocket_codes import TRY_AGAIN_LATER
from db.availability import as_unavailable, log_unavailable
from errors import QueryTooComplex, RateLimited, Text
from subscriptions.rooms import Encoded

MAX_SUBSCRIPTIONS: Final = 20
"""Concurrent subscriptions per websocket."""

_OPTIONAL_PAYLOADS: Final = frozenset({"connection_init", "ping", "pong"})
"""Messages whose payload may be missing or null."""

log = get_logger(__name__)


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """The protocol's handler, which also handles malformed messages."""

    @cached_property
    def _sending(self) -> asyncio.Lock:
        return asyncio.Lock()

    @cached_property
    def _write_now(self) -> WriteNow | None:
        assert isinstance(self.websocket, ASGIWebSocketAdapter)
        write: WriteNow | None = self.websocket.ws.scope["extensions"].get(WRITE_NOW)
        return write

    async def handle_message(self, message: Any) -> None:  # noqa: ANN401  # any JSON
        """Handle `message`, or close with 4400 if it isn't a message of the protocol."""
        if not _is_protocol_message(message):
            await self.handle_invalid_message("Invalid message")
            return
        context = self.context
        await context.services.view_hub.turns.take(context.client_info.rate_limit_key)
        await super().handle_message(message)

    def on_request_accepted(self) -> None:
        """Expect the client to say who it is, for a while."""
        # The base has a task that sleeps, and keeps what it held until the websocket closes.
        self._init_timer = asyncio.get_running_loop().call_later(
            self.connection_init_wait_timeout.total_seconds(), self._on_late_init
        )

    def _on_late_init(self) -> None:
        self.connection_timed_out = True
        self.connection_init_timeout_task = asyncio.create_task(self._close_late())

    async def _close_late(self) -> None:
        try:
            await self.websocket.close(4408, "Connection initialisation timeout")
        except Exception as error:  # noqa: BLE001  # logged, unless the client has left
            await self.handle_task_exception(error)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Accept the client, or tell it to try again later if we can't, or it has too many."""
        self._init_timer.cancel()
        try:
            await super().handle_connection_init(
                {"type": "connection_init", "payload": _credential_in(message.get("payload") or {})}
            )
        except WebSocketDisconnected:
            return  # The client has left while we looked who it is.
        except RateLimited as refusal:
            await self._close_for_now(f"{refusal.code}: {refusal.message}")
        except Exception as error:
            if unavailable := as_unavailable(error):
                log_unavailable(unavailable)
            else:
                log.exception("websocket.not_authenticated")
            await self._close_for_now("Try again later.")

    async def handle_task_exception(self, error: Exception) -> None:
        """Log a fault. That a client has left is none."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    async def _close_for_now(self, reason: str) -> None:
        """Close such that clients connect again after a while."""
        await self.websocket.close(TRY_AGAIN_LATER, reason)

    async def shutdown(self) -> None:
        """End all subscriptions, and give back what the websocket held."""
        self._init_timer.cancel()
        try:
            await super().shutdown()
        finally:
            assert isinstance(self.context, OperationContext)
            if self.context.held is not None:
                self.context.held.release()

    async def send_message(self, message: Message) -> None:
        """Send a message after those before it.

        It is encoded only when it is its turn, so a follower that doesn't read has at most one
        encoded message waiting, however many subscriptions it has.
        """
        async with self._sending:
            await super().send_message(message)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Send the results of an operation, and complete it."""
        assert isinstance(self.context, OperationContext)
        try:
            results = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=replace(self.context, outlet=self._outlet_of(operation)),
                operation_name=operation.operation_name,
            )
            async with aclosing(results):
                await self._send_result_stream(operation, results)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except _OperationStreamClosed:
            return
        except Exception as error:
            await self.handle_task_exception(error)
            with suppress(Exception):
                await operation.send_operation_message({"id": operation.id, "type": "complete"})
            self.operations.pop(operation.id, None)
            raise

    def _outlet_of(self, operation: Operation[Context, None]) -> ConnectionOutlet | None:
        """Return the outlet for the events of `operation`, if frames can be written directly."""
        write = self._write_now
        if write is None:
            return None

        id_, operations, sending = operation.id, self.operations, self._sending

        def write_unless_ended(frame: bytes) -> bool:
            is_running = operations.get(id_) is operation
            return is_running and not sending.locked() and write(frame)

        return ConnectionOutlet(write_unless_ended, partial(_next_frame, id_), ("next", id_))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start a subscription, or refuse it over the limit."""
        is_new = self.connection_acknowledged and message["id"] not in self.operations
        if not is_new or len(self.operations) < MAX_SUBSCRIPTIONS:
            await super().handle_subscribe(message)
            return
        refusal = QueryTooComplex(
            Text("A websocket has at most %(most)s subscriptions.", most=MAX_SUBSCRIPTIONS)
        )
        cause = GraphQLError(refusal.message, original_error=refusal)
        error = code_error(cause, self.context.accept_language)
        await self.send_message(
            {"id": message["id"], "type": "error", "payload": [error.formatted]}
        )


def _credential_in(payload: Mapping[str, object]) -> dict[str, object]:
    """Return the `authorization` in `payload` or its `headers`, whatever its case."""
    given = {name.lower(): value for name, value in payload.items()}
    headers = given.get("headers")
    if "authorization" not in given and isinstance(headers, dict):
        given = {name.lower(): value for name, value in headers.items()}
    return {"authorization": given["authorization"]} if "authorization" in given else {}


def _next_frame(id_: str, encoded: Encoded) -> bytes:
    """Return the websocket frame of a `next` message."""
    text = b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(id_), encoded.payload)
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def _is_protocol_message(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    type_, payload = message["type"], message.get("payload")
    if type_ in {"subscribe", "complete"} and not (
        isinstance(message.get("id"), str) and message["id"]
    ):
        return False
    if type_ != "subscribe":
        return type_ not in _OPTIONAL_PAYLOADS or isinstance(payload, (dict, type(None)))
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("operationName"), (str, type(None)))
        and isinstance(payload.get("variables"), (dict, type(None)))
        and isinstance(payload.get("extensions"), (dict, type(None)))
    )
