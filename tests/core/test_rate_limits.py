"""Rate limits are exact, shared through Redis, and still apply without it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import NoneType
from unittest.mock import patch
from uuid import uuid4

import pytest
from limits import RateLimitItem, parse
from redis.asyncio import Redis
from structlog.testing import capture_logs

from core import hit_counters, rate_limits
from core.hit_counters import Hit, LocalCounters
from core.rate_limits import RateLimiter
from errors import RateLimited
from tests.support import servers

_THREE: RateLimitItem = parse("3/minute")


@pytest.fixture(scope="module")
def private_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.RedisServer]:
    """Yield a Redis that only these tests use, so that they can kill it."""
    folder: Path = tmp_path_factory.mktemp("private-redis")
    with servers.redis(folder) as server:
        yield server


@pytest.fixture(params=["alone", "redis"])
async def rate_limiter(
    request: pytest.FixtureRequest, private_redis: servers.RedisServer
) -> AsyncIterator[RateLimiter]:
    """Yield a rate limiter that counts in the process, and one that counts in Redis."""
    rate_limiter = RateLimiter(private_redis.url if request.param == "redis" else None)
    yield rate_limiter
    await rate_limiter.close()


async def _hits(rate_limiter: RateLimiter, rate: RateLimitItem, *key: str, times: int) -> int:
    """Return how many of `times` concurrent hits are accepted."""
    hits = (rate_limiter.hit(rate, *key) for _ in range(times))
    outcomes = await asyncio.gather(*hits, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, RateLimited) for outcome in outcomes)
    return outcomes.count(None)


async def test_exactly_the_limit_is_accepted(rate_limiter: RateLimiter) -> None:
    key = uuid4().hex
    assert await _hits(rate_limiter, _THREE, "views", key, times=20) == 3
    assert await _hits(rate_limiter, _THREE, "views", key, times=5) == 0


async def test_keys_and_rates_are_counted_separately(rate_limiter: RateLimiter) -> None:
    key = uuid4().hex
    assert await _hits(rate_limiter, _THREE, "views", key, times=4) == 3
    assert await _hits(rate_limiter, _THREE, "views", key + "x", times=4) == 3
    assert await _hits(rate_limiter, _THREE, "sign-in", key, times=4) == 3
    assert await _hits(rate_limiter, parse("2/hour"), "views", key, times=4) == 2


async def test_refusal_says_when_to_retry(rate_limiter: RateLimiter) -> None:
    rate, key = parse("1/minute"), uuid4().hex
    await rate_limiter.hit(rate, key)
    with pytest.raises(RateLimited) as refusal:
        await rate_limiter.hit(rate, key)
    assert refusal.value.retry_after in {59, 60}


async def test_retry_after_the_given_time_is_accepted(rate_limiter: RateLimiter) -> None:
    rate, key = parse("1/2 seconds"), uuid4().hex
    await rate_limiter.hit(rate, key)
    with pytest.raises(RateLimited) as refusal:
        await rate_limiter.hit(rate, key)
    assert refusal.value.retry_after in {1, 2}
    await asyncio.sleep(refusal.value.retry_after + 0.002)  # timers may be a millisecond early
    await rate_limiter.hit(rate, key)


async def test_blocked_key_is_refused_until_its_window_ends(rate_limiter: RateLimiter) -> None:
    rate, key = parse("1/second"), uuid4().hex
    await rate_limiter.hit_or_block(rate, "misses", key)
    rate_limiter.refuse_blocked("misses", key)
    await rate_limiter.hit_or_block(rate, "misses", key)
    with pytest.raises(RateLimited) as refusal:
        rate_limiter.refuse_blocked("misses", key)
    assert refusal.value.retry_after == 1
    rate_limiter.refuse_blocked("misses", key + "x")
    await asyncio.sleep(refusal.value.retry_after + 0.002)
    rate_limiter.refuse_blocked("misses", key)


async def test_number_of_blocked_keys_is_limited(
    rate_limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_MAX_BLOCKED", 2)
    rate, prefix = parse("1/minute"), uuid4().hex
    for key in "abc":
        await rate_limiter.hit_or_block(rate, prefix, key)
        await rate_limiter.hit_or_block(rate, prefix, key)
    rate_limiter.refuse_blocked(prefix, "a")
    for key in "bc":
        with pytest.raises(RateLimited):
            rate_limiter.refuse_blocked(prefix, key)


async def test_workers_share_one_count(private_redis: servers.RedisServer) -> None:
    first, second, key = RateLimiter(private_redis.url), RateLimiter(private_redis.url), uuid4().hex
    assert await _hits(first, _THREE, key, times=2) == 2
    assert await _hits(second, _THREE, key, times=3) == 1
    await first.close()
    await second.close()


async def test_hits_after_a_refused_one_are_not_counted(rate_limiter: RateLimiter) -> None:
    first, second = uuid4().hex, uuid4().hex
    hits = Hit(rate=parse("2/minute"), key=(first,)), Hit(rate=_THREE, key=(second,))
    outcomes = [
        await asyncio.gather(rate_limiter.hit_all(*hits), return_exceptions=True) for _ in range(4)
    ]
    assert [type(outcome) for [outcome] in outcomes] == [NoneType, NoneType] + [RateLimited] * 2
    assert await _hits(rate_limiter, _THREE, second, times=2) == 1


async def test_a_hit_that_is_given_back_is_not_counted(rate_limiter: RateLimiter) -> None:
    key = uuid4().hex
    for _ in range(5):
        await rate_limiter.hit(_THREE, key)
        await rate_limiter.give_back(_THREE, key)
    assert await _hits(rate_limiter, _THREE, key, times=5) == 3


async def test_windows_that_have_ended_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hit_counters, "_MIN_SWEPT", 10)
    clock = iter(range(100_000))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    counters = LocalCounters()
    for number in range(1000):
        [window] = counters.count([Hit(rate=parse("1/second"), key=(str(number),))])
        assert window.used == 1
    assert len(counters._windows) < 25


async def _commands(url: str, work: Callable[[], Awaitable[object]]) -> list[str]:
    """Return the names of the commands that Redis gets while `work` runs.

    Those with which a connection begins are left out.
    """
    commands: list[str] = []
    async with Redis.from_url(url) as observer, observer.monitor() as monitor:
        await work()
        await observer.echo("the end")
        async for command in monitor.listen():
            if "the end" in command["command"]:
                return [name for name in commands if name not in {"CLIENT", "HELLO"}]
            if command["client_type"] != "lua":
                commands.append(command["command"].split()[0])
    raise AssertionError


async def test_accepted_hits_are_one_round_trip(private_redis: servers.RedisServer) -> None:
    shared = RateLimiter(private_redis.url)
    hits = [Hit(rate=parse("1000/minute"), key=(key,)) for key in ("warm", "too")]
    await shared.hit_all(*hits)

    async def hit() -> None:
        for _ in range(10):
            await shared.hit_all(*hits)

    assert await _commands(private_redis.url, hit) == ["EVALSHA"] * 10
    await shared.close()


async def test_hits_at_the_same_time_share_a_round_trip(private_redis: servers.RedisServer) -> None:
    shared, key = RateLimiter(private_redis.url), uuid4().hex
    await _hits(shared, _THREE, "warm", times=3)  # of which the last two share one

    async def hit() -> None:
        assert await _hits(shared, parse("40/minute"), key, times=50) == 40

    assert await _commands(private_redis.url, hit) == ["EVALSHA"]
    await shared.close()


async def test_process_counts_while_redis_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_REDIS_RETRY_AFTER", 0.2)
    with servers.redis(tmp_path) as server:
        shared, key = RateLimiter(server.url), uuid4().hex
        assert await _hits(shared, _THREE, key, times=2) == 2
        server.kill()
        assert await _hits(shared, _THREE, key, times=20) == 3
        server.start()
        assert shared._recovery
        async with asyncio.timeout(30):
            await shared._recovery
        assert await _hits(shared, _THREE, key, times=20) == 3
        async with Redis.from_url(server.url) as counted:
            assert len(await counted.keys("*")) == 1
        await shared.close()


async def test_frozen_redis_times_out_and_is_then_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_REDIS_RETRY_AFTER", 600)
    with servers.redis(tmp_path) as server:
        shared, key = RateLimiter(server.url), uuid4().hex
        await shared.hit(_THREE, key)
        server.freeze()
        async with asyncio.timeout(30):  # it never answers
            assert await _hits(shared, _THREE, key, times=20) == 3
        assert shared._shared
        with patch.object(shared._shared, "count", wraps=shared._shared.count) as count:
            assert await _hits(shared, _THREE, key, times=20) == 0
        count.assert_not_called()
        await shared.close()


async def test_a_busy_process_is_not_taken_for_a_redis_that_is_away(
    private_redis: servers.RedisServer,
) -> None:
    shared, key = RateLimiter(private_redis.url), uuid4().hex
    with capture_logs() as logged:
        hits = [asyncio.create_task(shared.hit(parse("100/minute"), key)) for _ in range(3)]
        await asyncio.sleep(0.01)
        time.sleep(rate_limits._REDIS_TIMEOUT + 0.2)  # noqa: ASYNC251  # what keeps it busy
        await asyncio.gather(*hits)
        if shared._recovery:
            await shared._recovery
    assert logged == []
    await shared.close()
