"""Server-sent events, also for the browser's own EventSource.

As `graphql-sse` has them in its distinct-connections mode. What is added is the standard's
(https://html.spec.whatwg.org/multipage/server-sent-events.html): each event's id is its cursor, so
that a browser that was cut off says by itself what it has seen last.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestProtocol
from strawberry.http.streaming import JSONEncoder, SSETransport
from strawberry.types.graphql import OperationType

from api.http_requests import EVENTS
from auth.browser_sessions import is_same_origin, session_authorization

_CURSOR: Final = re.compile(r"[\w-]{1,500}", re.ASCII)
EVENT_SOURCE: Final = cast("GraphQLRequestProtocol", "event-source")
"""A protocol of our own beside Strawberry's."""


class Events(SSETransport):
    """Events with ids."""

    def encode_next(self, response: GraphQLHTTPResponse, encode_json: JSONEncoder) -> str:
        """Return `response` as an event, whose id is the cursor in it if it has one."""
        event = super().encode_next(response, encode_json)
        cursor = _cursor_in(response)
        return event if cursor is None else f"id: {cursor}\r\n{event}"


class EventSourceEvents(Events):
    """Events for a page of ours, which may follow by its cookie, and nothing else."""

    protocol = EVENT_SOURCE

    def accepts(self, accept: str) -> bool:  # noqa: ARG002  # the base's
        """Say no: a header alone does not lead here."""
        return False

    def allowed_operation_types(
        self, allowed_operation_types: set[OperationType]
    ) -> Iterable[OperationType]:
        """Return subscriptions only: no cookie asks or changes anything."""
        return allowed_operation_types & {OperationType.SUBSCRIPTION}

    def heartbeat_message(self, encode_json: JSONEncoder) -> str:  # noqa: ARG002  # the base's
        """Return an event that says nothing: a script can't hear comments."""
        return self.encode_event("ping")


def _cursor_in(response: GraphQLHTTPResponse) -> str | None:
    """Return the `cursor` of a subscription's only root field; None without, and with a fault."""
    data = response.get("data")
    if response.get("errors") or not isinstance(data, dict) or len(data) != 1:
        return None
    [event] = data.values()
    cursor = event.get("cursor") if isinstance(event, dict) else None
    return cursor if isinstance(cursor, str) and _CURSOR.fullmatch(cursor) else None


def resumed(
    variables: Mapping[str, Any] | None, last_event_id: str | None
) -> dict[str, Any] | None:
    """Return `variables` with the last id that a browser has seen as `after`, if it says one.

    It is newer than what stands in the address, which a browser asks again as it was.
    """
    if not last_event_id:
        return None if variables is None else dict(variables)
    return {**(variables or {}), "after": last_event_id}


def session_of(request: Request | WebSocket, public_url: str) -> str | None:
    """Return the `Authorization` of the session in the cookie of our own page's EventSource.

    None for every other request: by cookie nobody may do more than follow, and only by GET.
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
