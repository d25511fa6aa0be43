"""Shares of what a process has, such as websockets: how many each caller may hold at a time."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final

from errors import RateLimited

_RETRY_AFTER: Final = 10
"""Seconds after which a caller that was refused should try again."""


class Quota:
    """Counts what is held under each key, and refuses more than `limit`."""

    def __init__(self, limit: int, what: str) -> None:
        """Allow `limit` of `what` per key, for example "websockets of this company"."""
        self._limit = limit
        self._what = what
        self._held: Counter[Hashable] = Counter()

    @contextmanager
    def hold(self, key: Hashable) -> Iterator[None]:
        """Count one more of `key` inside. Raises RateLimited if there are too many."""
        if self._held[key] >= self._limit:
            raise RateLimited(
                f"There are too many {self._what}. The limit is {self._limit:,}.",
                retry_after=_RETRY_AFTER,
            )
        self._held[key] += 1
        try:
            yield
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]
