"""Paying in the demo: a stand-in for Stripe on the demo's own port, so that Pay works at once."""

import secrets
from typing import Any, Final

from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.stripe_sandbox import SandboxSettings, SeedAccount, create_sandbox
from settings import Settings

PATH: Final = "/stripe-sandbox"
ACCOUNT: Final = "acct_demo"


def fixed_settings(own_url: str) -> dict[str, Any]:
    """Return the settings by which the portal that listens on `own_url` uses its stand-in."""
    return {
        "stripe_secret_key": f"sk_test_{secrets.token_hex()}",
        "stripe_webhook_secret": f"whsec_{secrets.token_hex()}",
        "stripe_api_base": f"{own_url}{PATH}",
    }


class WithStandIn:
    """The portal, with the stand-in that reports to it below `PATH`."""

    def __init__(self, portal: ASGIApp, settings: Settings, own_url: str, business: str) -> None:
        assert settings.stripe_secret_key is not None
        [webhook_secret] = settings.stripe_webhook_secret
        self._portal = portal
        self._stand_in = create_sandbox(
            SandboxSettings(
                secret_key=settings.stripe_secret_key.get_secret_value(),
                base_url=overview_url(settings).rstrip("/"),
                webhook_url=f"{own_url}/webhooks/stripe",
                webhook_secret=webhook_secret.get_secret_value(),
                accounts=(SeedAccount(ACCOUNT, business),),
            )
        )
        routes = [Mount(PATH, self._stand_in)]
        self._router = Router(routes, redirect_slashes=False, default=portal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes; both live as long."""
        if scope["type"] == "lifespan":
            async with self._stand_in.router.lifespan_context(self._stand_in):
                await self._portal(scope, receive, send)
        else:
            await self._router(scope, receive, send)


def overview_url(settings: Settings) -> str:
    """Return where a person plays Stripe."""
    return f"{settings.public_url}{PATH}/"
