"""Liveness, readiness and metrics."""

import asyncio
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog import get_logger

from context import services_of
from db.statements import fetch

_CHECK_TIMEOUT: Final = 2.0
"""Seconds in which the database and Redis must answer."""

_FOLLOWERS: Final = Gauge("invotify_followers", "Subscriptions open in this process.")

log = get_logger(__name__)


async def healthz(_: Request) -> Response:
    """Return 200 while the process runs."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Return 200 if the database and Redis answer, or else 503; the body says which do."""
    services = services_of(request)
    checks = {
        "database": asyncio.create_task(_check_database()),
        "redis": asyncio.create_task(services.view_hub.ping()),
    }
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
    """Return this process's metrics for Prometheus."""
    services = services_of(request)
    _FOLLOWERS.set(services.view_hub.follower_count + services.invoice_event_hub.follower_count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
