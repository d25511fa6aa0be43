"""Payments in the demo: the Stripe sandbox on the demo's own port, so Pay works at once."""

import secrets
from typing import Any, Final

from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.stripe_sandbox import SandboxSettings, SeedAccount, create_sandbox
from settings import Settings

PATH: Final = "/stripe-sandbox"
ACCOUNT: Final = "acct_demo"


def fixed_settings(own_url: str) -> dict[str, Any]:
    """Return the settings with which the portal at `own_url` uses the sandbox."""
    return {
        "stripe_secret_key": f"sk_test_{secrets.token_hex()}",
        "stripe_webhook_secret": f"whsec_{secrets.token_hex()}",
        "stripe_api_base": f"{own_url}{PATH}",
    }


class PortalWithSandbox:
    """The portal, and below `PATH` the sandbox, which sends it events."""

    def __init__(self, portal: ASGIApp, settings: Settings, own_url: str, business: str) -> None:
        assert settings.stripe_secret_key is not None
        [webhook_secret] = settings.stripe_webhook_secret
        self._portal = portal
        self._sandbox = create_sandbox(
            SandboxSettings(
                secret_key=settings.stripe_secret_key.get_secret_value(),
                base_url=overview_url(settings).rstrip("/"),
                webhook_url=f"{own_url}/webhooks/stripe",
                webhook_secret=webhook_secret.get_secret_value(),
                accounts=(SeedAccount(id=ACCOUNT, name=business),),
            )
        )
        routes = [Mount(PATH, self._sandbox)]
        self._router = Router(routes, redirect_slashes=False, default=portal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to one of them. Both share the lifespan."""
        if scope["type"] == "lifespan":
            async with self._sandbox.router.lifespan_context(self._sandbox):
                await self._portal(scope, receive, send)
        else:
            await self._router(scope, receive, send)


def overview_url(settings: Settings) -> str:
    """Return the URL of the sandbox's overview."""
    return f"{settings.public_url}{PATH}/"
