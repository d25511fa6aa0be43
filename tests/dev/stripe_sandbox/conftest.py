"""A sandbox of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.dev.stripe_sandbox.serving import Stage, StandIn, stage, standing_in


@pytest.fixture(scope="session")
async def front() -> AsyncIterator[Stage]:
    """Yield where sandboxes are served."""
    async with stage() as found:
        yield found


@pytest.fixture(scope="session")
async def back() -> AsyncIterator[Stage]:
    """Yield where those are served that hear of events."""
    async with stage() as found:
        yield found


@pytest.fixture
async def stand_in(front: Stage, back: Stage) -> AsyncIterator[StandIn]:
    """Yield a sandbox that is served."""
    async with standing_in(front, back) as found:
        yield found
