"""What clients and staff learn of how a payment through Stripe was made, and why it failed."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from dev.stripe_sandbox.faults import Fault, FaultKind
from models import InvoiceChange, InvoiceUpdate
from tests.support.clients import Business
from tests.support.stripe_sandbox import SandboxServer, checkout

_PAYMENTS: Final = (
    "query($token: String!) { invoice(token: $token) {"
    " payments { kind method } amountDue { amount }"
    " failedPayments { amount { amount } method startedAt failedAt reason } } }"
)


@pytest.fixture
async def connected(business: Business, sandbox_server: SandboxServer) -> AsyncIterator[None]:
    """Connect the business to Stripe."""
    await sandbox_server.connect(business)
    yield
    sandbox_server.sandbox.faults.clear()


async def _start(business: Business, server: SandboxServer, **customer: Any) -> tuple[str, str]:
    """Return the token of a new invoice, and the session that pays it."""
    customer_id = await business.make_customer(**customer)
    token = await business.share(await business.make_invoice(customerId=customer_id))
    return token, server.session((await checkout(business.stranger, token))["url"])


async def _payments(business: Business, token: str) -> Any:
    return (await business.stranger.gql(_PAYMENTS, token=token))["invoice"]


@pytest.mark.usefixtures("connected")
async def test_a_client_recognizes_the_card(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token, session = await _start(business, sandbox_server)
    sandbox_server.sandbox.pay(session)
    await sandbox_server.webhooks_delivered()
    invoice = await _payments(business, token)
    assert invoice["payments"] == [{"kind": "PAYMENT", "method": "Visa ending in 4242"}]


@pytest.mark.usefixtures("connected")
async def test_a_client_learns_why_a_bank_debit_came_back(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token, session = await _start(business, sandbox_server, language="de")
    sandbox_server.sandbox.pay_late(session)
    await sandbox_server.webhooks_delivered()
    assert (await _payments(business, token))["failedPayments"] == []
    sandbox_server.sandbox.fail(session)
    await sandbox_server.webhooks_delivered()
    invoice = await _payments(business, token)
    [failed] = invoice["failedPayments"]
    assert failed.pop("startedAt") < failed.pop("failedAt")
    assert failed == {
        "amount": {"amount": "100.00"},
        "method": "SEPA-Lastschrift, Konto mit den Endziffern 3000",
        "reason": "das Konto war nicht gedeckt",
    }
    assert (invoice["payments"], invoice["amountDue"]["amount"]) == ([], "100.00")
    event = await InvoiceUpdate.get(
        company_id=business.company_id, change=InvoiceChange.PAYMENT_FAILED
    )
    assert event.reason == "not enough money in the account"


@pytest.mark.usefixtures("connected")
async def test_a_payment_is_recorded_though_stripe_does_not_say_how_it_was_made(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token, session = await _start(business, sandbox_server)
    fault = Fault(path="/v1/payment_intents/*", kind=FaultKind.ERROR, times=9)
    sandbox_server.sandbox.faults.arm(fault)
    sandbox_server.sandbox.pay(session)
    await sandbox_server.webhooks_delivered()
    invoice = await _payments(business, token)
    assert invoice["payments"] == [{"kind": "PAYMENT", "method": "Online payment"}]
