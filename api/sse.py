"""Server-sent events, also for the browser's EventSource.

They follow the distinct-connections mode of `graphql-sse`, and use the event id of the standard
(https://html.spec.whatwg.org/multipage/server-sent-events.html) for the cursor: a browser that
reconnects sends the last one by itself.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestProtocol
from strawberry.http.streaming import HTTPStreamTransport, JSONEncoder, SSETransport
from strawberry.types.graphql import OperationType

from api.http_requests import EVENTS
from auth.browser_sessions import is_same_origin, session_authorization
from core.background import cancel
from subscriptions.rooms import Encoded

_CURSOR: Final = re.compile(r"[\w-]{1,500}", re.ASCII)
_END: Final = object()
EVENT_SOURCE: Final = cast("GraphQLRequestProtocol", "event-source")
"""The portal's own protocol, in addition to Strawberry's."""


class Events(SSETransport):
    """Events with ids."""

    def encode_next(self, response: GraphQLHTTPResponse, encode_json: JSONEncoder) -> str:
        """Return `response` as an event whose id is its cursor, if it has one."""
        event = super().encode_next(response, encode_json)
        cursor = _cursor_in(response)
        return event if cursor is None else f"id: {cursor}\r\n{event}"


class EventSourceEvents(Events):
    """Events for the dashboard's pages, which subscribe with their session cookie."""

    protocol = EVENT_SOURCE

    def accepts(self, accept: str) -> bool:  # noqa: ARG002  # the base's
        """Return False: the Accept header alone doesn't select this protocol."""
        return False

    def allowed_operation_types(
        self, allowed_operation_types: set[OperationType]
    ) -> Iterable[OperationType]:
        """Allow subscriptions only: a cookie may neither query nor change anything."""
        return allowed_operation_types & {OperationType.SUBSCRIPTION}

    def heartbeat_message(self, encode_json: JSONEncoder) -> str:  # noqa: ARG002  # the base's
        """Return an empty event, since scripts don't see comments."""
        return self.encode_event("ping")


def event_frame(encoded: Encoded) -> bytes:
    """Return an event that followers share."""
    response = cast("GraphQLHTTPResponse", encoded.response)
    return Events().encode_next(response, lambda _: encoded.payload.decode()).encode()


async def with_heartbeats(
    results: AsyncGenerator[object, None],
    encode: Callable[[object], Awaitable[str]],
    transport: HTTPStreamTransport,
    heartbeat: str,
) -> AsyncGenerator[str, None]:
    """Yield `results`, and a heartbeat whenever there is none for a while.

    The next result is only asked for when the one before has been sent. So while the subscription
    waits for events, none is under way.
    """
    result = asyncio.create_task(_next(results))
    try:
        while True:
            done, _ = await asyncio.wait({result}, timeout=transport.heartbeat_interval)
            if not done:
                yield heartbeat
            elif (value := result.result()) is _END:
                yield transport.encode_complete()
                return
            else:
                yield await encode(value)
                result = asyncio.create_task(_next(results))
    finally:
        await cancel([result])
        await results.aclose()


async def _next(results: AsyncGenerator[object, None]) -> object:
    return await anext(results, _END)


def _cursor_in(response: GraphQLHTTPResponse) -> str | None:
    """Return the `cursor` of a subscription's only root field; None without one or on errors."""
    data = response.get("data")
    if response.get("errors") or not isinstance(data, dict) or len(data) != 1:
        return None
    [event] = data.values()
    cursor = event.get("cursor") if isinstance(event, dict) else None
    return cursor if isinstance(cursor, str) and _CURSOR.fullmatch(cursor) else None


def resumed(
    variables: Mapping[str, Any] | None, last_event_id: str | None
) -> dict[str, Any] | None:
    """Return `variables` with the browser's last event id as `after`, if it sent one.

    It is newer than the cursor in the URL, which the browser requests again unchanged.
    """
    if not last_event_id:
        return None if variables is None else dict(variables)
    return {**(variables or {}), "after": last_event_id}


def session_of(request: Request | WebSocket, public_url: str) -> str | None:
    """Return the `Authorization` value of a session cookie sent by the dashboard's EventSource.

    None for every other request: a cookie only allows subscribing, and only by GET.
    """
    if (
        isinstance(request, WebSocket)
        or request.method != "GET"
        or request.headers.get("accept", "").strip().lower() != EVENTS
        or "authorization" in request.headers
        or not is_same_origin(request.headers, public_url)
    ):
        return None
    return session_authorization(request.cookies, public_url)
