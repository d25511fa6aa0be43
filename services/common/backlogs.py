"""What waits in a queue of the database, for those who watch the portal.

Each queue has a statement that reads a limited number of rows from an index, so that it can be run
every few seconds however long the queue is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from db.statements import instant_of

MAX_COUNTED: Final = 10_000
"""Rows of a queue that are looked at. A longer queue looks like one of so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in a queue."""

    queue: str
    length: int
    """At most MAX_COUNTED."""
    oldest: datetime | None
    """Since when the oldest has waited; None if the queue is empty."""
    due: datetime | None
    """When the first is, or was, to be attempted next."""

    @classmethod
    def of(cls, queue: str, row: Any) -> Self:  # noqa: ANN401  # a row of any statement
        """Return what a statement found, whose columns have the names of the fields."""
        return cls(
            queue=queue,
            length=row["length"],
            oldest=row["oldest"] and instant_of(row["oldest"]),
            due=row["due"] and instant_of(row["due"]),
        )
