"""Whether the process lives, whether what it stands on answers, and its figures."""

import asyncio
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog import get_logger

from context import Services
from models.database import fetch

_PATIENCE: Final = 2.0
"""Seconds in which database and Redis must answer."""

_FOLLOWERS: Final = Gauge("invotify_followers", "Subscriptions open in this process.")

log = get_logger(__name__)


async def healthz(_: Request) -> Response:
    """Answer, which is all that is asked."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Answer 200 if database and Redis do, 503 with the name of what doesn't otherwise."""
    services: Services = request.app.state.services
    checks = {"database": fetch("SELECT 1"), "redis": services.hub.ping()}
    answers = await asyncio.gather(
        *(asyncio.wait_for(check, _PATIENCE) for check in checks.values()), return_exceptions=True
    )
    states = {
        name: "away" if isinstance(answer, BaseException) else "ok"
        for name, answer in zip(checks, answers, strict=True)
    }
    ready = set(states.values()) == {"ok"}
    return JSONResponse(states, 200 if ready else 503)


async def metrics(request: Request) -> Response:
    """Answer with this process's figures for Prometheus."""
    services: Services = request.app.state.services
    _FOLLOWERS.set(services.hub.follower_count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
