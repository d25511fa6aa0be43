"""Faults that a test arms: what goes wrong with the next requests to a path."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final


class FaultKind(StrEnum):
    """What goes wrong. Only those that end in AFTER do the work, and keep the key's answer."""

    ERROR = "500"
    ERROR_AFTER = "500_after"
    """The work is done, the answer is an error, and stays one for the same idempotency key."""
    RATE_LIMIT = "429"
    SLOW = "slow"
    """The work is done after a while; until then its idempotency key is in use."""
    TIMEOUT = "timeout"
    """There is no answer until the client gives up, or after a while the connection breaks."""
    TIMEOUT_AFTER = "timeout_after"
    RESET = "reset"
    """The connection breaks."""
    RESET_AFTER = "reset_after"
    """The work is done, the answer is lost, and had by who asks again with the same key."""


_SECONDS: Final = {FaultKind.SLOW: 1.0}
_LONGEST: Final = 30.0


@dataclass(slots=True)
class Fault:
    """One kind of fault, for so many requests."""

    path: str
    """A pattern: `*` stands for any characters."""
    kind: FaultKind
    times: int = 1
    seconds: float | None = None
    method: str | None = None

    @property
    def wait(self) -> float:
        """Seconds that a slow answer takes, or after which a connection is given up."""
        return _SECONDS.get(self.kind, _LONGEST) if self.seconds is None else self.seconds

    def hits(self, method: str, path: str) -> bool:
        """Whether it is this request's turn."""
        return self.method in (None, method) and fnmatchcase(path, self.path)


@dataclass(slots=True)
class Faults:
    """What is armed; the first that fits a request is taken."""

    armed: list[Fault] = field(default_factory=list)

    def arm(self, fault: Fault) -> None:
        """Let something go wrong."""
        self.armed.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return what goes wrong with a request, and count it."""
        for fault in self.armed:
            if fault.hits(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.armed.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.armed.clear()
