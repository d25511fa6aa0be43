"""A client who pays in another currency pays what was asked for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.objects.adaptive_pricing import Conversion
from integrations.stripe.client import open_stripe_client
from models import EventStatus, StripeEvent
from services.checkout.stripe_sync import sync_from_stripe
from settings import Settings
from tests.conftest import Backend
from tests.support.clients import Business
from tests.support.stripe_sandbox import SandboxServer, checkout, figures

_DOLLARS = Conversion(currency="usd", rate=Decimal("1.1732"))


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> str:
    """Connect the business to Stripe, and return its account."""
    return await sandbox_server.connect(business)


@pytest.fixture(params=["2024-06-20", "2026-10-28.endive"])
async def version(
    sandbox_server: SandboxServer, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """Let Stripe report payments as an earlier or the present version of its API does."""
    webhooks = sandbox_server.sandbox.webhooks
    before, webhooks.version = webhooks.version, request.param
    yield webhooks.version
    webhooks.version = before


async def _open(business: Business, sandbox_server: SandboxServer, invoice_id: str) -> str:
    """Return the id of a session that was opened before Adaptive Pricing was switched off."""
    opened = await checkout(business.stranger, await business.share(invoice_id))
    session_id = sandbox_server.session(opened["url"])
    sandbox_server.sandbox.session(session_id)["adaptive_pricing"] = {"enabled": True}
    return session_id


async def _statuses(business: Business) -> dict[str, EventStatus]:
    rows = await StripeEvent.filter(company_id=business.company_id)
    return {row.type: row.status for row in rows if row.status is not EventStatus.IGNORED}


@pytest.mark.usefixtures("account")
async def test_a_session_is_only_paid_in_the_currency_of_the_invoice(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token = await business.share(await business.make_invoice())
    session_id = sandbox_server.session((await checkout(business.stranger, token))["url"])
    assert sandbox_server.sandbox.session(session_id)["adaptive_pricing"] == {"enabled": False}
    with pytest.raises(InvalidState, match="not enabled"):
        sandbox_server.sandbox.pay(session_id, _DOLLARS)


@pytest.mark.usefixtures("account", "version")
async def test_a_payment_in_another_currency_is_recorded(
    business: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id = await business.make_invoice()
    sandbox_server.sandbox.pay(await _open(business, sandbox_server, invoice_id), _DOLLARS)
    await sandbox_server.webhooks_delivered()
    assert await figures(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert await _statuses(business) == {"checkout.session.completed": EventStatus.APPLIED}


@pytest.mark.usefixtures("account", "version")
@pytest.mark.parametrize(("refunded", "paid"), [(10000, "0.00"), (2500, "75.00"), (3333, "66.67")])
async def test_a_refund_in_another_currency_is_the_same_share(
    business: Business, sandbox_server: SandboxServer, refunded: int, paid: str
) -> None:
    invoice_id = await business.make_invoice()
    session_id = await _open(business, sandbox_server, invoice_id)
    sandbox_server.sandbox.pay(session_id, _DOLLARS)
    sandbox_server.sandbox.refund(session_id, refunded)
    await sandbox_server.webhooks_delivered()
    assert (await figures(business, invoice_id))[1] == paid
    assert (await _statuses(business))["charge.refunded"] is EventStatus.APPLIED


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("version", ["2024-06-20"], indirect=True)
async def test_reconcile_agrees_with_events_in_another_currency(
    business: Business, sandbox_server: SandboxServer, backend: Backend, version: str
) -> None:
    assert version
    invoice_id = await business.make_invoice()
    session_id = await _open(business, sandbox_server, invoice_id)
    sandbox_server.sandbox.pay(session_id, _DOLLARS)
    refund = sandbox_server.sandbox.refund(session_id, 3333)
    await sandbox_server.webhooks_delivered()
    await _reconcile(backend, sandbox_server)
    assert (await figures(business, invoice_id))[1] == "66.67"
    sandbox_server.sandbox.fail_refund(refund["id"])
    await sandbox_server.webhooks_delivered()
    await _reconcile(backend, sandbox_server)
    assert await figures(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")


async def _reconcile(backend: Backend, sandbox_server: SandboxServer) -> None:
    """Ask Stripe, whose answers have the version of the SDK."""
    stripe = {name.lower(): value for name, value in sandbox_server.environment.items()}
    settings = Settings(**backend.settings.model_dump(exclude_unset=True) | stripe)
    async with open_stripe_client(settings) as client:
        assert client is not None
        async for _ in sync_from_stripe(client, datetime.now(UTC) - timedelta(days=1)):
            pass
