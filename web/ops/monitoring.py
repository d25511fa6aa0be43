"""Health checks and metrics: as routes of the portal, and alone for `invotify worker`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from context import Services
from web.http.connection_limits import ConnectionLimits
from web.http.errors import ERROR_HANDLERS
from web.http.middleware import RequestContextMiddleware
from web.http.protocol import CONNECTION_LIMITS
from web.ops.health import healthz, readyz
from web.ops.metrics import MetricsEndpoint


def monitoring_routes() -> list[Route]:
    """Return the routes that monitoring uses."""
    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", MetricsEndpoint(), methods=["GET"]),
    ]


def create_monitoring_app(services: Services) -> ASGIApp:
    """Return an application that has only these routes."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[dict[str, ConnectionLimits], None]:
        app.state.services = services
        yield {CONNECTION_LIMITS: ConnectionLimits(services.settings)}

    app = Starlette(
        routes=monitoring_routes(), exception_handlers=ERROR_HANDLERS, lifespan=lifespan
    )
    return RequestContextMiddleware(app)
