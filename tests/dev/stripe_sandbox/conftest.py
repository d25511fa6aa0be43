"""A sandbox of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.dev.stripe_sandbox.serving import SandboxServer, Stage, sandbox_serving, stage


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
async def sandbox_server(front: Stage, back: Stage) -> AsyncIterator[SandboxServer]:
    """Yield a sandbox that is served."""
    async with sandbox_serving(front, back) as found:
        yield found
