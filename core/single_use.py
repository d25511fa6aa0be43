"""Work that each caller does one at a time."""

from collections.abc import Hashable
from typing import Final

from errors import RateLimited

_RETRY_AFTER: Final = 10
"""Seconds after which a caller who is refused can try again."""


class OneAtATime:
    """Lets each caller do one thing at a time, in this process."""

    def __init__(self) -> None:
        self._busy: set[Hashable] = set()

    def begin(self, caller: Hashable) -> None:
        """Note that a caller has begun. Raises RateLimited while they do something already."""
        if caller in self._busy:
            raise RateLimited(retry_after=_RETRY_AFTER)
        self._busy.add(caller)

    def end(self, caller: Hashable) -> None:
        """Note that the caller has ended."""
        self._busy.discard(caller)
