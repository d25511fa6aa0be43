"""The expiry of sessions."""

import asyncio
from typing import Final

import pytest
import stripe

from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.errors import InvalidState
from tests.dev.stripe_sandbox.sandbox_server import SandboxServer

HALF_AN_HOUR: Final = 1800


async def test_a_session_expires_at_its_time(sandbox_server: SandboxServer) -> None:
    now = sandbox_server.sandbox.clock.now()
    session = await sandbox_server.open(expires_at=now + HALF_AN_HOUR + 60)
    assert session.expires_at == now + HALF_AN_HOUR + 60
    sandbox_server.sandbox.clock.advance(HALF_AN_HOUR)
    assert (await sandbox_server.read(session.id)).status == "open"
    sandbox_server.sandbox.clock.advance(60)
    assert (await sandbox_server.read(session.id)).status == "expired"
    assert await sandbox_server.event_types() == ["checkout.session.expired"]


async def test_a_session_expires_without_a_request(sandbox_server: SandboxServer) -> None:
    await sandbox_server.open()
    sandbox_server.sandbox.clock.advance(24 * 3600)
    async with asyncio.timeout(30):
        await sandbox_server.receiver.first_received.wait()
    assert await sandbox_server.event_types() == ["checkout.session.expired"]


async def test_an_expired_session_cannot_be_paid(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.clock.advance(24 * 3600)
    with pytest.raises(InvalidState):
        sandbox_server.sandbox.pay(session.id)
    assert (await sandbox_server.read(session.id)).payment_status == "unpaid"


async def test_a_paid_session_does_not_expire(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    sandbox_server.sandbox.clock.advance(24 * 3600)
    assert (await sandbox_server.read(session.id)).status == "complete"


@pytest.mark.parametrize("seconds", [0, HALF_AN_HOUR - 10, 24 * 3600 + 10])
async def test_expiry_times_outside_stripes_limits_are_rejected(
    sandbox_server: SandboxServer, seconds: int
) -> None:
    moment = sandbox_server.sandbox.clock.now() + seconds
    with pytest.raises(stripe.InvalidRequestError, match="expires_at") as error:
        await sandbox_server.open(expires_at=moment)
    assert error.value.param == "expires_at"


def test_a_clock_only_moves_forward() -> None:
    clock = Clock(lambda: 1000.9)
    clock.advance(60)
    assert clock.now() == 1060
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
