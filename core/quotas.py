"""Shares of what a process has, such as websockets: how many each caller may hold at a time."""

from collections import Counter
from collections.abc import Hashable
from typing import Final, Self

from errors import RateLimited, Text

_RETRY_AFTER: Final = 10
"""Seconds after which a caller that was refused should try again."""


class Quota:
    """Counts what is held under each key, and refuses more than `limit`."""

    def __init__(self, limit: int, refusal: str) -> None:
        """Allow `limit` per key. `refusal` is what callers learn over it, with `%(limit)s`."""
        self._limit = limit
        self._refusal = refusal
        self._held: Counter[Hashable] = Counter()

    def hold(self, key: Hashable) -> "Hold":
        """Count one more of `key`. Raises RateLimited if there are too many."""
        return Hold((self, key))

    def check(self, key: Hashable) -> None:
        """Raise RateLimited if there can't be one more of `key`."""
        if self._held[key] >= self._limit:
            refusal = Text(self._refusal, limit=self._limit)
            raise RateLimited(refusal, retry_after=_RETRY_AFTER)

    def add(self, key: Hashable) -> None:
        """Count one more of `key`."""
        self._held[key] += 1

    def remove(self, key: Hashable) -> None:
        """Count one fewer of `key`."""
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]


class Hold:
    """Counts one more under a key of each quota, until it is released."""

    __slots__ = ("_counted",)

    def __init__(self, *wanted: tuple[Quota, Hashable]) -> None:
        """Raise RateLimited, and count nothing, if one of the quotas has too many."""
        for quota, key in wanted:
            quota.check(key)
        for quota, key in wanted:
            quota.add(key)
        self._counted = wanted

    def release(self) -> None:
        """Stop counting. Has no effect after the first time."""
        counted, self._counted = self._counted, ()
        for quota, key in counted:
            quota.remove(key)

    def __enter__(self) -> Self:
        """Hold it inside."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self.release()
