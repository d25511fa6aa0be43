"""Whether the process lives, whether what it stands on answers, and its figures."""

import asyncio
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog import get_logger

from context import services_of
from db.statements import fetch

_PATIENCE: Final = 2.0
"""Seconds in which database and Redis must answer."""

_FOLLOWERS: Final = Gauge("invotify_followers", "Subscriptions open in this process.")

log = get_logger(__name__)


async def healthz(_: Request) -> Response:
    """Answer, which is all that is asked."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Answer 200 if database and Redis do, 503 with the name of what doesn't otherwise."""
    services = services_of(request)
    checks = {
        "database": asyncio.create_task(_ask_database()),
        "redis": asyncio.create_task(services.view_hub.ping()),
    }
    # Not `wait_for`: it waits until a check has been cancelled, which takes a frozen server's word.
    await asyncio.wait(checks.values(), timeout=_PATIENCE)
    states = {name: _state_of(check) for name, check in checks.items()}
    ready = set(states.values()) == {"ok"}
    return JSONResponse(states, 200 if ready else 503)


async def _ask_database() -> None:
    await fetch("SELECT 1")


def _state_of(check: asyncio.Task[None]) -> str:
    if check.done():
        return "away" if check.exception() else "ok"
    check.add_done_callback(lambda late: late.cancelled() or late.exception())
    check.cancel()
    return "away"


async def metrics(request: Request) -> Response:
    """Answer with this process's figures for Prometheus."""
    services = services_of(request)
    _FOLLOWERS.set(services.view_hub.follower_count + services.invoice_event_hub.follower_count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
