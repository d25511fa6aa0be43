"""Refunds and disputes."""

import pytest
import stripe

from dev.stripe_sandbox.errors import InvalidState
from tests.dev.stripe_sandbox.sandbox_server import ACME, RIVAL, SandboxServer


async def charge_of(
    sandbox_server: SandboxServer, session: stripe.checkout.Session
) -> stripe.Charge:
    """Return the charge of a session that is paid."""
    listed = await sandbox_server.client.v1.charges.list_async(
        {"payment_intent": str(session.payment_intent)}, {"stripe_account": ACME}
    )
    [charge] = listed.data
    return charge


async def test_a_partial_refund_and_then_the_rest(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    intent, refunds = str(session.payment_intent), sandbox_server.client.v1.refunds
    first = await refunds.create_async(
        {"payment_intent": intent, "amount": 2000, "metadata": {"why": "late"}},
        {"stripe_account": ACME},
    )
    assert (first.status, first.amount, first.currency) == ("succeeded", 2000, "eur")
    charge = await charge_of(sandbox_server, session)
    assert (charge.amount_refunded, charge.refunded) == (2000, False)
    rest = await refunds.create_async({"charge": charge.id}, {"stripe_account": ACME})
    assert rest.amount == 10000
    charge = await charge_of(sandbox_server, session)
    assert (charge.amount_refunded, charge.refunded) == (12000, True)
    listed = await refunds.list_async({"payment_intent": intent}, {"stripe_account": ACME})
    assert [refund.id for refund in listed.data] == [rest.id, first.id]
    assert (await sandbox_server.event_types())[3:] == ["refund.created", "charge.refunded"] * 2
    assert sandbox_server.receiver.received[4].data.object["amount_refunded"] == 2000


async def test_a_refund_cannot_exceed_the_charge(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.refunds.create_async(
            {"payment_intent": str(session.payment_intent), "amount": 12001},
            {"stripe_account": ACME},
        )
    assert error.value.param == "amount"
    sandbox_server.sandbox.refund(session.id)
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.refunds.create_async(
            {"payment_intent": str(session.payment_intent)}, {"stripe_account": ACME}
        )
    assert error.value.code == "charge_already_refunded"
    assert (await charge_of(sandbox_server, session)).amount_refunded == 12000


async def test_an_unpaid_session_cannot_be_refunded(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.refund(session.id)
    sandbox_server.sandbox.pay_late(session.id)
    intent = (await sandbox_server.read(session.id)).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        await sandbox_server.client.v1.refunds.create_async(
            {"payment_intent": str(intent)}, {"stripe_account": ACME}
        )


async def test_a_refund_needs_a_payment(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        await sandbox_server.client.v1.refunds.create_async({"amount": 5})


async def test_a_payment_is_disputed_once_up_to_its_amount(
    sandbox_server: SandboxServer,
) -> None:
    session = await sandbox_server.paid()
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.dispute(session.id, 12001)
    dispute = sandbox_server.sandbox.dispute(str(session.payment_intent))
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.dispute(dispute["charge"])
    assert len(list(sandbox_server.sandbox.store.all("dispute"))) == 1


async def test_a_bank_debit_settles_once(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.pay_late(session.id)
    sandbox_server.sandbox.succeed(session.id)
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.fail(session.id)
    assert (await sandbox_server.read(session.id)).payment_status == "paid"


async def test_other_accounts_cannot_refund(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await sandbox_server.client.v1.refunds.create_async(
            {"payment_intent": str(session.payment_intent)}, {"stripe_account": RIVAL}
        )
    assert (missing.value.http_status, missing.value.param) == (404, "payment_intent")
    assert (await charge_of(sandbox_server, session)).amount_refunded == 0


async def test_a_refund_can_fail(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    refund = sandbox_server.sandbox.refund(session.id, 2000)
    sandbox_server.sandbox.fail_refund(refund["id"])
    retrieved = await sandbox_server.client.v1.refunds.retrieve_async(
        refund["id"], options={"stripe_account": ACME}
    )
    assert (retrieved.status, retrieved.failure_reason) == ("failed", "lost_or_stolen_card")
    assert (await charge_of(sandbox_server, session)).amount_refunded == 0
    assert (await sandbox_server.event_types())[-2:] == ["refund.updated", "refund.failed"]
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.fail_refund(refund["id"])


async def test_a_pending_refund_completes(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    refund = sandbox_server.sandbox.refund(session.id, pending=True)
    assert refund["status"] == "pending"
    sandbox_server.sandbox.arrive_refund(refund["id"])
    assert refund["status"] == "succeeded"
    assert (await sandbox_server.event_types())[-1] == "refund.updated"


async def test_winning_a_dispute_returns_the_money(
    sandbox_server: SandboxServer,
) -> None:
    session = await sandbox_server.paid()
    dispute = sandbox_server.sandbox.dispute(session.id)
    charge = await charge_of(sandbox_server, session)
    assert charge.disputed is True
    sandbox_server.sandbox.answer_dispute(dispute["id"])
    sandbox_server.sandbox.win_dispute(dispute["id"])
    listed = await sandbox_server.client.v1.disputes.list_async(
        {"charge": charge.id}, {"stripe_account": ACME}
    )
    assert [(each.status, each.amount) for each in listed.data] == [("won", 12000)]
    assert [moved.amount for moved in listed.data[0].balance_transactions] == [-12000, 12000]
    assert (await sandbox_server.event_types())[3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


async def test_a_lost_dispute_stays_lost(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    dispute = sandbox_server.sandbox.dispute(session.id, 5000)
    sandbox_server.sandbox.lose_dispute(dispute["id"])
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.win_dispute(dispute["id"])
    retrieved = await sandbox_server.client.v1.disputes.retrieve_async(
        dispute["id"], options={"stripe_account": ACME}
    )
    assert (retrieved.status, retrieved.amount) == ("lost", 5000)
    assert (await sandbox_server.event_types())[-1] == "charge.dispute.closed"
    assert sandbox_server.receiver.received[-1].data.object["status"] == "lost"


async def test_a_disputed_payment_cannot_be_refunded(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    sandbox_server.sandbox.dispute(session.id)
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.refunds.create_async(
            {"payment_intent": str(session.payment_intent)}, {"stripe_account": ACME}
        )
    assert error.value.code == "charge_disputed"
