"""A deadline for each request: whoever waits is told to try again, rather than nothing."""

import asyncio
from typing import Final

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
        self._deadlines = _Deadlines(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.timeout(None)
        is_arriving, has_begun = True, False

        async def receive_part() -> Message:
            nonlocal is_arriving
            if not is_arriving or deadline.expired():
                return await receive()
            # The protocol limits how long a client takes to send a body.
            self._deadlines.stop(deadline)
            message = await receive()
            is_arriving = bool(message.get("more_body"))
            if not has_begun:
                self._deadlines.start(deadline)
            return message

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            if not has_begun:
                has_begun = True
                self._deadlines.stop(deadline)
            await send(message)

        try:
            async with deadline:
                self._deadlines.start(deadline)
                try:
                    await self._app(scope, receive_part, send_on)
                finally:
                    self._deadlines.stop(deadline)
        except TimeoutError:
            if not deadline.expired() or has_begun:
                raise
            error = Unavailable("This took too long. Try again shortly.")
            response = await portal_error_handler(Request(scope), error)
            await response(scope, receive, send)


class _Deadlines:
    """Lets timeouts expire after the same time, with one timer for all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started_at: dict[asyncio.Timeout, float] = {}
        """Those that are running, the oldest first."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self, timeout: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        self._started_at[timeout] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._expire, loop)

    def stop(self, timeout: asyncio.Timeout) -> None:
        self._started_at.pop(timeout, None)
        if timeout.when() is not None and not timeout.expired():
            timeout.reschedule(None)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let those expire whose time is over, and look again when that of the next is."""
        self._timer = None
        for timeout, started_at in list(self._started_at.items()):
            due_at = started_at + self._seconds
            if due_at > loop.time():
                self._timer = loop.call_at(due_at, self._expire, loop)
                return
            del self._started_at[timeout]
            timeout.reschedule(due_at)
