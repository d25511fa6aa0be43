"""The clock of one portal is wrong. It is moved by libfaketime, if that is installed.

On SQLite there is no other clock than the portal's own.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from dev.chaos.faults.fault import Fault, Impossible, Target, fault

_LIBRARY = "faketime/libfaketimeMT.so.1"
_PROMISE = "views and events have the database's time"


def library() -> Path | None:
    """Return the path of libfaketime, or None if it isn't installed."""
    return next(iter(sorted(Path("/usr/lib").glob(f"*/{_LIBRARY}"))), None)


def _moved(name: str, offset: str, description: str) -> Fault:
    async def cause(target: Target) -> AsyncIterator[None]:
        path = library()
        if path is None:
            raise Impossible("libfaketime is not installed (apt-get install libfaketime)")
        # Not the one that Stripe sends its events to, which would refuse their signatures.
        portal = target.cluster.portals[-1]
        wrong = {
            "LD_PRELOAD": str(path),
            "FAKETIME": offset,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        await asyncio.to_thread(portal.stop)
        await asyncio.to_thread(portal.start, wrong)
        yield
        await asyncio.to_thread(portal.stop)
        await asyncio.to_thread(portal.start)

    cause.__name__, cause.__doc__ = name, description
    return fault(_PROMISE, seconds=4)(cause)


clock_day_ahead = _moved("clock_day_ahead", "+1d", "The clock of a portal is a day ahead.")
clock_hour_behind = _moved("clock_hour_behind", "-1h", "The clock of a portal is an hour behind.")
clock_minute_ahead = _moved(
    "clock_minute_ahead", "+60s", "The clock of a portal is a minute ahead."
)
