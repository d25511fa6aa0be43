"""A company is connected to one Stripe account, whose state it follows."""

import asyncio
from typing import Any

from dev.stripe_sandbox.faults import FaultKind
from models import AuditAction, AuditEntry, Company
from tests.support.clients import Business
from tests.support.stripe_sandbox import SandboxServer

_CONNECT = (
    "mutation($input: ConnectStripeInput) {"
    " connectStripe(input: $input) { url company { stripeConnected chargesEnabled } } }"
)
_DISCONNECT = "mutation { disconnectStripe { company { stripeConnected chargesEnabled } } }"


async def _connect(business: Business) -> Any:
    return (await business.gql(_CONNECT))["connectStripe"]


async def _state(business: Business) -> tuple[bool, bool]:
    company = (await business.gql("{ company { stripeConnected chargesEnabled } }"))["company"]
    return company["stripeConnected"], company["chargesEnabled"]


async def _account(business: Business) -> str:
    account = (await Company.get(id=business.company_id)).stripe_account
    assert account
    return account


async def test_a_company_is_connected_after_onboarding(
    business: Business, sandbox_server: SandboxServer
) -> None:
    connected = await _connect(business)
    assert connected["url"].startswith(f"{sandbox_server.url}/onboarding/")
    assert connected["company"] == {"stripeConnected": True, "chargesEnabled": False}
    sandbox_server.sandbox.finish_onboarding(await _account(business))
    await sandbox_server.webhooks_delivered()
    assert await _state(business) == (True, True)


async def test_connecting_again_continues_with_the_same_account(
    business: Business, sandbox_server: SandboxServer
) -> None:
    before = len(list(sandbox_server.sandbox.store.all("account")))
    first, second = await asyncio.gather(_connect(business), _connect(business))
    account = await _account(business)
    assert first["url"] != second["url"]
    assert await _connect(business)
    assert await _account(business) == account
    assert len(list(sandbox_server.sandbox.store.all("account"))) == before + 1


async def test_a_lost_response_creates_no_second_account(
    business: Business, sandbox_server: SandboxServer
) -> None:
    before = len(list(sandbox_server.sandbox.store.all("account")))
    sandbox_server.sandbox.arm("/v1/accounts", FaultKind.RESET_AFTER)
    try:
        connected = await _connect(business)
    finally:
        sandbox_server.sandbox.faults.clear()
    assert connected["company"]["stripeConnected"]
    assert len(list(sandbox_server.sandbox.store.all("account"))) == before + 1


async def test_a_company_whose_account_cannot_be_created_stays_unchanged(
    business: Business, sandbox_server: SandboxServer
) -> None:
    sandbox_server.sandbox.arm("/v1/accounts", FaultKind.ERROR, times=3)
    try:
        assert (await business.refused(_CONNECT)).code == "PAYMENT_PROVIDER_ERROR"
    finally:
        sandbox_server.sandbox.faults.clear()
    assert await _state(business) == (False, False)


async def test_payments_are_enabled_while_stripe_enables_charges(
    business: Business, sandbox_server: SandboxServer
) -> None:
    account = await sandbox_server.connect(business)
    sandbox_server.sandbox.set_charges_enabled(account, enabled=False)
    await sandbox_server.webhooks_delivered()
    assert await _state(business) == (True, False)


async def test_connecting_after_disconnecting_creates_another_account(
    business: Business, sandbox_server: SandboxServer
) -> None:
    assert sandbox_server
    await _connect(business)
    first = await _account(business)
    company = (await business.gql(_DISCONNECT))["disconnectStripe"]["company"]
    assert company == {"stripeConnected": False, "chargesEnabled": False}
    assert await business.gql(_DISCONNECT)
    await _connect(business)
    assert await _account(business) != first
    actions = [
        entry.action
        for entry in await AuditEntry.filter(company_id=business.company_id).order_by("at")
    ]
    assert actions == [
        AuditAction.STRIPE_CONNECTED,
        AuditAction.STRIPE_DISCONNECTED,
        AuditAction.STRIPE_CONNECTED,
    ]


async def test_revoking_access_at_stripe_disconnects_the_company(
    business: Business, sandbox_server: SandboxServer
) -> None:
    account = await sandbox_server.connect(business)
    sandbox_server.sandbox.deauthorize(account)
    await sandbox_server.webhooks_delivered()
    assert await _state(business) == (False, False)


async def test_onboarding_returns_to_allowed_origins_only(business: Business) -> None:
    refused = await business.refused(_CONNECT, input={"returnUrl": "https://evil.example/"})
    assert (refused.code, refused.field) == ("BAD_INPUT", "returnUrl")


async def test_connecting_needs_the_permission_to_manage_the_company(business: Business) -> None:
    key = await business.make_key("MANAGE_INVOICES", "VIEW_INVOICES")
    assert (await key.refused(_CONNECT)).code == "FORBIDDEN"
    assert (await key.refused(_DISCONNECT)).code == "FORBIDDEN"
