"""Pagination and expansion."""

from typing import Any

import pytest
import stripe

from tests.dev.stripe_sandbox.sandbox_server import ACME, RIVAL, SandboxServer


async def test_pages_go_forwards_and_backwards(sandbox_server: SandboxServer) -> None:
    opened = [(await sandbox_server.open()).id for _ in range(5)]
    newest_first = opened[::-1]
    sessions, options = sandbox_server.client.v1.checkout.sessions, {"stripe_account": ACME}

    async def page(**params: Any) -> tuple[list[str], bool]:
        listed = await sessions.list_async(params, options)  # type: ignore[arg-type]
        return [session.id for session in listed.data], listed.has_more

    assert await page(limit=2) == (newest_first[:2], True)
    assert await page(limit=2, starting_after=newest_first[1]) == (newest_first[2:4], True)
    assert await page(limit=2, starting_after=newest_first[3]) == (newest_first[4:], False)
    assert await page(limit=2, ending_before=newest_first[4]) == (newest_first[2:4], True)
    assert await page(limit=2, ending_before=newest_first[2]) == (newest_first[:2], False)


async def test_the_sdk_paginates(sandbox_server: SandboxServer) -> None:
    opened = {(await sandbox_server.open()).id for _ in range(3)}
    page = await sandbox_server.client.v1.checkout.sessions.list_async(
        {"limit": 1}, {"stripe_account": ACME}
    )
    assert {session.id async for session in page.auto_paging_iter()} == opened


async def test_an_account_lists_only_its_objects(sandbox_server: SandboxServer) -> None:
    await sandbox_server.open(RIVAL)
    listed = await sandbox_server.client.v1.checkout.sessions.list_async(
        options={"stripe_account": ACME}
    )
    assert (listed.data, listed.has_more, listed.url) == ([], False, "/v1/checkout/sessions")


async def test_sessions_are_filtered_by_intent(sandbox_server: SandboxServer) -> None:
    await sandbox_server.paid()
    session = await sandbox_server.paid()
    listed = await sandbox_server.client.v1.checkout.sessions.list_async(
        {"payment_intent": str(session.payment_intent)}, {"stripe_account": ACME}
    )
    assert [each.id for each in listed.data] == [session.id]


async def test_events_are_filtered_by_type_and_time(sandbox_server: SandboxServer) -> None:
    first = await sandbox_server.paid()
    before = sandbox_server.sandbox.clock.now()
    sandbox_server.sandbox.clock.advance(100)
    second = await sandbox_server.paid()
    events, options = sandbox_server.client.v1.events, {"stripe_account": ACME}
    both = await events.list_async({"type": "checkout.session.completed"}, options)  # type: ignore[arg-type]
    assert [event.data.object["id"] for event in both.data] == [second.id, first.id]
    late = await events.list_async(
        {"types": ["checkout.*", "refund.created"], "created": {"gt": before}},
        options,  # type: ignore[arg-type]
    )
    assert [event.data.object["id"] for event in late.data] == [second.id]
    retrieved = await events.retrieve_async(late.data[0].id, options=options)  # type: ignore[arg-type]
    assert (retrieved.type, retrieved.account) == ("checkout.session.completed", ACME)


async def test_events_are_filtered_by_delivery(sandbox_server: SandboxServer) -> None:
    sandbox_server.receiver.statuses = [500] * 4
    sandbox_server.sandbox.set_charges_enabled(ACME, enabled=False)
    await sandbox_server.event_types()
    sandbox_server.sandbox.set_charges_enabled(ACME, enabled=True)
    await sandbox_server.event_types()
    events, options = sandbox_server.client.v1.events, {"stripe_account": ACME}
    undelivered = await events.list_async({"delivery_success": False}, options)  # type: ignore[arg-type]
    assert [event.data.object["charges_enabled"] for event in undelivered.data] == [False]
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        await events.list_async({"type": "a", "types": ["b"]}, options)  # type: ignore[arg-type]


async def test_ids_are_expanded_at_any_depth(sandbox_server: SandboxServer) -> None:
    await sandbox_server.paid()
    sessions = sandbox_server.client.v1.checkout.sessions
    listed = await sessions.list_async(
        {"expand": ["data.payment_intent.latest_charge"]}, {"stripe_account": ACME}
    )
    intent = listed.data[0].payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)


async def test_a_plain_value_cannot_be_expanded(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await sandbox_server.client.v1.checkout.sessions.retrieve_async(
            session.id, {"expand": ["currency"]}, {"stripe_account": ACME}
        )


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "cs_none"}])
async def test_invalid_page_parameters_are_rejected(
    sandbox_server: SandboxServer, params: Any
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.checkout.sessions.list_async(
            params, {"stripe_account": ACME}
        )
    assert error.value.param in params
