"""The orders of lists, which links in the heads of their tables and a select choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from web.dashboard.lists.pagination import build_url

_NEWEST: Final = "NEWEST"
_DESCENDING: Final = "_DESC"
_WORDS: Final = {
    "NEWEST": "newest first",
    "OLDEST": "oldest first",
    "NAME": "by name",
    "NAME_DESC": "by name, Z to A",
    "NUMBER": "by number",
    "NUMBER_DESC": "by number, last first",
    "CUSTOMER": "by customer",
    "CUSTOMER_DESC": "by customer, Z to A",
    "ISSUE_DATE": "by issue date, earliest first",
    "ISSUE_DATE_DESC": "by issue date, latest first",
    "DUE_DATE": "by due date, earliest first",
    "DUE_DATE_DESC": "by due date, latest first",
    "VALID_UNTIL": "by expiry, soonest first",
    "VALID_UNTIL_DESC": "by expiry, latest first",
    "TOTAL": "by total, smallest first",
    "TOTAL_DESC": "by total, largest first",
    "AMOUNT_DUE": "by amount due, smallest first",
    "AMOUNT_DUE_DESC": "by amount due, largest first",
    "LAST_VIEWED": "by last opened, earliest first",
    "LAST_VIEWED_DESC": "by last opened, latest first",
}
_DOWN_FIRST: Final = {"LAST_VIEWED"}
"""What heads order down first, because that is nearly always wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head of a table that orders its list."""

    url: str
    direction: str
    """How the list is ordered by it, as in `aria-sort`; empty if it isn't."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """The order of a list."""

    name: str = _NEWEST
    is_chosen: bool = False
    """Whether the address asks for it."""

    @property
    def parameter(self) -> str:
        """The query parameter; empty if the list has this order anyway."""
        return self.name.lower() if self.is_chosen else ""

    @property
    def text(self) -> str:
        """The order in words."""
        return words_of(self.name)

    def head(self, column: str, path: str, query: Mapping[str, str]) -> Head:
        """Return the head of a column: it orders one way, then the other, and then not at all."""
        upward, downward = column.upper(), f"{column.upper()}{_DESCENDING}"
        first, second = (downward, upward) if upward in _DOWN_FIRST else (upward, downward)
        following = {first: second, second: ""}.get(self.name, first)
        directions = {upward: "ascending", downward: "descending"}
        return Head(
            url=build_url(path, {**query, "order": following.lower()}),
            direction=directions.get(self.name, ""),
        )


def words_of(name: str) -> str:
    """Return an order in words."""
    return _WORDS[name]
