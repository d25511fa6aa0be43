"""When a request runs, and for how long: clients take turns, and requests have a deadline."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from auth.client_info import parse_client_ip, rate_limit_key
from core.fair_shares import FairShares, Meter, Turn
from core.telemetry.request_notes import note_client
from errors import Busy, PortalError, RateLimited, Text, Unavailable
from settings import Settings
from web.http.deadline import REQUEST_SECONDS, Deadline, Deadlines
from web.http.errors import portal_error_handler

_RETRY_AFTER: Final = 5
"""Seconds until another process can serve a client that a stopping one has cut off."""
_HEALTH_CHECKS: Final = frozenset({"/healthz", "/readyz"})
_STREAM: Final = b"text/event-stream"


class TurnMiddleware:
    """Lets a request wait while its client has used more than its share, and limits its time.

    A request whose response doesn't begin in time, or which a stopping server can't finish, is
    cancelled and answered with 503. Transactions have tasks of their own, and finish. Streams, what
    follows a response, and websockets may take any time, and count as their client's work until
    they are open. Health checks never wait.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, *, seconds: float = REQUEST_SECONDS
    ) -> None:
        self._app = app
        self._proxies = settings.trusted_proxies
        self._shares = FairShares(settings.share_per_client)
        self._deadlines = Deadlines(seconds)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on when it is its turn."""
        if scope["type"] == "lifespan":
            return self._app(scope, receive, send)
        return self._limit_time(scope, receive, send)

    async def _limit_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_http = scope["type"] == "http"
        deadline = self._deadlines.for_this_task()
        exchange = _Exchange(receive, send, deadline, is_arriving=is_http)
        if is_http:
            deadline.start()
        try:
            await self._take_turn(scope, exchange)
        except asyncio.CancelledError:
            if is_http and not exchange.has_begun:
                await _refuse(scope, exchange, _reason_of_cancellation(deadline))
        finally:
            deadline.close()

    async def _take_turn(self, scope: Scope, exchange: "_Exchange") -> None:
        if scope["path"] in _HEALTH_CHECKS:
            await self._app(scope, exchange.receive, exchange.send)
            return
        try:
            turn = await self._shares.take(self._address_of(scope), _credential_of(scope))
        except RateLimited as refusal:
            await _refuse(scope, exchange, refusal)
            return
        meter = Meter(self._app(scope, exchange.receive, exchange.send))
        exchange.work = turn, meter
        try:
            await meter
        finally:
            turn.end(meter.seconds)

    def _address_of(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else None
        ip = parse_client_ip(peer, scope["headers"], self._proxies)
        note_client(ip)
        return rate_limit_key(ip)


class _Exchange:
    """A request and its response: whether the one has arrived, and the other has begun."""

    __slots__ = ("_deadline", "_is_arriving", "_receive", "_send", "has_begun", "work")

    work: tuple[Turn, Meter]
    """The turn in which the request is handled, and how long that has taken."""

    def __init__(
        self, receive: Receive, send: Send, deadline: Deadline, *, is_arriving: bool
    ) -> None:
        self._receive = receive
        self._send = send
        self._deadline = deadline
        self._is_arriving = is_arriving
        self.has_begun = False

    async def receive(self) -> Message:
        """Receive a message. The protocol limits how long a client takes to send a body."""
        if not self._is_arriving or self._deadline.is_missed:
            return await self._receive()
        self._deadline.stop()
        message = await self._receive()
        self._is_arriving = bool(message.get("more_body"))
        if not self.has_begun:
            self._deadline.start()
        return message

    async def send(self, message: Message) -> None:
        """Send a message. An event stream or a websocket ends the turn when it opens."""
        if not self.has_begun:
            self.has_begun = True
            self._deadline.stop()
            if _opens(message):
                turn, meter = self.work
                turn.end(meter.seconds)
        await self._send(message)


def _reason_of_cancellation(deadline: Deadline) -> PortalError:
    if deadline.is_only_cause:
        return Unavailable(Text("This took too long. Try again shortly."))
    return Busy(Text("The server is stopping."), retry_after=_RETRY_AFTER)


async def _refuse(scope: Scope, exchange: _Exchange, refusal: PortalError) -> None:
    request = Request({"method": "GET", **scope, "type": "http"})
    response = await portal_error_handler(request, refusal)
    if scope["type"] == "websocket":
        websocket = WebSocket(scope, exchange.receive, exchange.send)
        await websocket.send_denial_response(response)
    else:
        await response(scope, exchange.receive, exchange.send)


def _credential_of(scope: Scope) -> int | None:
    """Return what tells the credential in the header from others, or None without one."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return hash(value) if value else None
    return None


def _opens(message: Message) -> bool:
    """Whether the first message opens a websocket or an event stream."""
    if message["type"] == "websocket.accept":
        return True
    if message["type"] != "http.response.start":
        return False
    content_type: bytes = dict(message["headers"]).get(b"content-type", b"")
    return content_type.startswith(_STREAM)
