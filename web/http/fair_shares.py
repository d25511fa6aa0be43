"""Middleware that gives each client's requests their share of the process's time."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from auth.client_info import parse_client_ip, rate_limit_key
from core.fair_shares import FairShares, Meter
from errors import RateLimited
from settings import Settings
from web.http.errors import portal_error_handler

_HEALTH_CHECKS: Final = frozenset({"/healthz", "/readyz"})
_STREAM: Final = b"text/event-stream"


class FairSharesMiddleware:
    """Lets a request wait while its client has used more than its share.

    Event streams and websockets count until they are open. Health checks never wait.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._proxies = settings.trusted_proxies
        self._shares = FairShares(settings.share_per_client)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn."""
        if scope["type"] not in {"http", "websocket"} or scope["path"] in _HEALTH_CHECKS:
            await self._app(scope, receive, send)
            return
        try:
            turn = await self._shares.take(self._address_of(scope), _credential_of(scope))
        except RateLimited as refusal:
            await _refuse(scope, receive, send, refusal)
            return

        async def send_on(message: Message) -> None:
            if _opens(message):
                turn.end(meter.seconds)
            await send(message)

        meter = Meter(self._app(scope, receive, send_on))
        try:
            await meter
        finally:
            turn.end(meter.seconds)

    def _address_of(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else None
        return rate_limit_key(parse_client_ip(peer, scope["headers"], self._proxies))


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: RateLimited) -> None:
    request = Request({"method": "GET", **scope, "type": "http"})
    response = await portal_error_handler(request, refusal)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)


def _credential_of(scope: Scope) -> int | None:
    """Return what tells the credential in the header from others, or None without one."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return hash(value) if value else None
    return None


def _opens(message: Message) -> bool:
    """Whether `message` opens a websocket or an event stream."""
    if message["type"] == "websocket.accept":
        return True
    return message["type"] == "http.response.start" and any(
        name == b"content-type" and value.startswith(_STREAM) for name, value in message["headers"]
    )
