"""A session that has ended is never handed out again, whether we have heard of its end or not."""

from collections.abc import AsyncIterator

import pytest

from dev.stripe_sandbox.faults import FaultKind
from dev.stripe_sandbox.webhooks import DeliveryMode
from tests.support.clients import Business
from tests.support.stripe_sandbox import (
    CHECKOUT,
    SandboxServer,
    checkout,
    checkout_refused,
    figures,
)


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> AsyncIterator[str]:
    """Connect the business to Stripe, which reports nothing by itself, and yield its account."""
    webhooks = sandbox_server.sandbox.webhooks
    webhooks.mode = DeliveryMode.DROPPED
    yield await sandbox_server.connect(business)
    webhooks.mode = DeliveryMode.NORMAL
    sandbox_server.sandbox.faults.clear()


@pytest.mark.parametrize(
    ("pay", "expected"),
    [
        ("pay", ("PAID", "100.00", "0.00", "0.00")),
        ("pay_late", ("ISSUED", "0.00", "100.00", "100.00")),
    ],
)
async def test_a_session_that_was_completed_is_not_handed_out_again(
    business: Business,
    sandbox_server: SandboxServer,
    account: str,
    pay: str,
    expected: tuple[str, ...],
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    session_id = sandbox_server.session((await checkout(business.stranger, token))["url"])
    getattr(sandbox_server.sandbox, pay)(session_id)
    refusal = await business.stranger.refused(CHECKOUT, input={"token": token})
    assert refusal.code == "PAYMENT_UNAVAILABLE"
    assert refusal.errors[0]["message"] == "A payment was just made. Check the invoice again."
    assert await figures(business, invoice_id) == expected
    assert len(sandbox_server.sessions(account)) == 1


async def test_a_session_that_has_expired_is_replaced(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    token = await business.share(await business.make_invoice())
    first = await checkout(business.stranger, token)
    sandbox_server.sandbox.expire(sandbox_server.session(first["url"]))
    second = await checkout(business.stranger, token)
    assert second["url"] != first["url"]
    statuses = [session["status"] for session in sandbox_server.sessions(account)]
    assert statuses == ["open", "expired"]


@pytest.mark.usefixtures("account")
async def test_a_session_is_not_handed_out_while_stripe_does_not_say_how_it_is(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token = await business.share(await business.make_invoice())
    first = await checkout(business.stranger, token)
    sandbox_server.sandbox.arm("/v1/checkout/sessions/*", FaultKind.ERROR, times=3)
    assert await checkout_refused(business.stranger, token) == "PAYMENT_PROVIDER_ERROR"
    assert await checkout(business.stranger, token) == first
