"""Sessions whose time is over."""

import asyncio
from typing import Final

import pytest
import stripe

from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.errors import InvalidState
from tests.dev.stripe_sandbox.serving import StandIn

HALF_AN_HOUR: Final = 1800


async def test_a_session_expires_in_its_time(stand_in: StandIn) -> None:
    now = stand_in.sandbox.clock.now()
    session = await stand_in.open(expires_at=now + HALF_AN_HOUR + 60)
    assert session.expires_at == now + HALF_AN_HOUR + 60
    stand_in.sandbox.clock.advance(HALF_AN_HOUR)
    assert (await stand_in.read(session.id)).status == "open"
    stand_in.sandbox.clock.advance(60)
    assert (await stand_in.read(session.id)).status == "expired"
    assert await stand_in.heard() == ["checkout.session.expired"]


async def test_nobody_need_look(stand_in: StandIn) -> None:
    await stand_in.open()
    stand_in.sandbox.clock.advance(24 * 3600)
    async with asyncio.timeout(5):
        await stand_in.receiver.told.wait()
    assert await stand_in.heard() == ["checkout.session.expired"]


async def test_what_is_over_is_not_paid(stand_in: StandIn) -> None:
    session = await stand_in.open()
    stand_in.sandbox.clock.advance(24 * 3600)
    with pytest.raises(InvalidState):
        stand_in.sandbox.pay(session.id)
    assert (await stand_in.read(session.id)).payment_status == "unpaid"


async def test_what_is_paid_does_not_expire(stand_in: StandIn) -> None:
    session = await stand_in.paid()
    stand_in.sandbox.clock.advance(24 * 3600)
    assert (await stand_in.read(session.id)).status == "complete"


@pytest.mark.parametrize("seconds", [0, HALF_AN_HOUR - 10, 24 * 3600 + 10])
async def test_times_that_stripe_refuses(stand_in: StandIn, seconds: int) -> None:
    moment = stand_in.sandbox.clock.now() + seconds
    with pytest.raises(stripe.InvalidRequestError, match="expires_at") as refused:
        await stand_in.open(expires_at=moment)
    assert refused.value.param == "expires_at"


def test_a_clock_goes_forward_only() -> None:
    clock = Clock(lambda: 1000.9)
    clock.advance(60)
    assert clock.now() == 1060
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
