"""Liveness, readiness and metrics."""

import asyncio
from hmac import compare_digest
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog import get_logger

from context import services_of
from core.hosts import is_loopback
from db.statements import fetch
from errors import NotFound, Unauthenticated
from settings import Settings

_CHECK_TIMEOUT: Final = 2.0
"""Seconds in which the database and Redis must answer."""

_FOLLOWERS: Final = Gauge("invotify_followers", "Subscriptions open in this process.")

log = get_logger(__name__)


async def healthz(_: Request) -> Response:
    """Return 200 while the process runs."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Return 200 if the database and Redis answer, or else 503; the body says which do.

    A portal without REDIS_URL doesn't mention Redis.
    """
    services = services_of(request)
    checks = {"database": asyncio.create_task(_check_database())}
    if services.settings.redis_url is not None:
        checks["redis"] = asyncio.create_task(services.view_hub.ping())
    # Not `wait_for`, which would wait for a frozen server to confirm that a check is cancelled.
    await asyncio.wait(checks.values(), timeout=_CHECK_TIMEOUT)
    states = {name: _state_of(check) for name, check in checks.items()}
    is_ready = set(states.values()) == {"ok"}
    return JSONResponse(states, 200 if is_ready else 503)


async def _check_database() -> None:
    await fetch("SELECT 1")


def _state_of(check: asyncio.Task[None]) -> str:
    if check.done():
        return "away" if check.exception() else "ok"
    # Its exception is retrieved, or asyncio would log that it never was.
    check.add_done_callback(lambda task: task.cancelled() or task.exception())
    check.cancel()
    return "away"


async def metrics(request: Request) -> Response:
    """Return this process's metrics for Prometheus.

    Raises Unauthenticated without METRICS_TOKEN. If production has none, raises NotFound, unless a
    program on the same machine asks.
    """
    services = services_of(request)
    _check_token(request, services.settings)
    _FOLLOWERS.set(services.view_hub.follower_count + services.invoice_event_hub.follower_count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _check_token(request: Request, settings: Settings) -> None:
    if settings.metrics_token is None:
        if settings.is_production and not _is_local(request):
            raise NotFound
        return
    expected = f"Bearer {settings.metrics_token.get_secret_value()}"
    given = request.headers.get("authorization", "")
    if not compare_digest(given.encode(), expected.encode()):
        raise Unauthenticated


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks for itself, rather than a proxy for somebody else."""
    is_forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return not is_forwarded and is_loopback(request.client.host if request.client else "")
