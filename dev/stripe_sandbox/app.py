"""The sandbox as an application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dev.stripe_sandbox.api.endpoint import respond
from dev.stripe_sandbox.api.routes import api_routes
from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.control import control_routes
from dev.stripe_sandbox.errors import StripeError, UnknownUrl
from dev.stripe_sandbox.idempotency import Answer
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.pages.routes import OwnFormsOnly, page_routes, refused
from dev.stripe_sandbox.persistence import load, save
from dev.stripe_sandbox.settings import SandboxSettings
from dev.stripe_sandbox.state import Sandbox


def create_sandbox(settings: SandboxSettings, clock: Clock | None = None) -> Starlette:
    """Return an application that stands in for Stripe; `app.state.sandbox` is what it knows."""
    app = Starlette(
        routes=[*api_routes(), *control_routes(), *page_routes()],
        middleware=[Middleware(OwnFormsOnly)],
        exception_handlers={404: _unknown, 405: _unknown, StripeError: refused},
        lifespan=_lifespan,
    )
    app.state.sandbox = Sandbox(settings, clock)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Deliver events, and close sessions in time, for as long as the application runs."""
    sandbox: Sandbox = app.state.sandbox
    path = sandbox.settings.state_file
    if path:
        load(sandbox, path)
    tasks = [asyncio.create_task(sandbox.webhooks.run()), asyncio.create_task(_tick(sandbox))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if path:
            save(sandbox, path)


async def _tick(sandbox: Sandbox) -> None:
    path, saved = sandbox.settings.state_file, sandbox.store.additions
    while True:
        await asyncio.sleep(sandbox.settings.tick)
        sandbox.expire_overdue()
        if path and saved != sandbox.store.additions:
            save(sandbox, path)
            saved = sandbox.store.additions


async def _unknown(request: Request, error: Exception) -> Response:
    """Answer that there is nothing here: in Stripe's words where its API would be."""
    assert isinstance(error, HTTPException)
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    if not path.startswith("/v1/"):
        return PlainTextResponse(error.detail, error.status_code)
    unknown = UnknownUrl(request.method, path)
    return respond(Answer(unknown.status, unknown.body(), new_id("req", 14)), request)
