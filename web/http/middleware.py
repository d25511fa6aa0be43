"""Middleware around every request: its id, log line, security headers and metrics."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from http import HTTPStatus
from random import getrandbits
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog import get_logger

from auth.client_info import network_of
from core import counted_limits
from core.logging import log_request, mask
from core.telemetry import request_notes
from core.telemetry.metrics import REQUEST_SECONDS, REQUESTS, STREAMS, STREAMS_OPEN
from core.telemetry.tracing import Span, span, traceparent
from db.availability import as_unavailable, log_unavailable
from settings import Settings
from web.http.errors import server_error_handler

Header: TypeAlias = tuple[bytes, bytes]

log = get_logger("invotify.request")

_CSP: Final = b"content-security-policy"
_GRAPHQL: Final = "/graphql"
_EVENTS: Final = b"text/event-stream"
_HTML: Final = b"text/html"
"""The type of GraphiQL, if it is a response of GraphQL's."""
_GRAPHIQL_CSP: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:;"
    b" img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_CSP: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self';{} base-uri 'none';"
    " form-action {}; frame-ancestors 'none'"
)
_SCRIPTS_CSP: Final = " script-src 'self'; connect-src 'self';"
"""Added for pages with scripts, which fetch only the page's own PDF."""
STRIPE_CHECKOUT: Final = "https://checkout.stripe.com"
"""The origin of the page on which clients pay."""
STRIPE_CONNECT: Final = "https://connect.stripe.com"
"""The origin of the page on which a business sets up its account."""
HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": _PAGE_CSP.format("", "'self'"),
}
"""Headers of every response, unless it sets its own."""
_VARY: Final = b"vary"
_REQUEST_ID: Final = b"x-request-id"
_SAFE_ID: Final = re.compile(rb"[A-Za-z0-9._~+/=-]{1,128}")
_KEY: Final = b"inv_"
"""What secrets begin with. They don't belong in the log."""
_TRACE_PARENT: Final = b"traceparent"
_TRACE: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_STRICT_TRANSPORT: Final = {"strict-transport-security": "max-age=31536000"}
"""For a year. Without includeSubDomains, because other hosts may share our domain."""


def page_headers(settings: Settings, *, pays: bool, has_scripts: bool) -> dict[str, str]:
    """Return the headers of a page with scripts, or with a form that leads to Stripe's page."""
    origins = " ".join(form_origins(settings, STRIPE_CHECKOUT)) if pays else "'self'"
    scripts = _SCRIPTS_CSP if has_scripts else ""
    return {"content-security-policy": _PAGE_CSP.format(scripts, origins)}


def form_origins(settings: Settings, stripe: str) -> list[str]:
    """Return the `form-action` sources of a form that redirects to Stripe's page at `stripe`.

    Browsers apply `form-action` to redirects, too. The Stripe sandbox serves its own pages, so its
    origin is added where it is used.
    """
    origins = ["'self'", stripe]
    if settings.stripe_api_base is not None:
        base = urlsplit(settings.stripe_api_base)
        origins.append(f"{base.scheme}://{base.netloc.rpartition('@')[2]}")
    return origins


class _Ids(NamedTuple):
    """The ids of a request."""

    request: str
    """The client's, if it sent one."""
    parent: str | None
    """The span of the client that the request belongs to."""
    headers: Sequence[Header]
    """The headers of the response that name them."""


def _ids_of(headers: Iterable[Header]) -> _Ids:
    """Return the ids of a request. Those that a client sends must be safe in headers and the log.

    The trace's is that of https://www.w3.org/TR/trace-context/.
    """
    own_id = f"{getrandbits(128):032x}"
    request_id, parent = own_id, None
    answered: list[Header] = []
    for name, value in headers:
        if name == _REQUEST_ID and _SAFE_ID.fullmatch(value) and _KEY not in value:
            request_id = value.decode()
        elif name == _TRACE_PARENT and (trace := _TRACE.fullmatch(value)):
            parent = value.decode()
            answered.append((b"traceresponse", b"00-%b-%b-00" % (trace[1], own_id[:16].encode())))
    answered.append((_REQUEST_ID, request_id.encode()))
    return _Ids(request_id, parent, answered)


class RequestContextMiddleware:
    """Wraps the whole application, so that error responses have the headers, too."""

    def __init__(self, app: ASGIApp, *, over_https_only: bool = False) -> None:
        """Wrap `app`; `over_https_only` tells browsers to use HTTPS only (RFC 6797)."""
        self._app = app
        headers = HEADERS | (_STRICT_TRANSPORT if over_https_only else {})
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        # Those to other origins have more headers (web/http/cors.py).
        self._headers.append((_VARY, b"Origin"))
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with an id, and record its response.

        An unexpected error is logged here, with the request's id, and answered with 500 unless a
        response has begun.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._completed)
        with span("request", kind="server", parent=exchange.ids.parent) as exchange.span:
            try:
                await self._app(scope, receive, exchange.send)
            except Exception as error:
                _log_fault(error)
                if exchange.has_begun:
                    return
                if scope["type"] != "http":
                    raise
                response = await server_error_handler(Request(scope), error)
                await response(scope, receive, exchange.send)
            finally:
                request_notes.end()
                exchange.end()

    def _completed(self, scope: Scope, headers: Sequence[Header]) -> list[Header]:
        """Return a response's headers with those of ours that it doesn't set itself."""
        names = {name for name, _ in headers}
        if scope["path"] == _GRAPHQL and _has_type(headers, _HTML):
            headers, names = [*headers, (_CSP, _GRAPHIQL_CSP)], {*names, _CSP}
        if names.isdisjoint(self._names):
            return [*headers, *self._headers]
        if _VARY in names:
            headers = _varying(headers)
        return [*headers, *_except(names, self._headers)]


class _Exchange:
    """A request on its way in and a response on its way out, which is counted and logged once."""

    def __init__(
        self,
        scope: Scope,
        send: Send,
        completed: Callable[[Scope, Sequence[Header]], list[Header]],
    ) -> None:
        self.ids = _ids_of(scope["headers"])
        self._scope = scope
        self._send = send
        self._completed = completed
        self._counted = counted_limits.gather()
        self._notes = request_notes.gather(self.ids.request)
        self._started = time.perf_counter()
        self._answered: float | None = None
        self._status: int | None = None
        self.span: Span | None = None
        self._stream: str | None = None
        """The protocol of a stream or websocket, once it has begun."""

    @property
    def has_begun(self) -> bool:
        """Whether the client gets a response."""
        return self._status is not None

    async def send(self, message: Message) -> None:
        """Send a message of the response."""
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            self._status = message["status"]
            if self._scope["path"] == _GRAPHQL and _has_type(headers, _EVENTS):
                self._begin_stream("sse")
            headers = self._completed(self._scope, headers)
            headers.extend(self.ids.headers)
            headers.extend(counted_limits.headers_of(self._counted))
            message["headers"] = headers
        elif self._status is None and self._scope["type"] == "websocket":
            self._status = _status_of_websocket(message)
            if self._status == HTTPStatus.SWITCHING_PROTOCOLS:
                self._begin_stream("websocket")
            else:
                self._record(self._status, time.perf_counter())
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._answered = time.perf_counter()

    def end(self) -> None:
        """Record a response, unless it was a stream, which was recorded when it began."""
        if self._stream is not None:
            STREAMS_OPEN.labels(self._stream).dec()
        elif self._scope["type"] == "http":
            # Background tasks after the response don't count.
            self._record(self._status or 500, self._answered or time.perf_counter())

    def _begin_stream(self, protocol: str) -> None:
        """Record a response that has no end: how long it is open says nothing about our speed."""
        assert self._status is not None
        self._record(self._status, time.perf_counter())
        STREAMS.labels(protocol).inc()
        STREAMS_OPEN.labels(protocol).inc()
        self._stream = protocol

    def _record(self, status: int, answered: float) -> None:
        seconds = answered - self._started
        route = _route_of(self._scope["path"])
        count, observe = _metrics(route, status)
        count()
        observe(seconds)
        log_request(
            method=self._scope.get("method", "GET"),
            path=self._scope["path"],
            status=status,
            seconds=seconds,
            request_id=self.ids.request,
            details=self._details(),
        )
        if self.span is not None:
            self.span.finish(
                f"{self._scope.get('method', 'GET')} /{route}",
                failed=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
                http__response__status_code=status,
                graphql__operation__name=self._notes.operation and mask(self._notes.operation),
                request_id=self.ids.request,
            )

    def _details(self) -> dict[str, str]:
        """Return what the line in the log says about the client and what it wanted."""
        details = {}
        if parent := traceparent() or self.ids.parent:
            details["trace_id"] = parent.split("-")[1]
        notes = self._notes
        if notes.ip is not None:
            details["network"] = network_of(notes.ip)
        if notes.company_id is not None:
            details["company_id"] = str(notes.company_id)
        if notes.operation is not None:
            details["operation"] = notes.operation
        return details


def _except(names: set[bytes], headers: Sequence[Header]) -> list[Header]:
    return [header for header in headers if header[0] not in names]


def _varying(headers: Sequence[Header]) -> list[Header]:
    """Return `headers` with a single Vary header, which ends with Origin."""
    varies = [value for name, value in headers if name == _VARY]
    if varies[-1].endswith(b"Origin"):
        return list(headers)
    others = [header for header in headers if header[0] != _VARY]
    return [*others, (_VARY, b", ".join([*varies, b"Origin"]))]


def _has_type(headers: Iterable[Header], media_type: bytes) -> bool:
    return dict(headers).get(b"content-type", b"").startswith(media_type)


def _log_fault(error: Exception) -> None:
    """Log a bug with its traceback, and that the database is unavailable in one line."""
    if unavailable := as_unavailable(error):
        log_unavailable(unavailable)
    else:
        log.error("fault", exc_info=error)


def _status_of_websocket(message: Message) -> int:
    """Return the status of the response that the server makes of an application's first message."""
    match message:
        case {"type": "websocket.accept"}:
            return HTTPStatus.SWITCHING_PROTOCOLS.value
        case {"type": "websocket.http.response.start"}:
            return int(message["status"])
        case _:
            return HTTPStatus.FORBIDDEN.value


@cache
def _metrics(route: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
    """Return what counts a response, and what measures it."""
    return REQUESTS.labels(route, status).inc, REQUEST_SECONDS.labels(route).observe


_ROUTES: Final = re.compile(
    r"/(graphql|graphiql|checkout|invoices?|quotes?|credit-notes?|portal|preferences|unsubscribe"
    r"|sample-invoice|logo|company|webhooks|dashboard|static|styles|healthz|readyz|metrics)(?:/|$)"
)


def _route_of(path: str) -> str:
    """Return the first part of a known path, so that requests can't create labels of metrics."""
    match = _ROUTES.match(path)
    return match.group(1) if match else "other"
