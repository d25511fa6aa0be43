"""A sandbox mounted in another application."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe
from starlette.applications import Starlette
from starlette.routing import Mount

from dev.stripe_sandbox import SandboxSettings, SeedAccount, create_sandbox
from tests.dev.stripe_sandbox.sandbox_server import (
    ACME,
    KEY,
    SwappableApp,
    session_params,
    stripe_client,
)


@pytest.fixture
async def mounted(sandbox_app: SwappableApp) -> AsyncIterator[str]:
    """Yield the URL of a mounted sandbox."""
    url = f"{sandbox_app.url}/stripe"
    settings = SandboxSettings(
        secret_key=KEY, base_url=url, accounts=(SeedAccount(id=ACME, name="Acme"),)
    )
    app = create_sandbox(settings)
    sandbox_app.app = Starlette(routes=[Mount("/stripe", app)])
    async with app.router.lifespan_context(app):
        yield url


async def test_a_mounted_sandbox_serves_api_and_pages(mounted: str) -> None:
    params: Any = session_params()
    options: Any = {"stripe_account": ACME}
    async with stripe_client(mounted) as client, httpx.AsyncClient() as browser:
        sessions = client.v1.checkout.sessions
        session = await sessions.create_async(params, options)
        page = await browser.get(str(session.url))
        targets = re.findall(r'(?:href|action)="(/[^"]*)"', page.text)
        assert f"/stripe/pay/{session.id}" in targets
        assert all(target.startswith("/stripe/") for target in targets)
        response = await browser.post(f"{mounted}/pay/{session.id}/expire")
        assert response.headers["location"] == f"/stripe/pay/{session.id}"
        listed = await sessions.list_async(options=options)
        assert listed.url == "/v1/checkout/sessions"
        assert listed.data[0].status == "expired"
        await browser.post(
            f"{mounted}/sandbox/faults", json={"path": "/v1/checkout/sessions", "kind": "500"}
        )
        with pytest.raises(stripe.APIError):
            await sessions.list_async(options=options)
