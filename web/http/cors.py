"""Cross-origin requests, which cost nothing where there is no other origin."""

from collections.abc import Awaitable
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class CorsMiddleware:
    """Applies Starlette's rules to requests with an Origin header.

    What tells caches that other responses depend on the origin, too, is one of the headers that
    every response has.
    """

    def __init__(self, app: ASGIApp, **rules: Any) -> None:  # noqa: ANN401  # Starlette's
        self._app = app
        self._across_origins = CORSMiddleware(app, **rules)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on."""
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            return self._across_origins(scope, receive, send)
        return self._app(scope, receive, send)
