"""Distributing tests over parallel processes."""

import re

from xdist.scheduler import LoadScopeScheduling


def database_of(nodeid: str) -> str | None:
    """Return the database in a test's parameters, or None."""
    match = re.search(r"[\[-](sqlite|postgres)[]-]", nodeid)
    return match[1] if match else None


class ByFileAndDatabase(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process all tests of a file that run on the same database."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{nodeid.partition('::')[0]} {database_of(nodeid)}"
