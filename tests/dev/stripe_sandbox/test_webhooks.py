"""How events reach the platform."""

import time

import pytest
import stripe

from dev.stripe_sandbox.signatures import sign
from dev.stripe_sandbox.webhooks import DeliveryMode, DeliveryState
from tests.dev.stripe_sandbox.serving import ACME, SECRET, StandIn

PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


async def test_an_event_is_signed_and_says_what_it_is_of(stand_in: StandIn) -> None:
    session = await stand_in.paid()
    await stand_in.heard()
    event = stand_in.receiver.heard[-1]  # the receiver has checked its signature
    assert event.id.startswith("evt_")
    assert (event.account, event.livemode, event.pending_webhooks) == (ACME, False, 1)
    assert event.api_version == "2026-10-28.endive"
    assert event.data.object["id"] == session.id
    found = await stand_in.client.v1.events.retrieve_async(
        event.id, options={"stripe_account": ACME}
    )
    assert found.pending_webhooks == 0


def test_a_signature_holds_for_one_body_and_one_secret() -> None:
    body, now = b'{"object": "event"}', int(time.time())
    signature = sign(body, SECRET, now)
    verify = stripe.WebhookSignature.verify_header
    assert verify(body.decode(), signature, SECRET, tolerance=300)
    for changed, secret in ((b"{}", SECRET), (body, f"{SECRET}x")):
        with pytest.raises(stripe.SignatureVerificationError):
            verify(changed.decode(), signature, secret, tolerance=300)


async def test_an_event_is_sent_until_it_is_heard(stand_in: StandIn) -> None:
    stand_in.receiver.answers = [500, 302, 200]
    stand_in.sandbox.deauthorize(ACME)
    assert await stand_in.heard() == ["account.application.deauthorized"]
    assert len({event.id for event in stand_in.receiver.attempts}) == 1
    [delivery] = stand_in.sandbox.webhooks.deliveries
    assert (delivery.state, delivery.statuses) == (DeliveryState.DELIVERED, [500, 302, 200])


async def test_an_event_that_nobody_hears_is_given_up_and_can_be_sent_again(
    stand_in: StandIn,
) -> None:
    stand_in.receiver.answers = [500] * 4
    stand_in.sandbox.deauthorize(ACME)
    assert await stand_in.heard() == []
    [delivery] = stand_in.sandbox.webhooks.deliveries
    assert (delivery.state, delivery.statuses) == (DeliveryState.FAILED, [500] * 4)
    stand_in.sandbox.webhooks.resend(delivery.event)
    assert await stand_in.heard() == ["account.application.deauthorized"]


async def test_nobody_waits_for_what_is_not_heard(stand_in: StandIn) -> None:
    stand_in.receiver.answers = [500]
    await stand_in.paid()
    assert sorted(await stand_in.heard()) == sorted(PAID)
    assert stand_in.receiver.types[0] == "payment_intent.succeeded"


@pytest.mark.parametrize(
    ("mode", "heard"),
    [
        (DeliveryMode.NORMAL, PAID),
        (DeliveryMode.TWICE, [type_ for type_ in PAID for _ in range(2)]),
        (DeliveryMode.REVERSED, PAID[::-1]),
        (DeliveryMode.HELD, []),
        (DeliveryMode.DROPPED, []),
    ],
)
async def test_events_come_as_the_mode_says(
    stand_in: StandIn, mode: DeliveryMode, heard: list[str]
) -> None:
    stand_in.sandbox.webhooks.mode = mode
    await stand_in.paid()
    assert await stand_in.heard() == heard
    assert len(list(stand_in.sandbox.store.everywhere("event"))) == 3


async def test_what_is_held_comes_when_it_is_asked_for(stand_in: StandIn) -> None:
    webhooks = stand_in.sandbox.webhooks
    webhooks.mode = DeliveryMode.HELD
    await stand_in.paid()
    assert webhooks.deliver_held(reverse=True) == 3
    assert webhooks.deliver_held() == 0
    assert await stand_in.heard() == PAID[::-1]


async def test_an_event_shows_its_object_as_it_was(stand_in: StandIn) -> None:
    stand_in.sandbox.webhooks.mode = DeliveryMode.HELD
    session = await stand_in.paid()
    stand_in.sandbox.refund(session.id)
    stand_in.sandbox.webhooks.deliver_held()
    await stand_in.heard()
    assert [
        event.data.object["amount_refunded"]
        for event in stand_in.receiver.heard
        if event.type.startswith("charge.")
    ] == [0, 12000]
