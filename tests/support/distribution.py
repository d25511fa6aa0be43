"""Distributing tests over parallel processes."""

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling

WAITING: Final = (
    "tests/faults/",
    "tests/dev/chaos/",
    "tests/dev/test_scale.py",
    "tests/test_restarting.py",
    "tests/test_serving.py",
)
"""Tests that mostly wait: for servers that start, for loads, and for time limits."""


def database_of(nodeid: str) -> str | None:
    """Return the database in a test's parameters, or None."""
    match = re.search(r"[\[-](sqlite|postgres)[]-]", nodeid)
    return match[1] if match else None


def place_of(nodeid: str) -> int:
    """Return where a test is in the order.

    Those in `WAITING` begin, because they take longest. Then come all on SQLite, so that the other
    processes change their database only once.
    """
    if nodeid.startswith(WAITING):
        return 0
    return 1 if database_of(nodeid) == "sqlite" else 2


class ByFileAndDatabase(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process all tests of a file that run on the same database, and one process `WAITING`.

    The others keep the processor busy meanwhile.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WAITING):
            return "waiting"
        return f"{nodeid.partition('::')[0]} {database_of(nodeid)}"
