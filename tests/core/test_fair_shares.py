"""A client that keeps the process busy waits while others want something, too."""

import asyncio
import time

import pytest

from core import fair_shares
from core.fair_shares import FairShares, Meter
from errors import RateLimited


async def _request(shares: FairShares, key: str, seconds: float) -> None:
    """Make a request that uses `seconds` of the process's time."""
    (await shares.take(key)).end(seconds)


async def _waits(shares: FairShares, key: str) -> bool:
    try:
        turn = await asyncio.wait_for(shares.take(key), 0.05)
    except TimeoutError:
        return True
    turn.end(0.0)
    return False


async def test_busy_client_waits_and_others_do_not() -> None:
    shares = FairShares(0.2)
    await _request(shares, "quiet", 0.001)
    await _request(shares, "busy", 1.0)
    assert not await _waits(shares, "quiet")
    assert await _waits(shares, "busy")


async def test_waiting_client_continues_when_its_share_has_caught_up() -> None:
    shares = FairShares(0.5)
    await _request(shares, "quiet", 0.0)
    await _request(shares, "busy", 0.2)  # 0.1 seconds more than it may be ahead
    await _request(shares, "quiet", 0.0)
    started = time.monotonic()
    async with asyncio.timeout(30):
        await shares.take("busy")
    assert time.monotonic() - started > 0.1


async def test_client_alone_never_waits_nor_pays_for_it_later() -> None:
    shares = FairShares(0.2)
    for _ in range(100):
        await _request(shares, "only", 1.0)
    assert not await _waits(shares, "only")
    await _request(shares, "other", 0.0)
    async with asyncio.timeout(30):
        await shares.take("only")


async def test_few_requests_of_a_client_run_at_once_while_others_are_active() -> None:
    shares = FairShares(0.2)
    await _request(shares, "other", 0.0)
    await _request(shares, "many", 0.0)
    entering = [asyncio.create_task(shares.take("many")) for _ in range(10)]
    await asyncio.sleep(0.01)
    assert sum(task.done() for task in entering) == fair_shares._MAX_AT_ONCE
    for task in entering:
        (await task).end(0.0)


async def test_credential_has_one_share_at_all_its_addresses() -> None:
    shares = FairShares(0.2)
    await _request(shares, "quiet", 0.0)
    (await shares.take("first", "key")).end(2.0)
    await _request(shares, "quiet", 0.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(shares.take("second", "key"), 0.05)
    assert not await _waits(shares, "second")


async def test_too_many_waiting_requests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_shares, "_MAX_WAITING", 1)
    shares = FairShares(0.2)
    await _request(shares, "quiet", 0.0)
    await _request(shares, "busy", 2.0)
    waiting = asyncio.create_task(shares.take("busy"))
    await asyncio.sleep(0)
    with pytest.raises(RateLimited) as refused:
        await shares.take("busy")
    assert refused.value.retry_after
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_request_that_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_shares, "_MAX_WAIT", 0.05)
    shares = FairShares(0.2)
    await _request(shares, "quiet", 0.0)
    await _request(shares, "busy", 2.0)
    with pytest.raises(RateLimited):
        await shares.take("busy")


async def test_meter_counts_work_and_not_waiting() -> None:
    async def work() -> None:
        end = time.perf_counter() + 0.05
        while time.perf_counter() < end:
            pass
        await asyncio.sleep(0.2)

    meter = Meter(work())
    await meter
    assert 0.05 <= meter.seconds < 0.2


async def test_metered_work_can_be_cancelled_and_can_fail() -> None:
    cleaned: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("wait")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError

    async def run(meter: Meter) -> None:
        await meter

    task = asyncio.create_task(run(Meter(wait())))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert cleaned == ["wait"]
    with pytest.raises(LookupError):
        await Meter(fail())


async def test_clients_who_wait_have_one_share_together() -> None:
    shares = FairShares(0.2)
    await _request(shares, "quiet", 0.0)
    for n in range(4):
        await _request(shares, f"busy {n}", 1.0)
    waiting = [asyncio.create_task(shares.take(f"busy {n}")) for n in range(4)]
    await asyncio.sleep(0)
    clients = shares._clients
    assert [shares._share_of(clients[f"busy {n}"]) for n in range(4)] == [0.05] * 4
    assert shares._share_of(clients["quiet"]) == 0.2
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
