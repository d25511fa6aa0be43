"""Server-sent events, also for the browser's EventSource.

They follow the distinct-connections mode of `graphql-sse`, and use the event id of the standard
(https://html.spec.whatwg.org/multipage/server-sent-events.html) for the cursor: a browser that
reconnects sends the last one by itself.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Final, cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestProtocol
from strawberry.http.streaming import JSONEncoder, SSETransport
from strawberry.types.graphql import OperationType

from api.http.negotiation import EVENTS, JSON
from auth.browser_sessions import is_same_origin, session_authorization
from core.background import cancel
from core.direct_writes import WriteNow
from errors import BadInput, Forbidden, NotFound, QueryTooComplex, Unauthenticated
from services.common.pagination import encode_cursor
from subscriptions.rooms import Encoded

_END: Final = object()
STATUS_OF_REFUSAL: Final = {
    error.code.value: error.status for error in (Unauthenticated, Forbidden)
}
"""Statuses of streams that are refused. Other errors are events."""
_STATUS_OF_REFUSAL_BY_GET: Final = STATUS_OF_REFUSAL | {
    error.code.value: error.status for error in (BadInput, NotFound, QueryTooComplex)
}
"""Statuses of streams that are refused to a browser's EventSource.

A retry wouldn't help against these errors, but once a stream has begun, an EventSource reconnects
for ever. Clients that send a POST read errors from events, and most ignore the body of any other
response.
"""
EVENT_SOURCE: Final = cast("GraphQLRequestProtocol", "event-source")
"""The portal's own protocol, in addition to Strawberry's."""


class Events(SSETransport):
    """Events with ids."""

    def encode_next(
        self,
        response: GraphQLHTTPResponse,
        encode_json: JSONEncoder,
        cursor: str | None = None,
    ) -> str:
        """Return `response` as an event, with its cursor as its id."""
        event = super().encode_next(response, encode_json)
        return event if cursor is None else f"id: {cursor}\n{event}"

    def encode_start(self, cursor: str) -> str:
        """Return an id without an event, from which a client can resume before its first event."""
        return f"id: {cursor}\n\n"

    def encode_event(self, event: str, data: str | None = None) -> str:
        """Return an event whose lines end with LF, as some clients expect. JSON has no lines."""
        return f"event: {event}\ndata: {data or ''}\n\n"

    def encode_comment(self, comment: str) -> str:
        """Return what clients ignore."""
        return f": {comment}\n\n"


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
    cursor = encode_cursor(encoded.sequence)
    event = Events().encode_next(response, lambda _: encoded.payload.decode(), cursor)
    return event.encode()


class StreamStart:
    """Where a stream begins. The client learns this before the first event."""

    def __init__(self) -> None:
        self.cursor: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.is_sent = False

    def begin(self, cursor: str) -> None:
        """Let the stream begin after `cursor`."""
        if not self.cursor.done():
            self.cursor.set_result(cursor)

    def guard(self, write: WriteNow) -> WriteNow:
        """Return `write`, which writes nothing before the client knows the beginning."""
        return lambda frame: self.is_sent and write(frame)


class EventStream:
    """The results of a subscription as events, with a heartbeat whenever there is none for a while.

    The next result is only asked for when the one before has been sent. So while the subscription
    waits for events, none is under way.
    """

    def __init__(
        self,
        results: AsyncGenerator[object, None],
        encode: Callable[[object], Awaitable[str]],
        transport: Events,
        heartbeat: str,
        start: StreamStart,
    ) -> None:
        self._results = results
        self._encode = encode
        self._transport = transport
        self._heartbeat = heartbeat
        self._start = start
        self._result: asyncio.Task[object]

    async def refusal(self, codes: Collection[str]) -> GraphQLError | None:
        """Wait for the beginning; return the error with one of `codes` that comes in its place.

        From then on, the stream must be closed.
        """
        self._result = asyncio.create_task(_next(self._results))
        begins: set[asyncio.Future[Any]] = {self._result, self._start.cursor}
        await asyncio.wait(begins, return_when=asyncio.FIRST_COMPLETED)
        if self._start.cursor.done():
            return None
        for error in getattr(self._result.result(), "errors", None) or ():
            if (error.extensions or {}).get("code") in codes:
                return cast("GraphQLError", error)
        return None

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """Yield where the stream begins, and its events."""
        waiting_for: set[asyncio.Future[Any]] = {self._result, self._start.cursor}
        while True:
            done, _ = await asyncio.wait(
                waiting_for,
                timeout=self._transport.heartbeat_interval,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if self._start.cursor in done:
                yield self._transport.encode_start(self._start.cursor.result())
                self._start.is_sent = True
            elif not done:
                yield self._heartbeat
            elif (value := self._result.result()) is _END:
                yield self._transport.encode_complete()
                return
            else:
                yield await self._encode(value)
                self._result = asyncio.create_task(_next(self._results))
            waiting_for = {self._result}
            if not self._start.cursor.done():
                waiting_for.add(self._start.cursor)

    async def close(self) -> None:
        """End the subscription."""
        self._start.cursor.cancel()
        await cancel([self._result])
        await self._results.aclose()


class EventStreamResponse(StreamingResponse):
    """The response to a subscription, or its refusal."""

    def __init__(self, stream: EventStream, headers: Mapping[str, str]) -> None:
        super().__init__(aiter(stream), headers=headers)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events. A refusal has a status of its own, so that browsers don't reconnect."""
        statuses = _STATUS_OF_REFUSAL_BY_GET if scope["method"] == "GET" else STATUS_OF_REFUSAL
        try:
            refusal = await self._stream.refusal(statuses)
            if refusal is None:
                await super().__call__(scope, receive, send)
            else:
                await _refusal_response(refusal, statuses)(scope, receive, send)
        finally:
            await self._stream.close()


def _refusal_response(refusal: GraphQLError, statuses: Mapping[str, int]) -> Response:
    status = statuses[(refusal.extensions or {})["code"]]
    headers = {"www-authenticate": "Bearer"} if status == Unauthenticated.status else None
    return Response(orjson.dumps({"errors": [refusal.formatted]}), status, headers, JSON)


async def _next(results: AsyncGenerator[object, None]) -> object:
    return await anext(results, _END)


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
