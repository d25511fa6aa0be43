"""The rate limits that a request counted towards, for the headers of its response.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ describes these headers.
"""

import math
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, TypeAlias

from limits import RateLimitItem

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
    windows = [
        f'"{name}";r={_left(window)};t={math.ceil(window.seconds_left)}'
        for name, window in counted.items()
    ]
    rates = [window.hit.rate for window in counted.values()]
    return [
        (b"ratelimit-policy", _policies(tuple(counted), tuple(rates))),
        (b"ratelimit", ", ".join(windows).encode()),
    ]


@lru_cache(256)
def _policies(names: Sequence[str], rates: Sequence[RateLimitItem]) -> bytes:
    each = zip(names, rates, strict=True)
    return ", ".join(f'"{name}";q={x.amount};w={x.get_expiry()}' for name, x in each).encode()


def _left(window: Window) -> int:
    return max(0, window.hit.rate.amount - window.used)
