"""Counting rows up to a limit, so that the cost doesn't depend on how many there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from db.connections import connection

M = TypeVar("M", bound=Model)
_NUMBERED: Final = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class CountStatement:
    """A statement that counts the rows of several queries, each up to a limit."""

    sql: str
    values: Sequence[Any]

    @classmethod
    def of(cls, most: int, each: Sequence[QuerySet[Any]]) -> Self:
        """Return the statement that counts the rows of `each`, up to `most`."""
        counts: list[str] = []
        values: list[Any] = []
        for rows in each:
            found: Any = rows.values_list(rows.model._meta.pk_attr)
            found._choose_db_if_not_chosen()
            found._make_query()
            sql, parameters = found.query.get_parameterized_sql()
            # PostgreSQL's plan for a limit that it doesn't know can be to read everything.
            limited = f"{_renumbered(sql, len(values))} LIMIT {most}"
            counts.append(f"(SELECT COUNT(*) FROM ({limited}) AS counted)")
            values += parameters
        return cls(f"SELECT {', '.join(counts)}", values)

    def with_values(self, others: Mapping[Any, Any]) -> Self:
        """Return the same statement, with values replaced by `others`.

        It takes a small part of the time that it takes to build one.
        """
        return replace(self, values=[others.get(value, value) for value in self.values])

    async def fetch(self) -> list[int]:
        """Return the counts."""
        _, [record] = await connection().execute_query(self.sql, list(self.values))
        return [int(count) for count in record]


async def count_up_to(most: int, rows: QuerySet[M]) -> int:
    """Return the number of `rows`, or `most` if there are more."""
    [count] = await count_each_up_to(most, [rows])
    return count


async def count_each_up_to(most: int, each: Sequence[QuerySet[Any]]) -> list[int]:
    """Return for `each` the number of its rows, or `most` if there are more, in one statement."""
    return await CountStatement.of(most, each).fetch()


def _renumbered(sql: str, before: int) -> str:
    """Return a query whose parameters come after `before` others. SQLite's have no numbers."""
    return _NUMBERED.sub(lambda match: f"${before + int(match[1])}", sql)
