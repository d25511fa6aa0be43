"""Fixtures: a sandbox for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.dev.stripe_sandbox.sandbox_server import (
    SandboxServer,
    SwappableApp,
    sandbox_serving,
    swappable_app,
)


@pytest.fixture(scope="session")
async def sandbox_app() -> AsyncIterator[SwappableApp]:
    """Yield the server of the sandboxes."""
    async with swappable_app() as app:
        yield app


@pytest.fixture(scope="session")
async def receiver_app() -> AsyncIterator[SwappableApp]:
    """Yield the server of the receivers of events."""
    async with swappable_app() as app:
        yield app


@pytest.fixture
async def sandbox_server(
    sandbox_app: SwappableApp, receiver_app: SwappableApp
) -> AsyncIterator[SandboxServer]:
    """Yield a running sandbox with a receiver."""
    async with sandbox_serving(sandbox_app, receiver_app) as server:
        yield server
