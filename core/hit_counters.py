"""Counters of hits in fixed windows, each of which begins with its first hit."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Final

from limits import RateLimitItem
from redis.exceptions import NoScriptError

from core.redis_connection import RedisConnection

_PREFIX: Final = "invotify:limits"
_MIN_SWEPT: Final = 1000
"""Windows among which those that have ended are not looked for."""
_COUNT: Final = """
local seconds_left = {}
for i, key in ipairs(KEYS) do
  local item, times, limit, seconds = unpack(ARGV, 4 * i - 3, 4 * i)
  item = tonumber(item)
  if not seconds_left[item] or seconds_left[item] == '0' then
    local count = redis.call('INCRBY', key, times)
    if count == tonumber(times) then
      redis.call('EXPIRE', key, seconds)
    end
    if count > tonumber(limit) then
      seconds_left[item] = tostring(math.max(redis.call('PTTL', key), 1) / 1000)
    else
      seconds_left[item] = '0'
    end
  end
end
return seconds_left
"""
"""Each key comes with the number of its item, how often it was hit, and its limit."""
_COUNT_DIGEST: Final = sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()
"""The name under which Redis keeps the script once it has run."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A hit of `rate` for `key`."""

    rate: RateLimitItem
    key: tuple[str, ...]
    times: int = 1
    """-1 takes a hit back."""

    @property
    def window(self) -> str:
        """The name of the window in which it counts."""
        return f"{'/'.join(self.key)}/{self.rate.amount}/{self.rate.get_expiry()}"


class LocalCounters:
    """Counts hits in this process."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, float]] = {}
        """How many hits each window has, and when it ends."""
        self._sweep_at = _MIN_SWEPT

    def count(self, hits: Sequence[Hit]) -> float:
        """Count hits, up to the first of which there were too many.

        Returns the seconds until the window of that one ends, or 0.
        """
        now = time.monotonic()
        for hit in hits:
            window = hit.window
            count, ends_at = self._windows.get(window, (0, 0.0))
            if ends_at <= now:
                count, ends_at = 0, now + hit.rate.get_expiry()
            self._windows[window] = count + hit.times, ends_at
            if count + hit.times > hit.rate.amount:
                return ends_at - now
        if len(self._windows) > self._sweep_at:
            self._windows = {name: each for name, each in self._windows.items() if each[1] > now}
            self._sweep_at = max(_MIN_SWEPT, 2 * len(self._windows))
        return 0.0


class SharedCounters:
    """Counts the hits of all processes in Redis. All methods raise RedisError and OSError."""

    def __init__(self, redis_url: str, *, timeout: float) -> None:
        self._redis = RedisConnection(redis_url, timeout=timeout)

    async def close(self) -> None:
        """Close the connection."""
        await self._redis.close()

    async def check(self) -> None:
        """Return if Redis counts now."""
        await self._redis.execute("SET", f"{_PREFIX}:recovery", 1, "PX", 1)

    async def count(self, batch: Sequence[Sequence[Hit]]) -> list[float]:
        """Count each item's hits as `LocalCounters.count` does, all in one round trip."""
        keys: list[str] = []
        arguments: list[int] = []
        for item, hits in enumerate(batch, start=1):
            for hit in hits:
                keys.append(f"{_PREFIX}:{hit.window}")
                arguments += (item, hit.times, hit.rate.amount, hit.rate.get_expiry())
        return [float(seconds) for seconds in await self._run_script(len(keys), *keys, *arguments)]

    async def _run_script(self, *arguments: str | int) -> Sequence[str]:
        seconds: Sequence[str]
        try:
            seconds = await self._redis.execute("EVALSHA", _COUNT_DIGEST, *arguments)
        except NoScriptError:
            seconds = await self._redis.execute("EVAL", _COUNT, *arguments)
        return seconds
