"""Sessions whose time is over."""

import asyncio
from typing import Final

import pytest
import stripe

from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.errors import InvalidState
from tests.dev.stripe_sandbox.serving import SandboxServer

HALF_AN_HOUR: Final = 1800


async def test_a_session_expires_in_its_time(sandbox_server: SandboxServer) -> None:
    now = sandbox_server.sandbox.clock.now()
    session = await sandbox_server.open(expires_at=now + HALF_AN_HOUR + 60)
    assert session.expires_at == now + HALF_AN_HOUR + 60
    sandbox_server.sandbox.clock.advance(HALF_AN_HOUR)
    assert (await sandbox_server.read(session.id)).status == "open"
    sandbox_server.sandbox.clock.advance(60)
    assert (await sandbox_server.read(session.id)).status == "expired"
    assert await sandbox_server.heard() == ["checkout.session.expired"]


async def test_nobody_need_look(sandbox_server: SandboxServer) -> None:
    await sandbox_server.open()
    sandbox_server.sandbox.clock.advance(24 * 3600)
    async with asyncio.timeout(5):
        await sandbox_server.receiver.told.wait()
    assert await sandbox_server.heard() == ["checkout.session.expired"]


async def test_what_is_over_is_not_paid(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.clock.advance(24 * 3600)
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.pay(session.id)
    assert (await sandbox_server.read(session.id)).payment_status == "unpaid"


async def test_what_is_paid_does_not_expire(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    sandbox_server.sandbox.clock.advance(24 * 3600)
    assert (await sandbox_server.read(session.id)).status == "complete"


@pytest.mark.parametrize("seconds", [0, HALF_AN_HOUR - 10, 24 * 3600 + 10])
async def test_times_that_stripe_refuses(sandbox_server: SandboxServer, seconds: int) -> None:
    moment = sandbox_server.sandbox.clock.now() + seconds
    with pytest.raises(stripe.InvalidRequestError, match="expires_at") as refused:
        await sandbox_server.open(expires_at=moment)
    assert refused.value.param == "expires_at"


def test_a_clock_goes_forward_only() -> None:
    clock = Clock(lambda: 1000.9)
    clock.advance(60)
    assert clock.now() == 1060
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
