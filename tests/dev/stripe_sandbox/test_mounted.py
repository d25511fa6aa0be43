"""A sandbox that shares its port with another application."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe
from starlette.applications import Starlette
from starlette.routing import Mount

from dev.stripe_sandbox import SandboxSettings, SeedAccount, create_sandbox
from tests.dev.stripe_sandbox.serving import ACME, KEY, Stage, client_of, session_params


@pytest.fixture
async def mounted(front: Stage) -> AsyncIterator[str]:
    """Yield the URL of a sandbox that is mounted somewhere."""
    url = f"{front.url}/stripe"
    settings = SandboxSettings(secret_key=KEY, base_url=url, accounts=(SeedAccount(ACME, "Acme"),))
    app = create_sandbox(settings)
    front.app = Starlette(routes=[Mount("/stripe", app)])
    async with app.router.lifespan_context(app):
        yield url


async def test_api_and_pages_work_there_too(mounted: str) -> None:
    params: Any = session_params()
    options: Any = {"stripe_account": ACME}
    async with client_of(mounted) as client, httpx.AsyncClient() as browser:
        sessions = client.v1.checkout.sessions
        session = await sessions.create_async(params, options)
        page = await browser.get(str(session.url))
        targets = re.findall(r'(?:href|action)="(/[^"]*)"', page.text)
        assert f"/stripe/pay/{session.id}" in targets
        assert all(target.startswith("/stripe/") for target in targets)
        answer = await browser.post(f"{mounted}/pay/{session.id}/expire")
        assert answer.headers["location"] == f"/stripe/pay/{session.id}"
        listed = await sessions.list_async(options=options)
        assert listed.url == "/v1/checkout/sessions"
        assert listed.data[0].status == "expired"
        await browser.post(
            f"{mounted}/sandbox/faults", json={"path": "/v1/checkout/sessions", "kind": "500"}
        )
        with pytest.raises(stripe.APIError):
            await sessions.list_async(options=options)
