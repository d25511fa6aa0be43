"""Payments in a crowd, at two processes and in crashes are charged once and never lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from dev.stripe_sandbox.faults import FaultKind
from dev.stripe_sandbox.webhooks import DeliveryMode
from tests.faults.conftest import Cluster, crowd_client
from tests.support import servers
from tests.support.clients import Business, Caller, GraphQLFailed, eventually
from tests.support.corrections import correct, payment_ids
from tests.support.stripe_sandbox import (
    SandboxServer,
    checkout,
    figures,
    sandbox_serving,
)

_CLICKS = 100
_TIMEOUT = 60.0


@pytest.fixture
async def sandbox_server(sandbox_port: int) -> AsyncIterator[SandboxServer]:
    """Yield a new Stripe sandbox."""
    async with sandbox_serving(servers.free_port(), sandbox_port) as sandbox_server:
        yield sandbox_server


@pytest.fixture
async def database(
    sandbox_server: SandboxServer,
    cluster: Cluster,
    staff: Business,  # noqa: ARG001  # creates the company
) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the portals' database. The staff's company accepts payments."""
    sandbox_server.sandbox.webhooks.url = f"{cluster.portals[0].url}/webhooks/stripe"
    connection = await asyncpg.connect(cluster.environment["DATABASE_URL"])
    await connection.execute(
        "UPDATE company SET plan = 'PRO', stripe_account = $1, charges_enabled = true",
        sandbox_server.open_account(),
    )
    yield connection
    await connection.close()


async def _rows(database: asyncpg.Connection) -> list[str]:
    rows = await database.fetch("SELECT status FROM checkout ORDER BY created_at")
    return [row["status"] for row in rows]


async def _until_status(database: asyncpg.Connection, *statuses: str) -> None:
    async def has_status() -> bool:
        return await _rows(database) == list(statuses)

    await eventually(has_status, _TIMEOUT)


async def _click(caller: Caller, token: str, **more: object) -> Any:
    """Start a checkout, and try again as long as the portals are too busy."""
    async with asyncio.timeout(_TIMEOUT):
        while True:
            try:
                return await checkout(caller, token, **more)
            except GraphQLFailed as refusal:
                if refusal.code != "UNAVAILABLE":
                    raise
            await asyncio.sleep(1)


async def test_100_clicks_at_two_processes_open_one_session(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    token = await staff.share(await staff.make_invoice())
    async with crowd_client(cluster.portals[1].url) as elsewhere:
        clients = [Caller(http) for http in (staff.http, elsewhere)]
        answers = await asyncio.gather(*(_click(clients[n % 2], token) for n in range(_CLICKS)))
    assert len({answer["url"] for answer in answers}) == 1
    sessions = list(sandbox_server.sandbox.store.all("checkout.session"))
    assert [session["url"] for session in sessions] == [answers[0]["url"]]
    assert await _rows(database) == ["OPEN"]


async def test_a_crowd_with_different_amounts_at_two_processes_lets_someone_pay(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    token = await staff.share(await staff.make_invoice(allowPartialPayment=True))
    async with crowd_client(cluster.portals[1].url) as elsewhere:
        clients = [Caller(http) for http in (staff.http, elsewhere)]
        answers = await asyncio.gather(
            *(_click(clients[n % 2], token, amount=f"{n + 1}.00") for n in range(_CLICKS // 2)),
            return_exceptions=True,
        )
    refusals = [answer for answer in answers if isinstance(answer, GraphQLFailed)]
    assert {refusal.code for refusal in refusals} == {"CONFLICT"}
    # Whoever comes after someone else has been sent to Stripe replaces that checkout.
    opened = {answer["url"] for answer in answers if isinstance(answer, dict)}
    sessions = list(sandbox_server.sandbox.store.all("checkout.session"))
    [payable] = [session["url"] for session in sessions if session["status"] == "open"]
    assert payable in opened
    assert (await _rows(database)).count("OPEN") == 1


async def test_paying_in_two_tabs_turns_the_surplus_into_credit(
    staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    customer_id = await staff.make_customer()
    invoice_id = await staff.make_invoice(customerId=customer_id, allowPartialPayment=True)
    token = await staff.share(invoice_id)
    first = sandbox_server.session((await checkout(staff.stranger, token))["url"])
    # The client pays at the moment when the second tab's request expires this checkout.
    sandbox_server.sandbox.webhooks.mode = DeliveryMode.HELD
    sandbox_server.sandbox.pay(first)
    await database.execute("UPDATE checkout SET status = 'EXPIRED'")
    await database.execute("UPDATE checkout_share SET payable_for = NULL")
    second = sandbox_server.session((await checkout(staff.stranger, token))["url"])
    sandbox_server.sandbox.pay(second)
    sandbox_server.sandbox.webhooks.mode = DeliveryMode.NORMAL
    sandbox_server.sandbox.webhooks.deliver_held(reverse=True)
    await _until_status(database, "PAID", "PAID")
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    notes = await database.fetch("SELECT total, applied, status FROM credit_note")
    assert [tuple(note) for note in notes] == [(10000, 0, "ISSUED")]
    assert await database.fetchval("SELECT SUM(amount) FROM payment") == 20000
    # A refund of one is taken from the credit first: the invoice stays paid.
    sandbox_server.sandbox.refund(second)
    await sandbox_server.webhooks_delivered()
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert await database.fetchval("SELECT total - applied FROM credit_note") == 0
    sandbox_server.sandbox.refund(first)
    await sandbox_server.webhooks_delivered()
    assert await figures(staff, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")


async def _fail_to_open(staff: Business, token: str) -> None:
    with pytest.raises(Exception, match=r".*"):
        await checkout(staff.stranger, token)


async def test_crash_during_the_call_to_stripe_opens_no_second_session(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    token = await staff.share(await staff.make_invoice())
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.SLOW, seconds=2)
    clicking = asyncio.create_task(_fail_to_open(staff, token))
    await _until_status(database, "OPENING")
    cluster.portals[0].kill()
    await clicking
    cluster.portals[0].start()
    opened = await checkout(staff.stranger, token)
    sessions = list(sandbox_server.sandbox.store.all("checkout.session"))
    assert [session["url"] for session in sessions] == [opened["url"]]
    assert await _rows(database) == ["OPEN"]


async def test_crash_before_the_response_is_stored_loses_no_payment(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    invoice_id = await staff.make_invoice()
    token = await staff.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.SLOW, seconds=1)
    clicking = asyncio.create_task(_fail_to_open(staff, token))
    await _until_status(database, "OPENING")
    async with database.transaction():
        await database.execute("SELECT id FROM checkout FOR UPDATE")

        async def is_created() -> bool:
            return bool(list(sandbox_server.sandbox.store.all("checkout.session")))

        await eventually(is_created, _TIMEOUT)
        cluster.portals[0].kill()
    await clicking
    assert await _rows(database) == ["OPENING"]
    # The client may have been redirected, and pays before anyone asks Stripe again.
    [session] = sandbox_server.sandbox.store.all("checkout.session")
    sandbox_server.sandbox.pay(session["id"])
    cluster.portals[0].start()
    await _until_status(database, "PAID")
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")


async def test_crash_in_the_webhook_books_the_payment_once(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    invoice_id = await staff.make_invoice()
    token = await staff.share(invoice_id)
    session_id = sandbox_server.session((await checkout(staff.stranger, token))["url"])
    async with database.transaction():
        await database.execute("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", UUID(invoice_id))
        sandbox_server.sandbox.pay(session_id)

        async def is_waiting() -> bool:
            return bool(
                await database.fetchval(
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                )
            )

        await eventually(is_waiting, _TIMEOUT)
        cluster.portals[0].kill()
    cluster.portals[0].start()
    await _until_status(database, "PAID")
    await sandbox_server.webhooks_delivered()
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert await database.fetchval("SELECT COUNT(*) FROM payment") == 1
    kept = await database.fetch("SELECT status FROM stripe_event WHERE payload IS NOT NULL")
    assert kept == []


async def test_event_is_sent_again_after_the_database_connection_is_lost(
    staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    invoice_id = await staff.make_invoice()
    session_id = sandbox_server.session(
        (await checkout(staff.stranger, await staff.share(invoice_id)))["url"]
    )
    async with database.transaction():
        await database.execute("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", UUID(invoice_id))
        sandbox_server.sandbox.pay(session_id)

        async def is_terminated() -> bool:
            return bool(
                await database.fetchval(
                    "SELECT BOOL_OR(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
            )

        await eventually(is_terminated, _TIMEOUT)
    await _until_status(database, "PAID")
    await sandbox_server.webhooks_delivered()
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert await database.fetch("SELECT id FROM stripe_event WHERE payload IS NOT NULL") == []


async def test_reconcile_settles_payments_without_webhooks(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    sandbox_server.sandbox.webhooks.url = None
    invoice_id = await staff.make_invoice()
    other_id = await staff.make_invoice()
    paid = sandbox_server.session(
        (await checkout(staff.stranger, await staff.share(invoice_id)))["url"]
    )
    late = sandbox_server.session(
        (await checkout(staff.stranger, await staff.share(other_id)))["url"]
    )
    sandbox_server.sandbox.pay(paid)
    sandbox_server.sandbox.pay_late(late)
    output = await asyncio.to_thread(servers.invotify, cluster.environment, "reconcile")
    assert "a payment is paid" in output
    assert "a payment is pending" in output
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert await figures(staff, other_id) == ("ISSUED", "0.00", "100.00", "100.00")
    sandbox_server.sandbox.refund(paid, 2500)
    sandbox_server.sandbox.fail(late)
    output = await asyncio.to_thread(servers.invotify, cluster.environment, "reconcile")
    assert "none failed" in output
    assert await figures(staff, invoice_id) == ("PARTIALLY_PAID", "75.00", "0.00", "25.00")
    assert await figures(staff, other_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert await _rows(database) == ["PAID", "FAILED"]
    output = await asyncio.to_thread(servers.invotify, cluster.environment, "reconcile")
    assert "nothing new" in output


# --- refunds --------------------------------------------------------------------------------------


async def _paid(staff: Business, sandbox_server: SandboxServer) -> tuple[str, str]:
    """Return an invoice that was paid online, and its payment."""
    invoice_id = await staff.make_invoice()
    url = (await checkout(staff.stranger, await staff.share(invoice_id)))["url"]
    sandbox_server.sandbox.pay(sandbox_server.session(url))
    await sandbox_server.webhooks_delivered()
    sandbox_server.sandbox.webhooks.url = None
    [payment_id] = await payment_ids(staff, invoice_id)
    return invoice_id, payment_id


async def _fail_to_refund(staff: Business, payment_id: str) -> None:
    refund = {"paymentId": payment_id, "amount": "40", "creditInvoice": True}
    with pytest.raises(Exception, match=r".*"):
        await correct(staff, "refundPayment", **refund)


async def _is_requested(database: asyncpg.Connection) -> bool:
    return bool(await database.fetchval("SELECT status = 'REQUESTED' FROM stripe_refund"))


@pytest.mark.parametrize(
    "moment", ["before Stripe is asked", "before it answers", "before it is booked"]
)
async def test_a_refund_survives_a_crash(
    cluster: Cluster,
    staff: Business,
    sandbox_server: SandboxServer,
    database: asyncpg.Connection,
    moment: str,
) -> None:
    invoice_id, payment_id = await _paid(staff, sandbox_server)
    store = sandbox_server.sandbox.store

    async def has_reached_the_moment() -> bool:
        is_made = bool(list(store.all("refund")))
        return await _is_requested(database) and is_made == (moment != "before Stripe is asked")

    async with AsyncExitStack() as stack:
        match moment:
            case "before Stripe is asked":
                sandbox_server.sandbox.arm("/v1/payment_intents/*", FaultKind.TIMEOUT)
            case "before it answers":
                sandbox_server.sandbox.arm("/v1/refunds", FaultKind.TIMEOUT_AFTER, method="POST")
            case _:
                sandbox_server.sandbox.arm("/v1/refunds", FaultKind.SLOW, seconds=1, method="POST")
        refunding = asyncio.create_task(_fail_to_refund(staff, payment_id))
        if moment == "before it is booked":
            await eventually(lambda: _is_requested(database), _TIMEOUT)
            await stack.enter_async_context(database.transaction())
            await database.execute("SELECT id FROM invoice FOR UPDATE")
        await eventually(has_reached_the_moment, _TIMEOUT)
        cluster.portals[0].kill()
    await refunding
    # Nothing is booked yet, and the other process isn't due to ask.
    assert await database.fetchval("SELECT count(*) FROM reversal") == 0
    cluster.portals[0].start()
    if moment == "before it answers":
        output = await asyncio.to_thread(servers.invotify, cluster.environment, "reconcile")
        assert "none failed" in output
        assert "none differ" in output
    else:
        await database.execute("UPDATE stripe_refund SET next_attempt_at = now()")

    async def is_done() -> bool:
        return not await _is_requested(database)

    await eventually(is_done, _TIMEOUT)
    assert await figures(staff, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert [refund["amount"] for refund in store.all("refund")] == [40_00]
    assert await database.fetchval("SELECT SUM(amount) FROM reversal") == 40_00
    assert await database.fetchval("SELECT SUM(amount) FROM credit_application") == 40_00


async def test_refunds_at_two_processes_never_exceed_the_payment(
    cluster: Cluster, staff: Business, sandbox_server: SandboxServer, database: asyncpg.Connection
) -> None:
    _, payment_id = await _paid(staff, sandbox_server)
    async with crowd_client(cluster.portals[1].url) as elsewhere:
        clients = [staff, Business(elsewhere, staff.secret)]
        answers = await asyncio.gather(
            *(
                correct(clients[n % 2], "refundPayment", paymentId=payment_id, amount="30")
                for n in range(12)
            ),
            return_exceptions=True,
        )
    refusals = [answer for answer in answers if isinstance(answer, GraphQLFailed)]
    assert {refusal.code for refusal in refusals} == {"AMOUNT_TOO_LARGE"}
    assert len(refusals) == 12 - 3
    assert [r["amount"] for r in sandbox_server.sandbox.store.all("refund")] == [30_00] * 3
    assert await database.fetchval("SELECT SUM(amount) FROM reversal") == 90_00
