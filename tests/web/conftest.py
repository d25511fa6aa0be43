"""A portal whose clients can pay online, with what stands in for Stripe."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from app import create_app, open_services
from models import Company, Plan
from sandbox import Sandbox, SandboxSettings, create_sandbox
from tests import servers
from tests.clients import Business, found_business
from tests.conftest import Backend
from tests.sandbox.serving import serving
from web.middleware import RequestEnvelope


@dataclass(frozen=True)
class PayingPortal:
    """A portal on the tests' database, and its Stripe."""

    http: httpx.AsyncClient
    sandbox: Sandbox
    stripe_url: str


@pytest.fixture(scope="module")
async def paying(backend: Backend, portal_url: str) -> AsyncIterator[PayingPortal]:
    """Yield it; the portal at `portal_url`, which is another, has the database open."""
    assert portal_url
    stripe_port, port = servers.free_port(), servers.free_port()
    stripe_url = f"http://127.0.0.1:{stripe_port}"
    stand_in = create_sandbox(SandboxSettings(base_url=stripe_url))
    sandbox: Sandbox = stand_in.state.sandbox
    stripe = {
        "stripe_secret_key": SecretStr(sandbox.settings.secret_key),
        "stripe_api_base": stripe_url,
    }
    settings = backend.settings.model_copy(update=stripe)
    app = create_app(settings)
    assert isinstance(app, RequestEnvelope)
    async with (
        open_services(settings) as services,
        serving(stand_in, stripe_port),
        serving(app, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        app._app.state.services = services  # type: ignore[attr-defined]  # it is Starlette's
        yield PayingPortal(http, sandbox, stripe_url)


@pytest.fixture
async def seller(paying: PayingPortal) -> Business:
    """Return a new company whose clients can pay online."""
    business = await found_business(paying.http)
    account = f"acct_{uuid4().hex}"
    paying.sandbox.add_account(account, "Acme Ltd")
    await Company.filter(id=business.company_id).update(
        plan=Plan.PRO, stripe_account=account, charges_enabled=True
    )
    return business
