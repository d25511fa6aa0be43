"""What a front end of its own learns when a client returns from Stripe, whatever got lost."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from dev.stripe_sandbox.faults import FaultKind
from dev.stripe_sandbox.webhooks import DeliveryMode
from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.stripe_sandbox import SandboxServer, checkout

STATUS: Final = (
    "query($token: String!, $number: String, $session: String!) {"
    " checkoutStatus(token: $token, number: $number, sessionId: $session)"
    " { status invoice { number status amountDue { amount } } } }"
)


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> AsyncIterator[str]:
    """Connect the business to Stripe, which reports nothing by itself, and yield its account."""
    webhooks = sandbox_server.sandbox.webhooks
    webhooks.mode = DeliveryMode.DROPPED
    yield await sandbox_server.connect(business)
    webhooks.mode = DeliveryMode.NORMAL
    sandbox_server.sandbox.faults.clear()


async def _status(business: Business, token: str, session: str, number: str | None = None) -> Any:
    answer = await business.stranger.gql(STATUS, token=token, session=session, number=number)
    return answer["checkoutStatus"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("happen", "expected"),
    [
        (None, ("OPEN", "ISSUED", "100.00")),
        ("pay", ("PAID", "PAID", "0.00")),
        ("pay_late", ("PENDING", "ISSUED", "100.00")),
        ("expire", ("EXPIRED", "ISSUED", "100.00")),
    ],
)
async def test_the_status_is_what_stripe_says_though_no_webhook_arrives(
    business: Business, sandbox_server: SandboxServer, happen: str | None, expected: tuple[str, ...]
) -> None:
    token = await business.share(await business.make_invoice())
    session = sandbox_server.session((await checkout(business.stranger, token))["url"])
    if happen:
        getattr(sandbox_server.sandbox, happen)(session)
    answer = await _status(business, token, session)
    invoice = answer["invoice"]
    assert (answer["status"], invoice["status"], invoice["amountDue"]["amount"]) == expected


@pytest.mark.usefixtures("account")
async def test_a_failed_payment_is_told_apart(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token = await business.share(await business.make_invoice())
    session = sandbox_server.session((await checkout(business.stranger, token))["url"])
    sandbox_server.sandbox.pay_late(session)
    assert (await _status(business, token, session))["status"] == "PENDING"
    sandbox_server.sandbox.webhooks.mode = DeliveryMode.NORMAL
    sandbox_server.sandbox.fail(session)
    await sandbox_server.webhooks_delivered()
    assert (await _status(business, token, session))["status"] == "FAILED"


@pytest.mark.usefixtures("account")
async def test_without_an_answer_from_stripe_the_status_is_what_is_known(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token = await business.share(await business.make_invoice())
    session = sandbox_server.session((await checkout(business.stranger, token))["url"])
    sandbox_server.sandbox.pay(session)
    sandbox_server.sandbox.arm("/v1/checkout/sessions/*", FaultKind.ERROR, times=3)
    assert (await _status(business, token, session))["status"] == "OPEN"
    assert (await _status(business, token, session))["status"] == "PAID"


@pytest.mark.usefixtures("account")
async def test_only_the_invoices_own_links_tell_of_its_session(
    business: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    session = sandbox_server.session((await checkout(business.stranger, token))["url"])
    invoice = await business.invoice(invoice_id, "number customer { id }")
    portal = await business.share_portal(invoice["customer"]["id"])
    through_portal = await _status(business, portal, session, invoice["number"])
    assert through_portal["invoice"]["number"] == invoice["number"]
    other = await business.share(await business.make_invoice())
    for strange_token, strange_session in [
        (other, session),
        (token, "cs_test_unknown"),
        (token, "?"),
    ]:
        refusal = await business.stranger.refused(
            STATUS, token=strange_token, session=strange_session
        )
        assert refusal.code == "NOT_FOUND"


@pytest.mark.usefixtures("account")
async def test_a_settled_session_is_not_asked_for_at_stripe(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token = await business.share(await business.make_invoice())
    session = sandbox_server.session((await checkout(business.stranger, token))["url"])
    sandbox_server.sandbox.pay(session)
    assert (await _status(business, token, session))["status"] == "PAID"
    sandbox_server.sandbox.arm("/v1/checkout/sessions/*", FaultKind.ERROR, times=1)
    with statements() as ran:
        assert (await _status(business, token, session))["status"] == "PAID"
    assert len(ran) == 2
    assert sandbox_server.sandbox.faults.armed
