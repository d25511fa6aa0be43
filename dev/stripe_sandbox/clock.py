"""The time it is for the sandbox, which a test or a person may turn forward."""

import time
from collections.abc import Callable


class Clock:
    """A clock in whole seconds since 1970, as Stripe's objects tell the time."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.ahead = 0
        """Seconds by which it has been turned forward."""

    def now(self) -> int:
        """Return the time."""
        return int(self._source()) + self.ahead

    def advance(self, seconds: int) -> None:
        """Turn the clock forward; ValueError if it would go back."""
        if seconds < 0:
            message = "The clock goes forward only."
            raise ValueError(message)
        self.ahead += seconds
