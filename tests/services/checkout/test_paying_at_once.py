"""Several people press Pay at once: someone gets to pay, and the others learn the truth."""

import asyncio
from typing import Any

import pytest

from models import Checkout, CheckoutStatus
from tests.support import stripe_payloads
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.stripe_sandbox import SandboxServer, checkout

_ROUNDS = 30


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> str:
    """Connect the business to Stripe, and return its account."""
    return await sandbox_server.connect(business)


async def _at_once(business: Business, *requests: dict[str, object]) -> list[Any]:
    """Return the checkouts of different people, or why they failed."""
    return await asyncio.gather(
        *(checkout(business.stranger, **request) for request in requests),  # type: ignore[arg-type]
        return_exceptions=True,
    )


async def _links(business: Business, **details: object) -> list[dict[str, object]]:
    """Return how a new invoice is named behind its own link, and in its customer's portal."""
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id, **details)
    number = (await business.invoice(invoice_id, "number"))["number"]
    return [
        {"token": await business.share(invoice_id)},
        {"token": await business.share_portal(customer_id), "number": number},
    ]


async def _is_reserved(invoice_id: str) -> None:
    """Wait until someone has reserved a checkout, and asks Stripe for its session."""

    async def exists() -> bool:
        return await Checkout.exists(shares__invoice_id=invoice_id)

    await eventually(exists)


def _check(answers: list[Any], sessions: list[Any]) -> None:
    """Check that someone can pay, and that the others are told that someone else is about to."""
    opened = [answer for answer in answers if not isinstance(answer, BaseException)]
    refusals = [answer for answer in answers if isinstance(answer, BaseException)]
    [payable] = [session["url"] for session in sessions if session["status"] == "open"]
    # Whoever comes after someone else has been sent to Stripe replaces that checkout.
    assert payable in [answer["url"] for answer in opened]
    for refusal in refusals:
        assert isinstance(refusal, GraphQLFailed)
        assert refusal.code == "CONFLICT"
        assert refusal.errors[0]["message"].startswith("Someone else is about to pay")


async def test_one_of_eight_amounts_can_be_paid(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    links = await _links(business, allowPartialPayment=True)
    # Each link has its own rate limit.
    requests = [links[n % 2] | {"amount": f"{30 + n}.00"} for n in range(8)]
    answers = await _at_once(business, *requests)
    _check(answers, sandbox_server.sessions(account))


async def test_one_of_two_amounts_can_be_paid_each_time(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    for _ in range(_ROUNDS):
        before = len(sandbox_server.sessions(account))
        link, portal = await _links(business, allowPartialPayment=True)
        answers = await _at_once(business, link | {"amount": "30"}, portal | {"amount": "40"})
        sessions = sandbox_server.sessions(account)
        _check(answers, sessions[: len(sessions) - before])


async def test_two_people_with_the_same_amount_get_the_same_page_each_time(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    for number in range(1, _ROUNDS + 1):
        first, second = await _at_once(business, *await _links(business))
        assert first == second
        sessions = sandbox_server.sessions(account)
        assert len(sessions) == number
        assert (sessions[0]["url"], sessions[0]["status"]) == (first["url"], "open")


async def test_the_page_of_someone_who_was_faster_stays_open(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True)
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", "slow", seconds=1)
    faster = asyncio.create_task(checkout(business.stranger, token, amount="30.00"))
    await _is_reserved(invoice_id)
    [refusal] = await _at_once(business, {"token": token, "amount": "40"})
    _check([await faster, refusal], sandbox_server.sessions(account))
    assert len(sandbox_server.sessions(account)) == 1


async def test_after_a_failure_another_amount_can_be_paid_at_once(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True)
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", "500", times=4, method="POST")
    [failure] = await _at_once(business, {"token": token, "amount": "30"})
    assert failure.code == "PAYMENT_PROVIDER_ERROR"
    sandbox_server.sandbox.faults.clear()
    opened = await _at_once(business, {"token": token, "amount": "40"})
    _check(opened, sandbox_server.sessions(account))


async def test_a_checkout_that_ended_while_stripe_opened_it_is_opened_again(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", "slow", seconds=1)
    opening = asyncio.create_task(checkout(business.stranger, token))
    await _is_reserved(invoice_id)
    await stripe_payloads.change_checkouts(invoice_id, status=CheckoutStatus.EXPIRING)
    _check([await opening], sandbox_server.sessions(account))
