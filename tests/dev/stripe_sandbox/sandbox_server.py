"""A running sandbox, and a receiver of its events."""

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
"""Its charges are not enabled."""


@dataclass
class Receiver:
    """Receives events and responds with `statuses`, then with 200."""

    statuses: list[int] = field(default_factory=list)
    attempts: list[stripe.Event] = field(default_factory=list)
    received: list[stripe.Event] = field(default_factory=list)
    first_received: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as an event is accepted."""

    @property
    def types(self) -> list[str]:
        """The types of the accepted events, in order."""
        return [event.type for event in self.received]

    async def receive(self, request: Request) -> Response:
        """Check the signature as Stripe's SDK does, and record the event."""
        signature = request.headers["stripe-signature"]
        event = stripe.Webhook.construct_event(await request.body(), signature, SECRET)
        self.attempts.append(event)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.received.append(event)
            self.first_received.set()
        return Response(status_code=status)


@dataclass
class SandboxServer:
    """A running sandbox at `url`, with its receiver and a client."""

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
        """Return a session in its current state."""
        options: Any = {"stripe_account": account} if account else {}
        return await self.client.v1.checkout.sessions.retrieve_async(session_id, options=options)

    async def paid(self, **changed: Any) -> stripe.checkout.Session:
        """Open a session, pay it by card and return it."""
        session = await self.open(**changed)
        self.sandbox.pay(session.id)
        return await self.read(session.id)

    async def event_types(self) -> list[str]:
        """Return the types of the accepted events, once all deliveries have ended."""
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


class SwappableApp:
    """An application that each test replaces, so its server doesn't restart."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the current application."""
        assert self.app
        await self.app(scope, receive, send)


@asynccontextmanager
async def swappable_app() -> AsyncIterator[SwappableApp]:
    """Serve an application that tests can replace."""
    port = servers.free_port()
    app = SwappableApp(f"http://127.0.0.1:{port}")
    async with serving(app, port):
        yield app


@asynccontextmanager
async def sandbox_serving(
    sandbox_app: SwappableApp, receiver_app: SwappableApp
) -> AsyncIterator[SandboxServer]:
    """Serve a sandbox with three accounts, and a receiver of its events."""
    receiver = Receiver()
    receiver_app.app = Starlette(routes=[Route("/webhooks", receiver.receive, methods=["POST"])])
    settings = SandboxSettings(
        secret_key=KEY,
        base_url=sandbox_app.url,
        webhook_url=f"{receiver_app.url}/webhooks",
        webhook_secret=SECRET,
        accounts=(
            SeedAccount(id=ACME, name="Acme"),
            SeedAccount(id=RIVAL, name="Rival"),
            SeedAccount(id=NEW, name="New", charges_enabled=False),
        ),
        tick_interval=0.05,
        retry_delay=0.01,
        max_attempts=4,
    )
    sandbox_app.app = app = create_sandbox(settings)
    async with app.router.lifespan_context(app), stripe_client(sandbox_app.url) as client:
        yield SandboxServer(
            sandbox=app.state.sandbox, url=sandbox_app.url, receiver=receiver, client=client
        )


@asynccontextmanager
async def stripe_client(
    url: str, *, key: str = KEY, seconds: float = 5
) -> AsyncIterator[stripe.StripeClient]:
    """Yield Stripe's own client for a sandbox, without retries."""
    http = stripe.HTTPXClient(timeout=seconds)
    yield stripe.StripeClient(
        key, base_addresses={"api": url}, http_client=http, max_network_retries=0
    )
    await http.close_async()  # type: ignore[no-untyped-call]
