"""Idempotency keys: a repeated request does its work once."""

import asyncio
from typing import Any, Final

import httpx
import pytest
import stripe

from tests.dev.stripe_sandbox.sandbox_server import (
    ACME,
    KEY,
    NEW,
    RIVAL,
    SandboxServer,
    session_params,
)

SESSIONS: Final = "/v1/checkout/sessions"


async def create(
    sandbox_server: SandboxServer, key: str, account: str = ACME, retries: int = 0, **changed: Any
) -> stripe.checkout.Session:
    """Open a session with an idempotency key."""
    options: Any = {
        "idempotency_key": key,
        "max_network_retries": retries,
        "stripe_account": account,
    }
    params: Any = session_params(**changed)
    return await sandbox_server.client.v1.checkout.sessions.create_async(params, options)


def count_sessions(sandbox_server: SandboxServer) -> int:
    """Return the number of sessions."""
    return len(list(sandbox_server.sandbox.store.all("checkout.session")))


async def test_a_repeated_request_gets_the_same_response(sandbox_server: SandboxServer) -> None:
    first, again = await create(sandbox_server, "k"), await create(sandbox_server, "k")
    assert again.to_dict() == first.to_dict()
    assert first.last_response
    assert again.last_response
    headers, replayed = first.last_response.headers, again.last_response.headers
    assert "idempotent-replayed" not in headers
    assert replayed["idempotent-replayed"] == "true"
    assert replayed["original-request"] == headers["request-id"]
    assert replayed["request-id"] != headers["request-id"]
    assert count_sessions(sandbox_server) == 1


async def test_a_key_belongs_to_one_set_of_parameters(sandbox_server: SandboxServer) -> None:
    await create(sandbox_server, "k")
    with pytest.raises(stripe.IdempotencyError) as error:
        await create(sandbox_server, "k", unit_amount=5000)
    assert error.value.http_status == 400
    assert count_sessions(sandbox_server) == 1


async def test_a_key_belongs_to_one_endpoint(sandbox_server: SandboxServer) -> None:
    session = await create(sandbox_server, "k")
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await sandbox_server.client.v1.checkout.sessions.expire_async(
            session.id, options={"idempotency_key": "k", "stripe_account": ACME}
        )
    assert (await sandbox_server.read(session.id)).status == "open"


async def test_each_account_has_its_own_keys(sandbox_server: SandboxServer) -> None:
    first, other = await create(sandbox_server, "k"), await create(sandbox_server, "k", RIVAL)
    assert first.id != other.id
    assert count_sessions(sandbox_server) == 2


async def test_a_key_is_in_use_until_its_request_ends(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "slow", seconds=0.3)
    slow = asyncio.create_task(create(sandbox_server, "k"))
    async with asyncio.timeout(30):
        while sandbox_server.sandbox.faults.armed:
            await asyncio.sleep(0.01)
            assert not slow.done()
    with pytest.raises(stripe.StripeError) as error:
        await create(sandbox_server, "k")
    assert error.value.http_status == 409
    assert error.value.error
    assert error.value.error.code == "idempotency_key_in_use"
    assert (await create(sandbox_server, "k", retries=3)).id == (await slow).id
    assert count_sessions(sandbox_server) == 1


async def test_an_invalid_parameter_leaves_the_key_free(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await create(sandbox_server, "k", locale="klingon")
    assert (await create(sandbox_server, "k")).status == "open"


async def test_an_error_during_the_work_is_stored(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await create(sandbox_server, "k", NEW)
    sandbox_server.sandbox.set_charges_enabled(NEW, enabled=True)
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges") as again:
        await create(sandbox_server, "k", NEW)
    assert again.value.headers
    assert again.value.headers["idempotent-replayed"] == "true"
    assert (await create(sandbox_server, "another", NEW)).status == "open"


async def test_an_error_before_the_work_is_not_stored(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "500")
    with pytest.raises(stripe.APIError):
        await create(sandbox_server, "k")
    assert count_sessions(sandbox_server) == 0
    assert (await create(sandbox_server, "k")).status == "open"


async def test_an_error_after_the_work_is_stored(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "500_after")
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as broken:
            await create(sandbox_server, "k", retries=2)
        assert broken.value.headers
        assert broken.value.headers["stripe-should-retry"] == "false"
        assert broken.value.headers.get("idempotent-replayed") == replayed
    assert count_sessions(sandbox_server) == 1


async def test_a_retry_gets_a_lost_response(
    sandbox_server: SandboxServer,
) -> None:
    sandbox_server.sandbox.arm(SESSIONS, "reset_after")
    session = await create(sandbox_server, "k", retries=2)
    assert session.last_response
    assert session.last_response.headers["idempotent-replayed"] == "true"
    assert count_sessions(sandbox_server) == 1


async def test_a_key_is_forgotten_after_a_day(sandbox_server: SandboxServer) -> None:
    first = await create(sandbox_server, "k")
    sandbox_server.sandbox.clock.advance(24 * 3600)
    assert (await create(sandbox_server, "k")).id != first.id


async def test_a_key_of_256_characters_is_rejected(sandbox_server: SandboxServer) -> None:
    headers = {"authorization": f"Bearer {KEY}", "idempotency-key": "k" * 256}
    async with httpx.AsyncClient(base_url=sandbox_server.url) as http:
        response = await http.post(SESSIONS, headers=headers, data={"mode": "payment"})
    assert response.status_code == 400


async def test_the_synchronous_client_gets_the_same_response(sandbox_server: SandboxServer) -> None:
    http, params = stripe.RequestsClient(), session_params()
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox_server.url}, http_client=http)
    options: Any = {"idempotency_key": "k", "stripe_account": ACME}

    def create_twice() -> list[str]:
        create: Any = client.v1.checkout.sessions.create
        return [create(params, options).id for _ in range(2)]

    first, again = await asyncio.to_thread(create_twice)
    http.close()  # type: ignore[no-untyped-call]
    assert first == again
    assert count_sessions(sandbox_server) == 1
