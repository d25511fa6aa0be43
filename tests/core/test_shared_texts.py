"""Texts that processes share through Redis: found by their digests, and bounded."""

from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256

import pytest
from limits import parse
from redis.asyncio import Redis

from core.rate_limits import RateLimiter
from core.shared_texts import SharedTexts
from tests.support import servers


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a Redis that only these tests use."""
    with servers.redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
async def process(redis_url: str) -> AsyncIterator[Callable[..., SharedTexts]]:
    """Yield what makes the shared texts of one more process."""
    limiter, made = RateLimiter(redis_url), []

    def make(**limits: str) -> SharedTexts:
        rates = {name: parse(limit) for name, limit in limits.items()}
        made.append(SharedTexts(redis_url, limiter, **rates))
        return made[-1]

    yield make
    for each in made:
        await each.close()
    await limiter.close()


async def test_a_text_is_found_by_the_other_processes(
    process: Callable[..., SharedTexts], redis_url: str
) -> None:
    text = "{ company { name } } # é"
    one, other = process(), process()
    assert await other.find(_digest(text)) is None
    one.share(text, "client")
    await one.close()
    assert await other.find(_digest(text)) == text
    async with Redis.from_url(redis_url) as redis:
        assert 0 < await redis.ttl(f"invotify:texts:{_digest(text)}") <= 24 * 60 * 60


async def test_a_client_can_share_so_much_and_all_together_so_much(
    process: Callable[..., SharedTexts],
) -> None:
    texts = process(per_client="1000/day", in_all="1500/day")
    sent = [(f"{client}{number}" * 200, client) for client in "ab" for number in "123"]
    for text, client in sent:
        texts.share(text, client)
        await texts._sharing.stop()
    found = [await texts.find(_digest(text)) is not None for text, _ in sent]
    assert found == [True, True, False, True, False, False]


@pytest.mark.parametrize("stored", ["{ b }", b"\xff"])
async def test_a_changed_text_is_not_used(
    process: Callable[..., SharedTexts], redis_url: str, stored: str | bytes
) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.set(f"invotify:texts:{_digest('{ a }')}", stored)
    assert await process().find(_digest("{ a }")) is None


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:1"])
async def test_without_redis_no_text_is_known(url: str | None) -> None:
    limiter = RateLimiter(url)
    texts = SharedTexts(url, limiter)
    texts.share("{ a }", "client")
    assert await texts.find(_digest("{ a }")) is None
    await texts.close()
    await limiter.close()
