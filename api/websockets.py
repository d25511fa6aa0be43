"""Websocket messages of the `graphql-transport-ws` protocol."""

import asyncio
from functools import cached_property
from typing import Any, Final

from graphql import GraphQLError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from structlog import get_logger

from api.execution import OperationContext
from context import Context
from core.websocket_codes import TRY_AGAIN_LATER
from db.availability import as_unavailable, log_unavailable
from errors import QueryTooComplex, RateLimited

MAX_SUBSCRIPTIONS: Final = 20
"""Concurrent subscriptions per websocket."""

log = get_logger(__name__)


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """The protocol's handler, which also handles malformed messages."""

    @cached_property
    def _sending(self) -> asyncio.Lock:
        return asyncio.Lock()

    async def handle_message(self, message: Any) -> None:  # noqa: ANN401  # any JSON
        """Handle `message`, or close with 4400 if it isn't a message of the protocol."""
        if not _is_protocol_message(message):
            await self.handle_invalid_message("Invalid message")
            return
        context = self.context
        await context.services.view_hub.turns.take(context.client_info.rate_limit_key)
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Accept the client, or tell it to try again later if we can't, or it has too many."""
        try:
            await super().handle_connection_init(message)
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
        try:
            await super().shutdown()
        finally:
            assert isinstance(self.context, OperationContext)
            self.context.held.close()

    async def send_message(self, message: Message) -> None:
        """Send a message after those before it.

        It is encoded only when it is its turn, so a follower that doesn't read has at most one
        encoded message waiting, however many subscriptions it has.
        """
        async with self._sending:
            await super().send_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start a subscription, or refuse it over the limit."""
        is_new = self.connection_acknowledged and message["id"] not in self.operations
        if not is_new or len(self.operations) < MAX_SUBSCRIPTIONS:
            await super().handle_subscribe(message)
            return
        refusal = QueryTooComplex(f"A websocket has at most {MAX_SUBSCRIPTIONS} subscriptions.")
        error = GraphQLError(refusal.message, extensions=dict(refusal.extensions))
        await self.send_message(
            {"id": message["id"], "type": "error", "payload": [error.formatted]}
        )


def _is_protocol_message(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in {"subscribe", "complete"} and not isinstance(message.get("id"), str):
        return False
    if message["type"] != "subscribe":
        return True
    payload = message.get("payload")
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("operationName"), (str, type(None)))
        and isinstance(payload.get("variables"), (dict, type(None)))
    )
