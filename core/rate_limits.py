"""Rate limits, counted in Redis for all workers, or in this process if Redis is unavailable."""

import math
import time
from collections import OrderedDict
from typing import Any, Final

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError
from structlog import get_logger

from errors import RateLimited

_REDIS_TIMEOUT: Final = 0.25
"""Seconds that a request waits for Redis before it is counted in the process."""
_REDIS_RETRY_AFTER: Final = 2.0
"""Seconds after a failure of Redis until it is used again."""
_MAX_BLOCKED: Final = 10_000

log = get_logger(__name__)


class RateLimiter:
    """Counts hits in fixed windows, each of which begins with its first hit."""

    def __init__(self, redis_url: str | None) -> None:
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._redis = self._connect(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(self._redis) if self._redis else None
        self._redis_retry_at = 0.0
        self._blocked: OrderedDict[str, float] = OrderedDict()

    @staticmethod
    def _connect(redis_url: str) -> RedisStorage:
        return RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            key_prefix="invotify:limits",
            socket_timeout=_REDIS_TIMEOUT,
            socket_connect_timeout=_REDIS_TIMEOUT,
        )

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._redis:
            bridge: Any = self._redis.bridge
            await bridge.storage.aclose()

    async def hit(self, rate: RateLimitItem, *key: str) -> None:
        """Count one hit of `rate` for `key`. Raises RateLimited if there were too many."""
        if self._shared and time.monotonic() >= self._redis_retry_at:
            try:
                return await self._hit(self._shared, rate, key)
            except (RedisError, OSError) as error:
                self._pause_redis(error)
        return await self._hit(self._local, rate, key)

    def _pause_redis(self, error: Exception) -> None:
        if time.monotonic() >= self._redis_retry_at:
            # Logged once for all requests that were waiting.
            log.warning("rate_limits.redis_unavailable", error=repr(error))
        self._redis_retry_at = time.monotonic() + _REDIS_RETRY_AFTER

    async def clear(self, rate: RateLimitItem, *key: str) -> None:
        """Forget the hits of `rate` for `key`."""
        if self._shared and time.monotonic() >= self._redis_retry_at:
            try:
                await self._shared.clear(rate, *key)
            except (RedisError, OSError) as error:
                self._pause_redis(error)
        await self._local.clear(rate, *key)

    @staticmethod
    async def _hit(
        limiter: FixedWindowRateLimiter, rate: RateLimitItem, key: tuple[str, ...]
    ) -> None:
        if not await limiter.hit(rate, *key):
            reset_at = (await limiter.get_window_stats(rate, *key)).reset_time
            raise RateLimited(retry_after=max(1, math.ceil(reset_at - time.time())))

    async def hit_or_block(self, rate: RateLimitItem, *key: str) -> None:
        """Count one hit of `rate`. If there were too many, block `key` for `refuse_blocked`."""
        try:
            await self.hit(rate, *key)
        except RateLimited as refusal:
            self._blocked["/".join(key)] = time.monotonic() + (refusal.retry_after or 1)
            if len(self._blocked) > _MAX_BLOCKED:
                self._blocked.popitem(last=False)

    def refuse_blocked(self, *key: str) -> None:
        """Raise RateLimited while `key` is blocked. This needs no Redis, so it is cheap."""
        until = self._blocked.get("/".join(key))
        if until is None:
            return
        seconds = until - time.monotonic()
        if seconds > 0:
            raise RateLimited(retry_after=math.ceil(seconds))
        del self._blocked["/".join(key)]
