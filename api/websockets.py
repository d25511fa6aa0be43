"""Websocket messages of the `graphql-transport-ws` protocol."""

from typing import Any, Final

from graphql import GraphQLError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    SubscribeMessage,
)
from structlog import get_logger

from context import Context
from db.availability import as_unavailable, log_unavailable
from errors import QueryTooComplex

MAX_SUBSCRIPTIONS: Final = 20
"""Concurrent subscriptions per websocket."""

log = get_logger(__name__)


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """The protocol's handler, which also handles malformed messages."""

    async def handle_message(self, message: Any) -> None:  # noqa: ANN401  # any JSON
        """Handle `message`, or close with 4400 if it isn't a message of the protocol."""
        if not _is_protocol_message(message):
            await self.handle_invalid_message("Invalid message")
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Accept the client, or close with 1011 if authentication fails for an internal reason."""
        try:
            await super().handle_connection_init(message)
        except Exception as error:
            if unavailable := as_unavailable(error):
                log_unavailable(unavailable)
            else:
                log.exception("websocket.not_authenticated")
            await self.websocket.close(1011, "Try again later")

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
