"""uvicorn's HTTP/1.1 and websocket protocols, with limits and deadlines on each connection.

A connection costs memory and a descriptor for as long as it is open. So a client that is silent in
the middle of a request, sends it byte by byte, or doesn't read its response loses the connection.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from auth.client_info import client_ip
from core.direct_writes import WRITE_NOW
from core.telemetry.metrics import CONNECTIONS_DROPPED
from core.websocket_codes import TRY_AGAIN_LATER
from web.http.connection_limits import Admission, ConnectionLimits
from web.http.draining import is_draining
from web.http.joined_writes import JoinedWrites

MAX_HEAD: Final = 64 * 1024
"""Bytes of the request line and headers. Without a limit, a worker would read on for ever."""
_CHUNK_FRAME: Final = 6
"""The most bytes of framing for each byte of a chunked body."""
_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
"""A host and a port of RFC 3986."""
HEAD_SECONDS: Final = 10.0
"""How long a new connection, or a started request, may take to send a complete head."""
BODY_SECONDS: Final = 30.0
MIN_BODY: Final = 15_000
"""Bytes that must arrive every BODY_SECONDS, until the body is complete."""
READ_SECONDS: Final = 30.0
"""How long a client may take to read what we have sent, before the connection is reset."""
FOLLOWER_SECONDS: Final = 10.0
"""The same for followers, which are then told to resume later."""
_EVENTS: Final = b"text/event-stream"
PROXY_KEEP_ALIVE: Final = 620
"""Seconds for which an idle connection from a trusted proxy stays open. The proxy must be the one
that closes it, or it may send a request to us while we do. Google's keep theirs for 600 seconds,
Amazon's and nginx for 60."""
_LAST_REQUEST: Final = 1.0
"""How long a new connection may take to send its request when the process ends."""
_HEALTH_CHECKS: Final = (b"/healthz", b"/readyz")
CONNECTION_LIMITS: Final = "connection_limits"
"""The key of the ConnectionLimits in the lifespan's state."""

_LOGGER: Final = logging.getLogger("websockets.server")
"""It logs what goes wrong. Otherwise, uvicorn and the library log that each connection is opened,
which the middleware does."""


class InvalidHost(Exception):
    """The request doesn't have exactly one valid Host header."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses too many connections, and requests that are too slow or have too long a head.

    Also rejects those without exactly one valid Host, as RFC 9112 3.2 demands: servers that take
    different ones could be led to treat one request as two different ones.
    """

    _overhead = 0
    _body_received = 0
    _ip: str | None = None
    _admission = Admission.NOTHING
    _expected: tuple[float, Callable[[], None]] | None = None
    """Seconds to wait for what the client has to send next, and what to do then."""
    _deadline: asyncio.TimerHandle | None = None
    _read_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and refuse it over the limits."""
        super().connection_made(transport)
        self._ip = client_ip(self.client[0] if self.client else None, "", ())
        self._admission = _limits_of(self.app_state).admit(self._ip)
        _limits_of(self.app_state).add(self._ip)
        _reset_if_unread(transport)
        if _limits_of(self.app_state).is_proxy(self._ip):
            self.timeout_keep_alive = PROXY_KEEP_ALIVE
        if self._admission is Admission.NOTHING:
            self._refuse(b"429 Too Many Requests", "too_many")
            return
        if self._admission is Admission.HEALTH_CHECKS:
            self.app = _unless_health_check(self.app)
        self._expect(HEAD_SECONDS, self._on_late_head)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._expect_nothing()
        self.resume_writing()
        _limits_of(self.app_state).remove(self._ip)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the websocket protocol, which counts it from here on."""
        self._expect_nothing()
        if self._admission is Admission.HEALTH_CHECKS:
            self._refuse(b"503 Service Unavailable", "full")
            return
        super().handle_websocket_upgrade()
        _limits_of(self.app_state).remove(self._ip)

    def shutdown(self) -> None:
        """Finish the response before the connection, but cut off a stream, which has no end.

        Its client reconnects at once, to another process or to the next one on this port.
        """
        if self.cycle is None:
            # It was opened just now, and its request is on the way.
            self._expect(_LAST_REQUEST, self.transport.close)
            self._wait()
            return
        if not self._is_streaming():
            super().shutdown()
            return
        self.cycle.transport.write(b"0\r\n\r\n")
        self.cycle.transport.close()
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _is_streaming(self) -> bool:
        """Whether a response is under way that is a stream of events."""
        return (
            self.cycle is not None
            and self.cycle.chunked_encoding is True
            and not self.cycle.response_complete
            and _accepts_events(self.headers)
        )

    def _start_asgi_task(
        self,
        cycle: RequestResponseCycle,
        app: Any,  # noqa: ANN401  # uvicorn's union of applications
    ) -> None:
        """Let the response to a request, which may have waited in the pipeline, begin."""
        has_body = cycle.scope["method"] != "HEAD"
        joined = JoinedWrites(self.transport, self.loop, has_body=has_body)
        cycle.transport = cast("asyncio.Transport", joined)
        if _accepts_events(cycle.scope["headers"]):
            extensions: dict[str, Any] = cycle.scope.setdefault("extensions", {})
            extensions[WRITE_NOW] = partial(_write_now, cycle)
        if is_draining():
            cycle.keep_alive = False
        super()._start_asgi_task(cycle, app)

    # --- what the client sends ---------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Handle received bytes, and reject the request once there are too many."""
        super().data_received(data)
        self._overhead += len(data)
        if self._overhead > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")
        self._wait()

    def on_message_begin(self) -> None:
        """Reset the count of bytes, and expect the head."""
        self._overhead = 0
        if self._deadline is None:
            self._expect(HEAD_SECONDS, self._on_late_head)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Check the Host, and expect the body.

        Raises InvalidHost, which the parser turns into a response of 400.
        """
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
            raise InvalidHost
        if not hosts and self.parser.get_http_version() != "1.0":
            raise InvalidHost
        self._body_received = 0
        self._expect(BODY_SECONDS, self._on_body_checked)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Leave the body and its framing out of the count."""
        self._overhead -= len(body) * _CHUNK_FRAME
        self._body_received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect nothing more of the client."""
        self._expect_nothing()
        super().on_message_complete()

    def _expect(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._expect_nothing()
        self._expected = seconds, otherwise

    def _wait(self) -> None:
        """Begin to wait for what is expected. Mostly it has arrived, and nothing is."""
        if self._expected is not None:
            self._deadline = self.loop.call_later(*self._expected)
            self._expected = None

    def _expect_nothing(self) -> None:
        self._expected = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_late_head(self) -> None:
        if self.flow.read_paused:
            self._expect(HEAD_SECONDS, self._on_late_head)
            self._wait()
            return
        self._refuse(b"408 Request Timeout", "slow_head")

    def _on_body_checked(self) -> None:
        """Go on waiting if enough of the body has arrived, or if it is us who don't read."""
        if self._body_received < MIN_BODY and not self.flow.read_paused:
            self._refuse(b"408 Request Timeout", "slow_body")
            return
        self._body_received = 0
        self._expect(BODY_SECONDS, self._on_body_checked)
        self._wait()

    def _refuse(self, status: bytes, reason: str) -> None:
        """Close the connection; answer with `status` unless a response has begun."""
        CONNECTIONS_DROPPED.labels(reason).inc()
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 %b\r\ncontent-length: 0\r\nretry-after: 10\r\nconnection: close\r\n\r\n"
                % status
            )
        self.transport.close()

    # --- what it doesn't read ------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Wait until the client has read, but not for ever."""
        super().pause_writing()
        self._read_deadline = self.loop.call_later(READ_SECONDS, self._on_unread)

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        if self._read_deadline is not None:
            self._read_deadline.cancel()
            self._read_deadline = None
        super().resume_writing()

    def _on_unread(self) -> None:
        CONNECTIONS_DROPPED.labels("unread").inc()
        self.transport.abort()


class BoundedWebSocketProtocol(WebSocketsSansIOProtocol):
    """Tells a follower that doesn't read to resume later, and forgets what it hasn't read."""

    _ip: str | None = None
    _is_unread = False
    """Whether the follower has yet to read much of what was written."""
    _read_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        super().connection_made(transport)
        self.logger = self.conn.logger = _LOGGER
        self._ip = client_ip(self.client[0] if self.client else None, "", ())
        _limits_of(self.app_state).add(self._ip)

    def handle_connect(self, event: Request) -> None:
        """Let the application write frames directly."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            cast("dict[str, Any]", self.scope["extensions"])[WRITE_NOW] = self.write_now

    def start_keepalive(self) -> None:
        """Forget the handshake, of which nothing is needed once it is complete."""
        self.request.headers.clear()  # the parser keeps the request
        del self.request, self.response
        super().start_keepalive()

    def write_now(self, frame: bytes) -> bool:
        """Write a frame unless the follower hasn't read what is before it; whether it was written.

        Frames with extensions can't be shared: each connection compresses its own.
        """
        conn = self.conn
        if self._is_unread or conn.state is not State.OPEN or conn.extensions:
            return False
        self.transport.write(frame)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._stop_waiting()
        _limits_of(self.app_state).remove(self._ip)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until the follower has read, but not for ever."""
        super().pause_writing()
        self._is_unread = True
        self._stop_waiting()
        self._read_deadline = self.loop.call_later(FOLLOWER_SECONDS, self._on_unread)

    def resume_writing(self) -> None:
        """Go on: the follower has read."""
        self._is_unread = False
        self._stop_waiting()
        super().resume_writing()

    def _stop_waiting(self) -> None:
        if self._read_deadline is not None:
            self._read_deadline.cancel()
            self._read_deadline = None

    def _on_unread(self) -> None:
        """Close with TRY_AGAIN_LATER, and reset the connection if that isn't read either."""
        if self.close_sent:
            self.transport.abort()
            return
        CONNECTIONS_DROPPED.labels("unread").inc()
        reason = "Resume later from your last cursor."
        self.conn.send_close(TRY_AGAIN_LATER, reason)
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": TRY_AGAIN_LATER, "reason": reason}
        )
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._read_deadline = self.loop.call_later(FOLLOWER_SECONDS, self._on_unread)


def _write_now(cycle: RequestResponseCycle, part: bytes) -> bool:
    """Write a part of a stream, unless its client hasn't read what is before it; whether it did."""
    if not cycle.response_started or cycle.response_complete or not cycle.chunked_encoding:
        return False
    if cycle.disconnected or cycle.flow.write_paused or cycle.transport.is_closing():
        return False
    cycle.transport.write(b"%x\r\n%b\r\n" % (len(part), part))
    return True


def _accepts_events(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"accept" and _EVENTS in value for name, value in headers)


def _limits_of(app_state: dict[str, Any]) -> ConnectionLimits:
    return cast("ConnectionLimits", app_state[CONNECTION_LIMITS])


def _reset_if_unread(transport: asyncio.BaseTransport) -> None:
    """Let the system reset the connection if data isn't read, even after we have closed it."""
    connection = transport.get_extra_info("socket")
    if connection.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READ_SECONDS * 1000))


def _unless_health_check(app: Any) -> Any:  # noqa: ANN401  # uvicorn's union of applications
    """Return an application that answers health checks as `app` does, and the rest with 503."""

    async def health_checks_only(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http" and scope["raw_path"] in _HEALTH_CHECKS:
            await app(scope, receive, send)
            return
        CONNECTIONS_DROPPED.labels("full").inc()
        headers = [(b"content-length", b"0"), (b"retry-after", b"10"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return health_checks_only
