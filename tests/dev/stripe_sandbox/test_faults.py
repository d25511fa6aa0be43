"""Armed faults."""

import time
from typing import Any

import pytest
import stripe

from tests.dev.stripe_sandbox.sandbox_server import (
    ACME,
    SandboxServer,
    session_params,
    stripe_client,
)

SESSIONS = "/v1/checkout/sessions"


def count_sessions(sandbox_server: SandboxServer) -> int:
    """Return the number of sessions."""
    return len(list(sandbox_server.sandbox.store.all("checkout.session")))


@pytest.mark.parametrize(
    ("kind", "error", "created"),
    [
        ("500", stripe.APIError, 0),
        ("500_kept", stripe.APIError, 0),
        ("500_after", stripe.APIError, 1),
        ("429", stripe.RateLimitError, 0),
        ("reset", stripe.APIConnectionError, 0),
        ("reset_after", stripe.APIConnectionError, 1),
    ],
)
async def test_a_fault_hits_once(
    sandbox_server: SandboxServer, kind: str, error: type[Exception], created: int
) -> None:
    sandbox_server.sandbox.arm(SESSIONS, kind)
    with pytest.raises(error):
        await sandbox_server.open()
    assert count_sessions(sandbox_server) == created
    await sandbox_server.open()
    assert count_sessions(sandbox_server) == created + 1


@pytest.mark.parametrize(("kind", "created"), [("500", 1), ("500_kept", 0), ("500_after", 1)])
async def test_some_failures_are_kept_under_the_idempotency_key(
    sandbox_server: SandboxServer, kind: str, created: int
) -> None:
    params: Any = session_params()
    options: Any = {"stripe_account": ACME, "idempotency_key": "key"}
    create = sandbox_server.client.v1.checkout.sessions.create_async
    sandbox_server.sandbox.arm(SESSIONS, kind)
    with pytest.raises(stripe.APIError):
        await create(params, options)
    if kind == "500":
        await create(params, options)
    else:
        with pytest.raises(stripe.APIError):
            await create(params, options)
    assert count_sessions(sandbox_server) == created


@pytest.mark.parametrize(("kind", "created"), [("timeout", 0), ("timeout_after", 1)])
async def test_a_client_times_out(sandbox_server: SandboxServer, kind: str, created: int) -> None:
    sandbox_server.sandbox.arm(SESSIONS, kind)
    params: Any = session_params()
    async with stripe_client(sandbox_server.url, seconds=0.2) as client:
        with pytest.raises(stripe.APIConnectionError, match="Timeout"):
            await client.v1.checkout.sessions.create_async(params, {"stripe_account": ACME})
    assert count_sessions(sandbox_server) == created


async def test_a_timeout_ends_by_itself(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "timeout", seconds=0.05)
    with pytest.raises(stripe.APIConnectionError, match="RemoteProtocolError"):
        await sandbox_server.open()


async def test_a_slow_response_succeeds(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "slow", seconds=0.1)
    started = time.perf_counter()
    assert (await sandbox_server.open()).status == "open"
    assert time.perf_counter() - started >= 0.1


async def test_a_fault_only_hits_its_path_and_method(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(f"{SESSIONS}/*", "500", times=2, method="GET")
    session = await sandbox_server.open()
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await sandbox_server.read(session.id)
    assert (await sandbox_server.read(session.id)).status == "open"


async def test_the_sdk_retries_after_a_fault(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "reset", times=2)
    await sandbox_server.client.v1.checkout.sessions.list_async(
        options={"max_network_retries": 2, "stripe_account": ACME}
    )
    assert not sandbox_server.sandbox.faults.armed
