"""Liveness and readiness."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from context import Services, services_of
from db.statements import fetch
from web.http.draining import is_stopping

_CHECK_TIMEOUT: Final = 2.0
"""Seconds in which the database and Redis must answer."""


async def healthz(_: Request) -> Response:
    """Return 200 while the process runs."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Return 200 if the database and Redis answer, or else 503; the body says which do.

    A portal without REDIS_URL doesn't mention Redis. One that is about to stop isn't ready.
    `?exclude=redis` doesn't ask Redis, which the portal can do without for a while.
    """
    if is_stopping():
        return JSONResponse({"status": "stopping"}, 503)
    asks_redis = "redis" not in request.query_params.getlist("exclude")
    states = await check_servers(services_of(request), asks_redis=asks_redis)
    is_ready = set(states.values()) == {"ok"}
    return JSONResponse(states, 200 if is_ready else 503)


async def check_servers(services: Services, *, asks_redis: bool = True) -> dict[str, str]:
    """Return whether the database and Redis, if there is one, are "ok" or "away"."""
    checks = {"database": asyncio.create_task(_check_database())}
    if asks_redis and services.settings.redis_url is not None:
        checks["redis"] = asyncio.create_task(services.view_hub.ping())
    # Not `wait_for`, which would wait for a frozen server to confirm that a check is cancelled.
    await asyncio.wait(checks.values(), timeout=_CHECK_TIMEOUT)
    return {name: _state_of(check) for name, check in checks.items()}


async def _check_database() -> None:
    await fetch("SELECT 1")


def _state_of(check: asyncio.Task[None]) -> str:
    if check.done():
        return "away" if check.exception() else "ok"
    # Its exception is retrieved, or asyncio would log that it never was.
    check.add_done_callback(lambda task: task.cancelled() or task.exception())
    check.cancel()
    return "away"
