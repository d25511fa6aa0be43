"""A sandbox that is served, and whoever hears of its events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.stripe_sandbox import Sandbox, SandboxSettings, SeedAccount, create_sandbox
from tests.support import servers

KEY: Final = "sk_test_of_the_tests"
SECRET: Final = "whsec_of_the_tests"
ACME: Final = "acct_acme"
RIVAL: Final = "acct_rival"
NEW: Final = "acct_new"
"""It takes no payments yet."""


@dataclass
class Receiver:
    """Hears of events, and answers what it is told to; then that all is well."""

    answers: list[int] = field(default_factory=list)
    attempts: list[stripe.Event] = field(default_factory=list)
    heard: list[stripe.Event] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once there is something that it has heard of."""

    @property
    def types(self) -> list[str]:
        """What it has heard of, in that order."""
        return [event.type for event in self.heard]

    async def hear(self, request: Request) -> Response:
        """Check the signature as Stripe's SDK does, and take note."""
        signature = request.headers["stripe-signature"]
        event = stripe.Webhook.construct_event(await request.body(), signature, SECRET)
        self.attempts.append(event)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.append(event)
            self.told.set()
        return Response(status_code=status)


@dataclass
class SandboxServer:
    """A sandbox that is served under `url`."""

    sandbox: Sandbox
    url: str
    receiver: Receiver
    client: stripe.StripeClient

    async def open(self, account: str | None = ACME, **changed: Any) -> stripe.checkout.Session:
        """Open a session of 120 EUR."""
        options: Any = {"stripe_account": account} if account else {}
        params: Any = session_params(**changed)
        return await self.client.v1.checkout.sessions.create_async(params, options)

    async def read(self, session_id: str, account: str | None = ACME) -> stripe.checkout.Session:
        """Return a session as the API shows it now."""
        options: Any = {"stripe_account": account} if account else {}
        return await self.client.v1.checkout.sessions.retrieve_async(session_id, options=options)

    async def paid(self, **changed: Any) -> stripe.checkout.Session:
        """Open a session, pay it by card and return it."""
        session = await self.open(**changed)
        self.sandbox.pay(session.id)
        return await self.read(session.id)

    async def heard(self) -> list[str]:
        """Return the types of the events that have been heard, once all have been sent."""
        await self.sandbox.webhooks.idle()
        return self.receiver.types


def session_params(unit_amount: int = 12000, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    """Return the parameters of a session for one invoice."""
    price = {
        "currency": currency,
        "unit_amount": unit_amount,
        "product_data": {"name": "Invoice 7", "description": "Due on May 1"},
    }
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "customer_email": "ada@client.example",
        "success_url": "https://portal.example/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://portal.example/invoice",
        "metadata": {"invoice": "7"},
    } | more


@asynccontextmanager
async def serving(app: ASGIApp, port: int) -> AsyncIterator[None]:
    """Serve an application in this process."""
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done()
    try:
        yield
    finally:
        server.should_exit = True
        await task


class Stage:
    """An application that each test sets anew, so that its server need not start again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        assert self.app
        await self.app(scope, receive, send)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Serve whatever a test puts there."""
    port = servers.free_port()
    found = Stage(f"http://127.0.0.1:{port}")
    async with serving(found, port):
        yield found


@asynccontextmanager
async def sandbox_serving(front: Stage, back: Stage) -> AsyncIterator[SandboxServer]:
    """Put a sandbox with three accounts on one stage, and who hears of its events on the other."""
    receiver = Receiver()
    back.app = Starlette(routes=[Route("/webhooks", receiver.hear, methods=["POST"])])
    settings = SandboxSettings(
        secret_key=KEY,
        base_url=front.url,
        webhook_url=f"{back.url}/webhooks",
        webhook_secret=SECRET,
        accounts=(
            SeedAccount(ACME, "Acme"),
            SeedAccount(RIVAL, "Rival"),
            SeedAccount(NEW, "New", charges_enabled=False),
        ),
        tick=0.05,
        retry_first=0.01,
        retry_attempts=4,
    )
    front.app = app = create_sandbox(settings)
    async with app.router.lifespan_context(app), client_of(front.url) as client:
        yield SandboxServer(app.state.sandbox, front.url, receiver, client)


@asynccontextmanager
async def client_of(
    url: str, *, key: str = KEY, seconds: float = 5
) -> AsyncIterator[stripe.StripeClient]:
    """Yield Stripe's own client, for a sandbox; it does not try again by itself."""
    http = stripe.HTTPXClient(timeout=seconds)
    yield stripe.StripeClient(
        key, base_addresses={"api": url}, http_client=http, max_network_retries=0
    )
    await http.close_async()  # type: ignore[no-untyped-call]
