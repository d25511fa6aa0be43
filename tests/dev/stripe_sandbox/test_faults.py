"""What goes wrong when it is told to."""

import time
from typing import Any

import pytest
import stripe

from tests.dev.stripe_sandbox.serving import ACME, StandIn, client_of, session_params

SESSIONS = "/v1/checkout/sessions"


def count(stand_in: StandIn) -> int:
    """Return how many sessions there are."""
    return len(list(stand_in.sandbox.store.everywhere("checkout.session")))


@pytest.mark.parametrize(
    ("kind", "error", "made"),
    [
        ("500", stripe.APIError, 0),
        ("500_after", stripe.APIError, 1),
        ("429", stripe.RateLimitError, 0),
        ("reset", stripe.APIConnectionError, 0),
        ("reset_after", stripe.APIConnectionError, 1),
    ],
)
async def test_a_fault_hits_once(
    stand_in: StandIn, kind: str, error: type[Exception], made: int
) -> None:
    stand_in.sandbox.arm(SESSIONS, kind)
    with pytest.raises(error):
        await stand_in.open()
    assert count(stand_in) == made
    await stand_in.open()
    assert count(stand_in) == made + 1


@pytest.mark.parametrize(("kind", "made"), [("timeout", 0), ("timeout_after", 1)])
async def test_a_client_that_gives_up_is_let_go(stand_in: StandIn, kind: str, made: int) -> None:
    stand_in.sandbox.arm(SESSIONS, kind)
    params: Any = session_params()
    async with client_of(stand_in.url, seconds=0.2) as hasty:
        with pytest.raises(stripe.APIConnectionError, match="Timeout"):
            await hasty.v1.checkout.sessions.create_async(params, {"stripe_account": ACME})
    assert count(stand_in) == made


async def test_a_timeout_ends_by_itself(stand_in: StandIn) -> None:
    stand_in.sandbox.arm(SESSIONS, "timeout", seconds=0.05)
    with pytest.raises(stripe.APIConnectionError, match="RemoteProtocolError"):
        await stand_in.open()


async def test_a_slow_answer_is_an_answer(stand_in: StandIn) -> None:
    stand_in.sandbox.arm(SESSIONS, "slow", seconds=0.1)
    started = time.perf_counter()
    assert (await stand_in.open()).status == "open"
    assert time.perf_counter() - started >= 0.1


async def test_a_fault_hits_its_path_and_method_only(stand_in: StandIn) -> None:
    stand_in.sandbox.arm(f"{SESSIONS}/*", "500", times=2, method="GET")
    session = await stand_in.open()
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await stand_in.read(session.id)
    assert (await stand_in.read(session.id)).status == "open"


async def test_the_sdk_gets_over_a_fault_by_itself(stand_in: StandIn) -> None:
    stand_in.sandbox.arm(SESSIONS, "reset", times=2)
    await stand_in.client.v1.checkout.sessions.list_async(
        options={"max_network_retries": 2, "stripe_account": ACME}
    )
    assert not stand_in.sandbox.faults.armed
