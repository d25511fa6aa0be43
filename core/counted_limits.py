"""The rate limits that a request counted towards, for the headers of its response.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ describes these headers.
"""

import math
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final, TypeAlias

from core.hit_counters import Window

Counted: TypeAlias = dict[str, Window]
"""The window with the fewest hits left for each policy."""

_COUNTED: Final[ContextVar[Counted | None]] = ContextVar("counted_limits", default=None)


def gather() -> Counted:
    """Return a dict that gets the limits that this task, and those it starts, count from now on."""
    counted: Counted = {}
    _COUNTED.set(counted)
    return counted


def note(windows: Iterable[Window]) -> None:
    """Keep those windows that have a policy for the headers of the response."""
    counted = _COUNTED.get()
    if counted is None:
        return
    for window in windows:
        policy = window.hit.policy
        if policy and (policy not in counted or _left(window) <= _left(counted[policy])):
            counted[policy] = window


def headers_of(counted: Counted) -> list[tuple[bytes, bytes]]:
    """Return the headers for what was counted; none if nothing was."""
    if not counted:
        return []
    policies, windows = [], []
    for name, window in counted.items():
        rate = window.hit.rate
        policies.append(f'"{name}";q={rate.amount};w={rate.get_expiry()}')
        windows.append(f'"{name}";r={_left(window)};t={math.ceil(window.seconds_left)}')
    return [
        (b"ratelimit-policy", ", ".join(policies).encode()),
        (b"ratelimit", ", ".join(windows).encode()),
    ]


def _left(window: Window) -> int:
    return max(0, window.hit.rate.amount - window.used)
