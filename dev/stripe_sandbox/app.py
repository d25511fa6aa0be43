"""The sandbox as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dev.stripe_sandbox.api.endpoint import to_response
from dev.stripe_sandbox.api.routes import api_routes
from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.control import control_routes
from dev.stripe_sandbox.errors import StripeError, UnknownUrl
from dev.stripe_sandbox.idempotency import ApiResponse
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.pages.routes import SameOriginOnly, error_page, page_routes
from dev.stripe_sandbox.persistence import load, save
from dev.stripe_sandbox.settings import SandboxSettings
from dev.stripe_sandbox.state import Sandbox


def create_sandbox(settings: SandboxSettings, clock: Clock | None = None) -> Starlette:
    """Return an application that stands in for Stripe; its state is `app.state.sandbox`."""
    app = Starlette(
        routes=[*api_routes(), *control_routes(), *page_routes()],
        middleware=[Middleware(SameOriginOnly)],
        exception_handlers={404: _not_found, 405: _not_found, StripeError: error_page},
        lifespan=_lifespan,
    )
    app.state.sandbox = Sandbox(settings, clock)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Deliver events and expire sessions while the application runs."""
    sandbox: Sandbox = app.state.sandbox
    path = sandbox.settings.state_file
    if path:
        load(sandbox, path)
    tasks = [
        asyncio.create_task(sandbox.webhooks.run()),
        asyncio.create_task(_expire_and_save(sandbox)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if path:
            save(sandbox, path)


async def _expire_and_save(sandbox: Sandbox) -> None:
    """Expire overdue sessions and save changes, again and again."""
    path, saved = sandbox.settings.state_file, sandbox.store.additions
    while True:
        await asyncio.sleep(sandbox.settings.tick_interval)
        sandbox.expire_overdue()
        if path and saved != sandbox.store.additions:
            save(sandbox, path)
            saved = sandbox.store.additions


async def _not_found(request: Request, error: Exception) -> Response:
    """Respond with Stripe's error below /v1/ and with plain text elsewhere."""
    assert isinstance(error, HTTPException)
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    if not path.startswith("/v1/"):
        return PlainTextResponse(error.detail, error.status_code)
    unknown = UnknownUrl(request.method, path)
    return to_response(
        ApiResponse(status=unknown.status, body=unknown.body(), request_id=new_id("req", 14)),
        request,
    )
