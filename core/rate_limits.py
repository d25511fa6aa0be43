"""Rate limits, counted in Redis for all workers, or in this process if Redis is unavailable."""

import asyncio
import math
import time
from collections import OrderedDict
from contextvars import Context
from typing import Any, Final

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError
from structlog import get_logger

from core.background import cancel
from errors import RateLimited

_REDIS_TIMEOUT: Final = 1.0
"""Seconds that a request waits for Redis before it is counted in the process. Only the requests at
the beginning of an outage wait, so it is long enough for a process that is busy itself."""
_REDIS_RETRY_AFTER: Final = 2.0
"""Seconds until a Redis that doesn't answer is asked again."""
_PROBE: Final = "recovery"
"""The key that is counted to see whether Redis does."""
_MAX_BLOCKED: Final = 10_000

log = get_logger(__name__)


class RateLimiter:
    """Counts hits in fixed windows, each of which begins with its first hit."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = MemoryStorage()
        self._local = FixedWindowRateLimiter(self._memory)
        self._redis = self._connect(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(self._redis) if self._redis else None
        self._recovery: asyncio.Task[None] | None = None
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
        if self._recovery:
            await cancel([self._recovery])
        if self._redis:
            bridge: Any = self._redis.bridge
            await bridge.storage.aclose()

    async def hit(self, rate: RateLimitItem, *key: str) -> None:
        """Count one hit of `rate` for `key`. Raises RateLimited if there were too many."""
        if self._shared and not self._is_recovering:
            try:
                return await self._hit(self._shared, rate, key)
            except (RedisError, OSError):
                self._leave_redis_alone()
        return await self._hit(self._local, rate, key)

    @property
    def _is_recovering(self) -> bool:
        return self._recovery is not None and not self._recovery.done()

    def _leave_redis_alone(self) -> None:
        """Use the process's own counters until Redis counts again."""
        if self._redis and not self._is_recovering:
            recovery = self._recover(self._redis)
            self._recovery = asyncio.create_task(recovery, context=Context())

    async def _recover(self, redis: RedisStorage) -> None:
        """Return once Redis counts again. No request waits for that.

        The first attempt is made at once, since it may have been this process that was too slow.
        """
        is_logged = False
        while True:
            try:
                await redis.incr(_PROBE, 60)
                await redis.clear(_PROBE)
            except (RedisError, OSError) as error:
                if not is_logged:
                    log.warning("rate_limits.redis_unavailable", error=repr(error))
                is_logged = True
                await asyncio.sleep(_REDIS_RETRY_AFTER)
            else:
                return

    async def give_back(self, rate: RateLimitItem, *key: str) -> None:
        """Take one hit of `rate` for `key` back."""
        counter = rate.key_for(*key), rate.get_expiry()
        if self._redis and not self._is_recovering:
            try:
                await self._redis.incr(*counter, amount=-1)
            except (RedisError, OSError):
                self._leave_redis_alone()
            else:
                return
        await self._memory.incr(*counter, amount=-1)

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
