"""What becomes of requests that a stopping server can't finish."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import Busy
from web.http.errors import portal_error_handler

_RETRY_AFTER: Final = 5
"""Seconds until another process can serve a client that a stopping one has cut off."""


class StoppingMiddleware:
    """Answers requests with 503 that the server cancels because it can't finish them in time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        has_begun = False

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                return
            stopping = Busy("The server is stopping.", retry_after=_RETRY_AFTER)
            response = await portal_error_handler(Request(scope), stopping)
            if not has_begun:
                await response(scope, receive, send)
