"""The delivery of events."""

import time

import pytest
import stripe

from dev.stripe_sandbox.signatures import sign
from dev.stripe_sandbox.webhooks import DeliveryMode, DeliveryState
from tests.dev.stripe_sandbox.sandbox_server import ACME, SECRET, SandboxServer

PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


async def test_an_event_is_signed_and_names_its_object(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    await sandbox_server.event_types()
    event = sandbox_server.receiver.received[-1]  # the receiver has checked its signature
    assert event.id.startswith("evt_")
    assert (event.account, event.livemode, event.pending_webhooks) == (ACME, False, 1)
    assert event.api_version == "2026-10-28.endive"
    assert event.data.object["id"] == session.id
    retrieved = await sandbox_server.client.v1.events.retrieve_async(
        event.id, options={"stripe_account": ACME}
    )
    assert retrieved.pending_webhooks == 0


def test_a_signature_is_valid_for_one_body_and_secret() -> None:
    body, now = b'{"object": "event"}', int(time.time())
    signature = sign(body, SECRET, now)
    verify = stripe.WebhookSignature.verify_header
    assert verify(body.decode(), signature, SECRET, tolerance=300)
    for changed, secret in ((b"{}", SECRET), (body, f"{SECRET}x")):
        with pytest.raises(stripe.SignatureVerificationError):
            verify(changed.decode(), signature, secret, tolerance=300)


async def test_an_event_is_retried_until_it_is_accepted(sandbox_server: SandboxServer) -> None:
    sandbox_server.receiver.statuses = [500, 302, 200]
    sandbox_server.sandbox.deauthorize(ACME)
    assert await sandbox_server.event_types() == ["account.application.deauthorized"]
    assert len({event.id for event in sandbox_server.receiver.attempts}) == 1
    [delivery] = sandbox_server.sandbox.webhooks.deliveries
    assert (delivery.state, delivery.statuses) == (DeliveryState.DELIVERED, [500, 302, 200])


async def test_a_failed_event_can_be_resent(
    sandbox_server: SandboxServer,
) -> None:
    sandbox_server.receiver.statuses = [500] * 4
    sandbox_server.sandbox.deauthorize(ACME)
    assert await sandbox_server.event_types() == []
    [delivery] = sandbox_server.sandbox.webhooks.deliveries
    assert (delivery.state, delivery.statuses) == (DeliveryState.FAILED, [500] * 4)
    sandbox_server.sandbox.webhooks.resend(delivery.event)
    assert await sandbox_server.event_types() == ["account.application.deauthorized"]


async def test_a_retry_does_not_delay_other_events(sandbox_server: SandboxServer) -> None:
    sandbox_server.receiver.statuses = [500]
    await sandbox_server.paid()
    assert sorted(await sandbox_server.event_types()) == sorted(PAID)
    assert sandbox_server.receiver.types[0] == "payment_intent.succeeded"


@pytest.mark.parametrize(
    ("mode", "types"),
    [
        (DeliveryMode.NORMAL, PAID),
        (DeliveryMode.TWICE, [type_ for type_ in PAID for _ in range(2)]),
        (DeliveryMode.REVERSED, PAID[::-1]),
        (DeliveryMode.HELD, []),
        (DeliveryMode.DROPPED, []),
    ],
)
async def test_events_follow_the_delivery_mode(
    sandbox_server: SandboxServer, mode: DeliveryMode, types: list[str]
) -> None:
    sandbox_server.sandbox.webhooks.mode = mode
    await sandbox_server.paid()
    assert await sandbox_server.event_types() == types
    assert len(list(sandbox_server.sandbox.store.all("event"))) == 3


async def test_held_events_are_delivered_on_request(sandbox_server: SandboxServer) -> None:
    webhooks = sandbox_server.sandbox.webhooks
    webhooks.mode = DeliveryMode.HELD
    await sandbox_server.paid()
    assert webhooks.deliver_held(reverse=True) == 3
    assert webhooks.deliver_held() == 0
    assert await sandbox_server.event_types() == PAID[::-1]


async def test_an_event_shows_the_object_at_that_time(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.webhooks.mode = DeliveryMode.HELD
    session = await sandbox_server.paid()
    sandbox_server.sandbox.refund(session.id)
    sandbox_server.sandbox.webhooks.deliver_held()
    await sandbox_server.event_types()
    assert [
        event.data.object["amount_refunded"]
        for event in sandbox_server.receiver.received
        if event.type.startswith("charge.")
    ] == [0, 12000]
