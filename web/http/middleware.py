"""What happens around every request: an id, a line in the log, the headers of C6, the figures."""

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

from settings import Settings

log = get_logger("invotify.request")

_LOGGED_PATH: Final = 500
"""Characters of a path that the log keeps."""
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
"""What pages with scripts of ours add: they fetch nothing but the page's own PDF."""
STRIPE_CHECKOUT: Final = "https://checkout.stripe.com"
"""Where Stripe's page is, on which clients pay."""
STRIPE_CONNECT: Final = "https://connect.stripe.com"
"""Where Stripe's page is, on which a business tells it about itself."""
HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": _PAGE_CSP.format("", "'self'"),
}
"""Carried by every response that does not say otherwise itself."""
_STRICT_TRANSPORT: Final = {"strict-transport-security": "max-age=31536000"}
"""For a year. Of other hosts below ours we know nothing, so it is not said for them."""


def page_headers(settings: Settings, *, pays: bool, has_scripts: bool) -> dict[str, str]:
    """Return what a page says itself that has scripts, or a form that leads on to Stripe's page."""
    origins = " ".join(form_origins(settings, STRIPE_CHECKOUT)) if pays else "'self'"
    scripts = _SCRIPTS_CSP if has_scripts else ""
    return {"content-security-policy": _PAGE_CSP.format(scripts, origins)}


def form_origins(settings: Settings, stripe: str) -> list[str]:
    """Return where a form may lead that leads to the page of Stripe's at the origin `stripe`.

    Browsers hold what a form's answer redirects to against `form-action`, too. What stands in for
    Stripe's API shows its page itself.
    """
    origins = ["'self'", stripe]
    if settings.stripe_api_base is not None:
        base = urlsplit(settings.stripe_api_base)
        origins.append(f"{base.scheme}://{base.netloc.rpartition('@')[2]}")
    return origins


class RequestContextMiddleware:
    """Wraps the whole application, so that not even its failures leave without the headers."""

    def __init__(self, app: ASGIApp, *, over_https_only: bool = False) -> None:
        """Wrap `app`; `over_https_only` has browsers never come by plain http again (RFC 6797)."""
        self._app = app
        self._headers = HEADERS | (_STRICT_TRANSPORT if over_https_only else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with an id, and note how it was answered.

        A fault is logged here, beside the request's id. It goes on to the server, which would log
        it again without the id, only if nothing was answered.
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
            except Exception:
                log.exception("fault")
                if status is None:
                    raise
            finally:
                if scope["type"] == "http":
                    # What goes on behind the answer keeps nobody waiting.
                    _note(scope, status or 500, (answered or time.perf_counter()) - started)


def _is_graphiql(scope: Scope, headers: MutableHeaders) -> bool:
    return scope["path"] == "/graphql" and headers.get("content-type", "").startswith("text/html")


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = _route_of(scope["path"])
    _REQUESTS.labels(route, status).inc()
    _SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"][:_LOGGED_PATH],
        status=status,
        ms=round(seconds * 1000, 2),
    )


_ROUTES: Final = re.compile(
    r"/(graphql|invoices?|quotes?|credit-notes|portal|preferences|unsubscribe|logo|company|webhooks"
    r"|dashboard|static|styles|healthz|readyz|metrics)(?:/|$)"
)


def _route_of(path: str) -> str:
    """Return the path's first part, if it is one of ours: strangers don't get to name metrics."""
    match = _ROUTES.match(path)
    return match.group(1) if match else "other"
