"""Counting rows up to a limit, so that the cost doesn't depend on how many there are."""

import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from db.connections import connection

M = TypeVar("M", bound=Model)
_NUMBERED: Final = re.compile(r"\$(\d+)")


async def count_up_to(most: int, rows: QuerySet[M]) -> int:
    """Return the number of `rows`, or `most` if there are more."""
    [count] = await count_each_up_to(most, [rows])
    return count


async def count_each_up_to(most: int, each: Sequence[QuerySet[Any]]) -> list[int]:
    """Return for `each` the number of its rows, or `most` if there are more, in one statement."""
    counts: list[str] = []
    values: list[Any] = []
    for rows in each:
        found: Any = rows.limit(most).values_list(rows.model._meta.pk_attr)
        found._choose_db_if_not_chosen()
        found._make_query()
        sql, parameters = found.query.get_parameterized_sql()
        counts.append(f"(SELECT COUNT(*) FROM ({_renumbered(sql, len(values))}) AS counted)")
        values += parameters
    _, [record] = await connection().execute_query(f"SELECT {', '.join(counts)}", values)
    return [int(count) for count in record]


def _renumbered(sql: str, before: int) -> str:
    """Return a query whose parameters come after `before` others. SQLite's have no numbers."""
    return _NUMBERED.sub(lambda match: f"${before + int(match[1])}", sql)
