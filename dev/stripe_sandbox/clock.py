"""The sandbox's clock, which tests and people can move forward."""

import time
from collections.abc import Callable


class Clock:
    """A clock in whole seconds since 1970, like the times of Stripe's objects."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.ahead = 0
        """Seconds by which the clock is ahead of its source."""

    def now(self) -> int:
        """Return the seconds since 1970."""
        return int(self._source()) + self.ahead

    def advance(self, seconds: int) -> None:
        """Move the clock forward. Raises ValueError for negative seconds."""
        if seconds < 0:
            raise ValueError("The clock only moves forward.")
        self.ahead += seconds
