"""Rate limits, counted in Redis for all workers, or in this process if Redis is unavailable."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextvars import Context
from typing import Final

from limits import RateLimitItem
from redis.exceptions import RedisError
from structlog import get_logger

from core.background import cancel
from core.batching import Batcher
from core.counted_limits import note
from core.hit_counters import Hit, LocalCounters, SharedCounters, Window
from core.telemetry.metrics import RATE_LIMITED
from errors import RateLimited

_REDIS_TIMEOUT: Final = 1.0
"""Seconds that a request waits for Redis before it is counted in the process. Only the requests at
the beginning of an outage wait, so it is long enough for a process that is busy itself."""
_REDIS_RETRY_AFTER: Final = 2.0
"""Seconds until a Redis that doesn't answer is asked again."""
_MAX_BATCH: Final = 200
"""Requests that are counted in one round trip."""
_MAX_BLOCKED: Final = 10_000

log = get_logger(__name__)


class RateLimiter:
    """Counts hits in fixed windows, each of which begins with its first hit."""

    def __init__(self, redis_url: str | None) -> None:
        self._local = LocalCounters()
        self._shared = SharedCounters(redis_url, timeout=_REDIS_TIMEOUT) if redis_url else None
        self._batcher = Batcher(self._count_batch, most=_MAX_BATCH)
        self._recovery: asyncio.Task[None] | None = None
        self._blocked: OrderedDict[str, float] = OrderedDict()

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._recovery:
            await cancel([self._recovery])
        if self._shared:
            self._shared.close()

    async def hit(self, rate: RateLimitItem, *key: str, policy: str = "") -> None:
        """Count one hit of `rate` for `key`. Raises RateLimited if there were too many.

        With a `policy`, the headers of the response have the rate under that name.
        """
        await self.hit_all(Hit(rate=rate, key=key, policy=policy))

    async def hit_all(self, *hits: Hit) -> None:
        """Count hits in their order, in one round trip that is shared with others under load.

        Raises RateLimited for the first of which there were too many, and doesn't count the rest.
        """
        windows = await self._count(hits)
        note(windows)
        if (last := windows[-1]).is_exceeded:
            RATE_LIMITED.labels(last.hit.key[0]).inc()
            raise RateLimited(retry_after=max(1, math.ceil(last.seconds_left)))

    async def give_back(self, rate: RateLimitItem, *key: str) -> None:
        """Take one hit of `rate` for `key` back."""
        await self._count([Hit(rate=rate, key=key, times=-1)])

    async def _count(self, hits: Sequence[Hit]) -> list[Window]:
        if self._shared is None:
            return self._local.count(hits)
        return await self._batcher.run(hits)

    async def _count_batch(self, batch: Sequence[Sequence[Hit]]) -> list[list[Window]]:
        if self._shared and not self._is_recovering:
            try:
                return await self._shared.count(batch)
            except (RedisError, OSError):
                self._leave_redis_alone(self._shared)
        return [self._local.count(hits) for hits in batch]

    @property
    def _is_recovering(self) -> bool:
        return self._recovery is not None and not self._recovery.done()

    def _leave_redis_alone(self, shared: SharedCounters) -> None:
        """Use the process's own counters until Redis counts again."""
        self._recovery = asyncio.create_task(self._recover(shared), context=Context())

    async def _recover(self, shared: SharedCounters) -> None:
        """Return once Redis counts again. No request waits for that.

        The first attempt is made at once, since it may have been this process that was too slow.
        """
        is_logged = False
        while True:
            try:
                await shared.check()
            except (RedisError, OSError) as error:
                if not is_logged:
                    log.warning("rate_limits.redis_unavailable", error=str(error) or repr(error))
                is_logged = True
                await asyncio.sleep(_REDIS_RETRY_AFTER)
            else:
                return

    async def hit_or_block(self, rate: RateLimitItem, *key: str, policy: str = "") -> None:
        """Count one hit of `rate`. If there were too many, block `key` for `refuse_blocked`."""
        try:
            await self.hit(rate, *key, policy=policy)
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
            RATE_LIMITED.labels(key[0]).inc()
            raise RateLimited(retry_after=math.ceil(seconds))
        del self._blocked["/".join(key)]
