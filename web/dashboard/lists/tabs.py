"""The tabs of lists, and how many rows each has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from auth.staff import Staff
from db.connections import connection
from db.counts import CountStatement
from web.dashboard.lists.addresses import ListQuery
from web.dashboard.lists.kinds import ListKind

MAX_COUNT: Final = 1_000
"""Rows that pages count, so that the cost doesn't depend on how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab of a list, with how many rows it has, unless the list is narrowed further."""

    name: str
    url: str
    is_current: bool
    count: str | None

    @classmethod
    def all_of(cls, query: ListQuery[Any], counts: Mapping[str, int]) -> "Sequence[Tab]":
        """Return the tabs of a list, with their counts, if they were counted."""
        return [
            cls(
                name=name,
                url=query.url(status=name),
                is_current=name == query.status,
                count=counted(counts[name]) if name in counts else None,
            )
            for name in query.kind.tabs
        ]


async def count_tabs(staff: Staff, kind: ListKind[Any]) -> Mapping[str, int]:
    """Return how many rows each tab of the company's list has, at most MAX_COUNT."""
    if not kind.tabs:
        return {}
    key = kind.path, connection().capabilities.dialect
    if key not in _statements:
        _statements[key] = await _Counts.of(staff, kind)
    return dict(zip(kind.tabs, await _statements[key].fetch(staff), strict=True))


@dataclass(frozen=True, slots=True)
class _Counts:
    """The statement that counts the rows of a list's tabs, as it was built for one company.

    The rows of a tab depend on nothing of the staff but the company and its day.
    """

    statement: CountStatement
    company_id: UUID
    today: date

    @classmethod
    async def of(cls, staff: Staff, kind: ListKind[Any]) -> "_Counts":
        today, narrowings = staff.today, kind.choices["status"]
        filters: list[Any] = [kind.filter(**narrowings.get(name, {})) for name in kind.tabs]
        rows = [await each.rows(staff) for each in filters]
        return cls(CountStatement.of(MAX_COUNT, rows), staff.company_id, today)

    async def fetch(self, staff: Staff) -> list[int]:
        """Return the counts of a company."""
        company, today = str(staff.company_id), staff.today
        others = {str(self.company_id): company, self.today: today, str(self.today): str(today)}
        return await self.statement.with_values(others).fetch()


_statements: Final[dict[tuple[str, str], _Counts]] = {}
"""Those of each list, by its address and the dialect of the database."""


def counted(count: int) -> str:
    """Return a number of rows that were counted up to MAX_COUNT, as people read it."""
    return f"{count:,}+" if count >= MAX_COUNT else str(count)
