"""Sends live events straight to the connections of followers who receive the same bytes."""

from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Protocol

import orjson
from graphql import ExecutionResult
from graphql.pyutils import AwaitableOrValue

from core.direct_writes import WriteNow
from subscriptions.replay import Event
from subscriptions.rooms import Encoded, NotShareable


class EventExecutor(Protocol):
    """Executes the events of one subscription."""

    @property
    def event_key(self) -> Hashable:
        """What a result depends on, beyond the event."""

    def execute_event(self, source: object) -> AwaitableOrValue[ExecutionResult]:
        """Return the result for an event, whose fields are read from `source`."""


class ConnectionOutlet:
    """Executes the events of a subscription, and sends them through its connection.

    The executor and the resolver of the subscription complete it.
    """

    __slots__ = ("_frame", "_frame_key", "_write", "executor", "source_of")

    executor: EventExecutor
    source_of: Callable[[Event[Any]], object]

    def __init__(
        self, write: WriteNow, frame: Callable[[Encoded], bytes], frame_key: Hashable
    ) -> None:
        self._write = write
        self._frame = frame
        self._frame_key = frame_key

    @property
    def key(self) -> Hashable:
        """What the payload depends on, beyond the event."""
        return self.executor.event_key

    def encode(self, event: Event[Any]) -> Encoded | Coroutine[Any, Any, Encoded]:
        """Return the response to `event`. Raises NotShareable if there are errors in it."""
        result = self.executor.execute_event(self.source_of(event))
        if isinstance(result, ExecutionResult):
            return _encoded(result, event.sequence)
        return _wait(result, event.sequence)

    def send(self, encoded: Encoded) -> bool:
        """Send an event unless earlier ones are unread; whether it was sent."""
        frame = encoded.frames.get(self._frame_key)
        if frame is None:
            frame = encoded.frames[self._frame_key] = self._frame(encoded)
        return self._write(frame)


async def _wait(result: Awaitable[ExecutionResult], sequence: int) -> Encoded:
    return _encoded(await result, sequence)


def _encoded(result: ExecutionResult, sequence: int) -> Encoded:
    if result.errors:
        raise NotShareable
    response = {"data": result.data}
    return Encoded(response=response, sequence=sequence, payload=orjson.dumps(response))
