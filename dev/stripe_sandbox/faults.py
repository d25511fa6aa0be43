"""Faults that tests arm: how the next requests to a path fail."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final


class FaultKind(StrEnum):
    """How a request fails.

    SLOW and the kinds that end in AFTER do the work and store the response under the idempotency
    key.
    """

    ERROR = "500"
    ERROR_KEPT = "500_kept"
    """No work is done, but the same idempotency key gets the error again."""
    ERROR_AFTER = "500_after"
    """The work is done, but the response is an error, also for the same idempotency key."""
    RATE_LIMIT = "429"
    SLOW = "slow"
    """The work is done after a while. Until then its idempotency key is in use."""
    TIMEOUT = "timeout"
    """There is no response until the client gives up or the connection breaks after a while."""
    TIMEOUT_AFTER = "timeout_after"
    RESET = "reset"
    """The connection breaks."""
    RESET_AFTER = "reset_after"
    """The work is done, but the response is lost. The same idempotency key gets it."""


_SLOW_SECONDS: Final = 1.0
_TIMEOUT_SECONDS: Final = 30.0


@dataclass(slots=True)
class Fault:
    """A fault for a number of requests."""

    path: str
    """A pattern: `*` matches any characters."""
    kind: FaultKind
    times: int = 1
    seconds: float | None = None
    method: str | None = None

    @property
    def wait(self) -> float:
        """Seconds until a slow response comes or a hanging connection breaks."""
        if self.seconds is not None:
            return self.seconds
        return _SLOW_SECONDS if self.kind is FaultKind.SLOW else _TIMEOUT_SECONDS

    def matches(self, method: str, path: str) -> bool:
        """Whether it applies to a request."""
        return self.method in (None, method) and fnmatchcase(path, self.path)


@dataclass(slots=True)
class Faults:
    """The armed faults. A request takes the first that matches."""

    armed: list[Fault] = field(default_factory=list)

    def arm(self, fault: Fault) -> None:
        """Add a fault."""
        self.armed.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of a request, if any, and count the request."""
        for fault in self.armed:
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.armed.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Remove all faults."""
        self.armed.clear()
