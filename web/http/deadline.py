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
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.timeout(self._seconds)
        is_arriving, has_begun = True, False

        async def receive_part() -> Message:
            nonlocal is_arriving
            if not is_arriving or deadline.expired():
                return await receive()
            # The protocol limits how long a client takes to send a body.
            deadline.reschedule(None)
            message = await receive()
            is_arriving = bool(message.get("more_body"))
            if not has_begun:
                deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)
            return message

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            if not has_begun and not deadline.expired():
                deadline.reschedule(None)
            has_begun = True
            await send(message)

        try:
            async with deadline:
                await self._app(scope, receive_part, send_on)
        except TimeoutError:
            if not deadline.expired() or has_begun:
                raise
            error = Unavailable("This took too long. Try again shortly.")
            response = await portal_error_handler(Request(scope), error)
            await response(scope, receive, send)
