"""Middleware around every request: its id, log line, security headers and metrics."""

import re
import time
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog import get_logger
from structlog.contextvars import bound_contextvars

from db.availability import as_unavailable, log_unavailable
from settings import Settings

log = get_logger("invotify.request")

_MAX_LOGGED_PATH: Final = 500
"""Characters of a path in the log."""
_REQUESTS: Final = Counter("invotify_requests", "Requests answered.", ["route", "status"])
_SECONDS: Final = Histogram("invotify_request_seconds", "Time to answer.", ["route"])
_GRAPHIQL_CSP: Final = (
    "default-src 'self' https://esm.sh https://unpkg.com https://cdn.jsdelivr.net data:"
    " 'unsafe-inline'; frame-ancestors 'none'"
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


class RequestContextMiddleware:
    """Wraps the whole application, so that error responses have the headers, too."""

    def __init__(self, app: ASGIApp, *, over_https_only: bool = False) -> None:
        """Wrap `app`; `over_https_only` tells browsers to use HTTPS only (RFC 6797)."""
        self._app = app
        self._headers = HEADERS | (_STRICT_TRANSPORT if over_https_only else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with an id, and record its response.

        An unexpected error is logged here, with the request's id. It is raised again only if no
        response has begun, since the server would log it a second time without the id.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        started = time.perf_counter()
        answered: float | None = None
        status: int | None = None

        async def send_on(message: Message) -> None:
            nonlocal answered, status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = request_id
                if _is_graphiql(scope, headers):
                    headers["content-security-policy"] = _GRAPHIQL_CSP
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered = time.perf_counter()

        with bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_on)
            except Exception as error:
                _log_fault(error)
                if status is None:
                    raise
            finally:
                if scope["type"] == "http":
                    # Background tasks after the response don't count.
                    _record(scope, status or 500, (answered or time.perf_counter()) - started)


def _log_fault(error: Exception) -> None:
    """Log a bug with its traceback, and that the database is unavailable in one line."""
    if unavailable := as_unavailable(error):
        log_unavailable(unavailable)
    else:
        log.error("fault", exc_info=error)


def _is_graphiql(scope: Scope, headers: MutableHeaders) -> bool:
    return scope["path"] == "/graphql" and headers.get("content-type", "").startswith("text/html")


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = _route_of(scope["path"])
    _REQUESTS.labels(route, status).inc()
    _SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"][:_MAX_LOGGED_PATH],
        status=status,
        ms=round(seconds * 1000, 2),
    )


_ROUTES: Final = re.compile(
    r"/(graphql|checkout|invoices?|quotes?|credit-notes?|portal|preferences|unsubscribe|logo|company"
    r"|webhooks|dashboard|static|styles|healthz|readyz|metrics)(?:/|$)"
)


def _route_of(path: str) -> str:
    """Return the first part of a known path, so that requests can't create labels of metrics."""
    match = _ROUTES.match(path)
    return match.group(1) if match else "other"
