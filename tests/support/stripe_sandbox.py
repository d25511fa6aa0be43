"""A Stripe sandbox that a portal under test uses, and businesses connected to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import uvicorn

from dev.stripe_sandbox import Sandbox, SandboxSettings, create_sandbox
from models import Company, Plan
from tests.support import servers
from tests.support.clients import Business, Caller

KEY: Final = "sk_test_of_the_portal"
SECRET: Final = "whsec_of_the_portal"
CHECKOUT: Final = (
    "mutation($input: CheckoutInput!)"
    " { checkout(input: $input) { url amount { amount currency } expiresAt } }"
)
FIGURES: Final = "status amountPaid { amount } amountPending { amount } amountDue { amount }"


@dataclass(frozen=True)
class SandboxServer:
    """A sandbox that sends webhooks to a portal on `portal_port`."""

    sandbox: Sandbox
    port: int
    portal_port: int

    @property
    def url(self) -> str:
        """The URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a portal that uses the sandbox."""
        return sandbox_environment(self.port)

    def open_account(self) -> str:
        """Return the id of a new account that takes payments."""
        account = f"acct_{uuid4().hex[:16]}"
        self.sandbox.add_account(account, "Acme Ltd")
        return account

    async def connect(self, business: Business) -> str:
        """Let a business take payments online, and return the id of its account."""
        account = self.open_account()
        await Company.filter(id=business.company_id).update(
            plan=Plan.PRO, stripe_account=account, charges_enabled=True
        )
        return account

    def sessions(self, account: str) -> list[Any]:
        """Return the Checkout sessions of an account, newest first."""
        return self.sandbox.store.filter("checkout.session", account)

    def session(self, url: str) -> str:
        """Return the id of the session that is paid at `url`."""
        [id_] = [
            session["id"]
            for session in self.sandbox.store.all("checkout.session")
            if session["id"] in url
        ]
        return str(id_)

    async def webhooks_delivered(self) -> None:
        """Wait until all webhooks are delivered."""
        await self.sandbox.webhooks.idle()


def sandbox_environment(port: int) -> dict[str, str]:
    """Return the settings of a portal that uses a sandbox on the port."""
    return {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": f"whsec_of_before,{SECRET}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
    }


@asynccontextmanager
async def sandbox_serving(
    portal_port: int, port: int | None = None
) -> AsyncIterator[SandboxServer]:
    """Run a sandbox server in this process, on an unused port unless one is given."""
    port = port or servers.free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_sandbox(
        SandboxSettings(
            secret_key=KEY,
            base_url=url,
            webhook_url=f"http://127.0.0.1:{portal_port}/webhooks/stripe",
            webhook_secret=SECRET,
            retry_delay=0.05,
            max_retry_delay=0.5,
        )
    )
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not serving.done()
    yield SandboxServer(app.state.sandbox, port, portal_port)
    server.should_exit = True
    await serving


async def checkout(caller: Caller, token: str, **more: object) -> Any:
    """Start a checkout and return its URL, amount and expiry."""
    return (await caller.gql(CHECKOUT, input={"token": token, **more}))["checkout"]


async def checkout_refused(caller: Caller, token: str, **more: object) -> str:
    """Return the error code of a checkout, which must fail."""
    return (await caller.refused(CHECKOUT, input={"token": token, **more})).code


async def figures(business: Business, invoice_id: str) -> tuple[str, str, str, str]:
    """Return an invoice's status and its paid, pending and due amounts."""
    invoice = await business.invoice(invoice_id, FIGURES)
    amounts = (invoice[name]["amount"] for name in ("amountPaid", "amountPending", "amountDue"))
    return (invoice["status"], *amounts)
