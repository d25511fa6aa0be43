"""A failure that Stripe keeps under its idempotency key blocks an invoice for minutes at most."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from dev.stripe_sandbox.faults import FaultKind
from integrations.stripe.client import StripeClient, open_stripe_client
from models import Checkout, CheckoutStatus
from services.checkout.stripe_sync import sync_from_stripe
from settings import Settings
from tests.conftest import Backend
from tests.support import stripe_payloads
from tests.support.clients import Business, eventually
from tests.support.stripe_sandbox import SandboxServer, checkout, checkout_refused, figures

_SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> AsyncIterator[str]:
    """Connect the business to Stripe, yield its account, and end all faults."""
    yield await sandbox_server.connect(business)
    sandbox_server.sandbox.faults.clear()


@pytest.fixture
async def stripe(backend: Backend, sandbox_server: SandboxServer) -> AsyncIterator[StripeClient]:
    """Yield a client of the sandbox, as `reconcile` has one."""
    environment = {name.lower(): value for name, value in sandbox_server.environment.items()}
    settings = Settings(**backend.settings.model_dump(exclude_unset=True) | environment)
    async with open_stripe_client(settings) as client:
        assert client is not None
        yield client


async def _statuses(invoice_id: str) -> list[CheckoutStatus]:
    rows = await Checkout.filter(shares__invoice_id=invoice_id).order_by("created_at")
    return [row.status for row in rows]


async def _pass_two_minutes(invoice_id: str) -> None:
    now = datetime.now(UTC)
    early = now - timedelta(minutes=2)
    await stripe_payloads.change_checkouts(invoice_id, created_at=early, next_look_at=now)


async def test_a_session_that_stripe_created_before_it_failed_is_found(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR_AFTER, method="POST")
    opened = await checkout(business.stranger, token)
    assert [session["url"] for session in sandbox_server.sessions(account)] == [opened["url"]]
    assert await checkout(business.stranger, token) == opened
    sandbox_server.sandbox.pay(sandbox_server.session(opened["url"]))
    await sandbox_server.webhooks_delivered()
    assert await figures(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")


async def test_a_session_that_is_found_later_is_expired_for_another_one(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True)
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR_AFTER, method="POST")
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR, times=3, method="GET")
    assert await checkout_refused(business.stranger, token) == "PAYMENT_PROVIDER_ERROR"
    opened = await checkout(business.stranger, token, amount="40.00")
    sessions = {s["amount_total"]: s["status"] for s in sandbox_server.sessions(account)}
    assert sessions == {10000: "expired", 4000: "open"}
    assert opened["amount"]["amount"] == "40.00"


async def test_a_checkout_without_a_session_is_given_up_within_minutes(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR_KEPT, method="POST")
    for _ in range(2):
        assert await checkout_refused(business.stranger, token) == "PAYMENT_PROVIDER_ERROR"
    assert await _statuses(invoice_id) == [CheckoutStatus.OPENING]
    await _pass_two_minutes(invoice_id)

    async def is_expired() -> bool:
        return await _statuses(invoice_id) == [CheckoutStatus.EXPIRED]

    await eventually(is_expired)
    opened = await checkout(business.stranger, token)
    assert [session["url"] for session in sandbox_server.sessions(account)] == [opened["url"]]


async def test_a_checkout_is_not_given_up_while_its_session_cannot_be_looked_for(
    business: Business, sandbox_server: SandboxServer, account: str, stripe: StripeClient
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR_AFTER, method="POST")
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR, times=1000, method="GET")
    assert await checkout_refused(business.stranger, token) == "PAYMENT_PROVIDER_ERROR"
    await _pass_two_minutes(invoice_id)
    await _reconcile(stripe)
    assert await _statuses(invoice_id) == [CheckoutStatus.EXPIRING]
    assert await checkout_refused(business.stranger, token) == "PAYMENT_PROVIDER_ERROR"
    sandbox_server.sandbox.faults.clear()
    assert await checkout(business.stranger, token)
    statuses = sorted(session["status"] for session in sandbox_server.sessions(account))
    assert statuses == ["expired", "open"]


@pytest.mark.usefixtures("account")
async def test_reconcile_waits_for_a_young_checkout_and_ends_an_older_one(
    business: Business, sandbox_server: SandboxServer, stripe: StripeClient
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm(_SESSIONS, FaultKind.ERROR_KEPT, method="POST")
    await checkout_refused(business.stranger, token)
    await stripe_payloads.change_checkouts(invoice_id, status=CheckoutStatus.EXPIRING)
    await _reconcile(stripe)
    assert await _statuses(invoice_id) == [CheckoutStatus.EXPIRING]
    await _pass_two_minutes(invoice_id)
    await _reconcile(stripe)
    assert await _statuses(invoice_id) == [CheckoutStatus.EXPIRED]


async def _reconcile(stripe: StripeClient) -> None:
    async for _ in sync_from_stripe(stripe, datetime.now(UTC)):
        pass
