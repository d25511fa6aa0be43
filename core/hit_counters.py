"""Counters of hits in fixed windows, each of which begins with its first hit."""

import time
from collections.abc import Sequence
from hashlib import sha1
from typing import Final, NamedTuple

from limits import RateLimitItem
from redis.exceptions import NoScriptError

from core.redis_connection import RedisConnection

_PREFIX: Final = "invotify:limits"
_MIN_SWEPT: Final = 1000
"""Windows among which those that have ended are not looked for."""
_COUNT: Final = """
local is_refused = {}
local counted = {}
for i, key in ipairs(KEYS) do
  local item, times, limit, seconds = unpack(ARGV, 4 * i - 3, 4 * i)
  if not is_refused[item] then
    local count = redis.call('INCRBY', key, times)
    if count == tonumber(times) then
      redis.call('EXPIRE', key, seconds)
    end
    is_refused[item] = count > tonumber(limit)
    table.insert(counted, i)
    table.insert(counted, count)
    table.insert(counted, redis.call('PTTL', key))
  end
end
return counted
"""
"""Each key comes with the number of its item, how often it was hit, and its limit.

Returns the number, the count and the milliseconds left of each window that was counted.
"""
_COUNT_DIGEST: Final = sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()
"""The name under which Redis keeps the script once it has run."""


class Hit(NamedTuple):
    """A hit of `rate` for `key`."""

    rate: RateLimitItem
    key: tuple[str, ...]
    times: int = 1
    """-1 takes a hit back."""
    policy: str = ""
    """The name of the rate in the headers of the response; empty if they don't have it."""

    @property
    def window(self) -> str:
        """The name of the window in which it counts."""
        return f"{'/'.join(self.key)}/{self.rate.amount}/{self.rate.get_expiry()}"


class Window(NamedTuple):
    """A window after a hit."""

    hit: Hit
    used: int
    """How many hits it has, including one too many."""
    seconds_left: float

    @property
    def is_exceeded(self) -> bool:
        """Whether there were too many hits."""
        return self.used > self.hit.rate.amount


class LocalCounters:
    """Counts hits in this process."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, float]] = {}
        """How many hits each window has, and when it ends."""
        self._sweep_at = _MIN_SWEPT

    def count(self, hits: Sequence[Hit]) -> list[Window]:
        """Return the windows of hits, counted up to the first of which there were too many."""
        now = time.monotonic()
        counted: list[Window] = []
        for hit in hits:
            count, ends_at = self._windows.get(hit.window, (0, 0.0))
            if ends_at <= now:
                count, ends_at = 0, now + hit.rate.get_expiry()
            count += hit.times
            self._windows[hit.window] = count, ends_at
            counted.append(Window(hit, count, ends_at - now))
            if counted[-1].is_exceeded:
                break
        if len(self._windows) > self._sweep_at:
            self._windows = {name: each for name, each in self._windows.items() if each[1] > now}
            self._sweep_at = max(_MIN_SWEPT, 2 * len(self._windows))
        return counted


class SharedCounters:
    """Counts the hits of all processes in Redis. All methods raise RedisError and OSError."""

    def __init__(self, redis_url: str, *, timeout: float) -> None:
        self._redis = RedisConnection(redis_url, timeout=timeout)

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    async def check(self) -> None:
        """Return if Redis counts now."""
        await self._redis.execute("SET", f"{_PREFIX}:recovery", 1, "PX", 1)

    async def count(self, batch: Sequence[Sequence[Hit]]) -> list[list[Window]]:
        """Count each item's hits as `LocalCounters.count` does, all in one round trip."""
        each = [(item, hit) for item, hits in enumerate(batch) for hit in hits]
        keys = [f"{_PREFIX}:{hit.window}" for _, hit in each]
        arguments: list[int] = []
        for item, hit in each:
            arguments += (item, hit.times, hit.rate.amount, hit.rate.get_expiry())
        windows: list[list[Window]] = [[] for _ in batch]
        numbers = iter(await self._run_script(len(keys), *keys, *arguments))
        for number, count, milliseconds in zip(numbers, numbers, numbers, strict=True):
            item, hit = each[number - 1]
            windows[item].append(Window(hit, count, milliseconds / 1000))
        return windows

    async def _run_script(self, *arguments: str | int) -> Sequence[int]:
        counted: Sequence[int]
        try:
            counted = await self._redis.execute("EVALSHA", _COUNT_DIGEST, *arguments)
        except NoScriptError:
            counted = await self._redis.execute("EVAL", _COUNT, *arguments)
        return counted
