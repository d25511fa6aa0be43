"""Cross-origin requests, which cost nothing where there is no other origin."""

from collections.abc import Awaitable
from typing import Any, Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

REQUEST_HEADERS: Final = (
    "authorization",
    "cache-control",
    "content-type",
    "if-none-match",
    # EventSource and its substitutes resume with it.
    "last-event-id",
    # https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/, and Sentry's own.
    "baggage",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "x-request-id",
    # Apollo Client says what it is and what it asks for.
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "x-apollo-operation-name",
    "x-requested-with",
)
"""What pages of other origins may send."""
RESPONSE_HEADERS: Final = (
    "content-disposition",
    "etag",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "traceresponse",
    "x-request-id",
)
"""What they may read, beyond what everyone may."""


class CorsMiddleware:
    """Applies Starlette's rules to requests with an Origin header.

    Other responses depend on the origin, too. The header that tells caches so is among those that
    every response has.
    """

    def __init__(self, app: ASGIApp, **rules: Any) -> None:  # noqa: ANN401  # Starlette's
        self._app = app
        self._across_origins = CORSMiddleware(app, **rules)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on."""
        if scope["type"] == "http" and b"origin" in dict(scope["headers"]):
            return self._across_origins(scope, receive, send)
        return self._app(scope, receive, send)
