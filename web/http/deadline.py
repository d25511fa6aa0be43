"""A deadline for each request: whoever waits is told to try again, rather than nothing."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import Unavailable
from web.http.errors import portal_error_handler

REQUEST_SECONDS: Final = 25.0
"""How long a response may take to begin after the request has arrived. Clients and proxies commonly
wait for 30 seconds."""


class DeadlineMiddleware:
    """Responds with 503 to a request whose response doesn't begin in time.

    The request's task is cancelled. Transactions have tasks of their own, and finish. Streams, and
    what follows a response, are not limited.
    """

    def __init__(self, app: ASGIApp, seconds: float = REQUEST_SECONDS) -> None:
        self._app = app
        self._waits = _Waits(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        task = asyncio.current_task()
        assert task is not None
        wait, cancelled_before = _Wait(task), task.cancelling()
        is_arriving, has_begun = True, False

        async def receive_part() -> Message:
            nonlocal is_arriving
            if not is_arriving or wait.is_over:
                return await receive()
            # The protocol limits how long a client takes to send a body.
            self._waits.end(wait)
            message = await receive()
            is_arriving = bool(message.get("more_body"))
            if not has_begun:
                self._waits.begin(wait)
            return message

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            if not has_begun:
                has_begun = True
                self._waits.end(wait)
            await send(message)

        self._waits.begin(wait)
        try:
            await self._app(scope, receive_part, send_on)
        except asyncio.CancelledError:
            is_cancelled_by_others = task.cancelling() > cancelled_before + wait.is_over
            if not wait.is_over or is_cancelled_by_others or has_begun:
                raise
            error = Unavailable("This took too long. Try again shortly.")
            response = await portal_error_handler(Request(scope), error)
            await response(scope, receive, send)
        finally:
            self._waits.end(wait)
            if wait.is_over:
                task.uncancel()


@dataclass(slots=True, eq=False)
class _Wait:
    """Waiting for the response of a request's task, until time is over."""

    task: asyncio.Task[Any]
    is_over: bool = False


class _Waits:
    """Cancels the tasks of waits that take too long, with one timer for all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due_at: dict[_Wait, float] = {}
        """The waits that have begun, the earliest first."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, wait: _Wait) -> None:
        """Let `wait` begin now."""
        loop = wait.task.get_loop()
        self._due_at[wait] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look, loop)

    def end(self, wait: _Wait) -> None:
        """End `wait`, if it has begun and isn't over."""
        self._due_at.pop(wait, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel those whose time is over, and look again when that of the next is."""
        self._timer = None
        for wait, due_at in list(self._due_at.items()):
            if due_at > loop.time():
                self._timer = loop.call_at(due_at, self._look, loop)
                return
            self.end(wait)
            wait.is_over = True
            wait.task.cancel()
