"""What one operation may still cost: its rows and fields are paid for as they are loaded and read.

`docs/api.md` says what costs how much. Whatever loads rows or completes fields spends from the same
budget, so a response ends as soon as it becomes too large.
"""

from dataclasses import dataclass
from typing import Final

from errors import QueryTooComplex, Text

MAX_COST: Final = 80_000
"""Points of an operation. An invoice of 1,000 lines with all of its fields costs 55,000, and
the introspection of GraphiQL 72,000."""
ROW_COST: Final = 20
"""Points of a row of a list without pages."""


class ResponseTooLarge(QueryTooComplex):
    """The response has become more expensive than an operation may be."""

    default_message = Text(
        "The response costs more than %(limit)s points. Select fewer fields or smaller pages.",
        limit=MAX_COST,
    )


@dataclass(slots=True)
class ResponseBudget:
    """The points that are left for a response."""

    left: int = MAX_COST

    @property
    def max_rows(self) -> int:
        """How many rows a statement should load: one more than there are points for."""
        return max(self.left, 0) // ROW_COST + 1

    def spend(self, points: int) -> None:
        """Spend `points`. Raises ResponseTooLarge if that is more than what is left."""
        self.left -= points
        if self.left < 0:
            raise ResponseTooLarge

    def spend_rows(self, rows: int) -> None:
        """Spend the points of loaded `rows`. Raises ResponseTooLarge."""
        self.spend(rows * ROW_COST)
