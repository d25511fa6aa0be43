"""Distributing tests over parallel processes."""

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling

FAULTS: Final = "tests/faults/"
"""The folder of tests that break portals and what they need."""


def database_of(nodeid: str) -> str | None:
    """Return the database in a test's parameters, or None."""
    match = re.search(r"[\[-](sqlite|postgres)[]-]", nodeid)
    return match[1] if match else None


def place_of(nodeid: str) -> int:
    """Return where a test is in the order.

    Those in `FAULTS` begin, because they take longest. Then come all on SQLite, so that no process
    changes its database more than once.
    """
    if nodeid.startswith(FAULTS):
        return 0
    return 1 if database_of(nodeid) == "sqlite" else 2


class ByFileAndDatabase(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process all tests of a file that run on the same database, and one process `FAULTS`.

    Those mostly wait: for servers that start, and for time limits. The others keep the processor
    busy meanwhile.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(FAULTS):
            return FAULTS
        return f"{nodeid.partition('::')[0]} {database_of(nodeid)}"
