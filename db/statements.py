"""Bare SQL, for the few statements that are hot or that the ORM can't express.

A statement is written once, in PostgreSQL's dialect with `$1` placeholders. It uses only what
SQLite understands, too, except for row locks, which are left out on SQLite, `clock_timestamp()`,
the database's own time, which has another name there, and `= ANY($1)` with a list of values.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from db.connections import connection
from db.sqlite import SqliteClient

T = TypeVar("T")

_ROW_LOCK: Final = re.compile(
    r" FOR (?:NO KEY UPDATE|KEY SHARE|SHARE)(?: OF \w+)?(?: SKIP LOCKED)?(?![A-Z])"
)
_EXPECTED_VALUES: Final = 10
_SQLITE_TIME: Final = "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"
"""Like the text of `_sqlite_value`, with which it is compared."""


@cache
def _sqlite_dialect(sql: str) -> str:
    sql = _ROW_LOCK.sub("", sql).replace("clock_timestamp()", _SQLITE_TIME)
    sql = re.sub(r"= ANY\((\$\d+)\)", r"IN (SELECT value FROM json_each(\1))", sql)
    return re.sub(r"\$(\d+)", r"?\1", sql)


def _sqlite_value(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(" ")
        case UUID() | Decimal() | date():
            return str(value)
        case list():
            return json.dumps([_sqlite_value(each) for each in value])
        case _:
            return value


def adapt(
    client: BaseDBAsyncClient, sql: str, values: Sequence[object]
) -> tuple[str, list[object]]:
    """Return a statement and its values as the database behind `client` wants them."""
    if client.capabilities.dialect == "sqlite":
        return _sqlite_dialect(sql), list(map(_sqlite_value, values))
    return sql, list(values)


async def fetch(sql: str, *values: object) -> Sequence[Any]:
    """Run `sql` and return its rows, each to be read by column name."""
    client = connection()
    sql, adapted = adapt(client, sql, values)
    return await client.execute_query_dict(sql, adapted)


async def fetch_records(sql: str, *values: object) -> Sequence[Any]:
    """Run a statement that only reads, and return its records, to be read by column name.

    For many rows, it takes a third of the time of `fetch`, which makes dictionaries of them.
    """
    client = connection()
    _, records = await client.execute_query(*adapt(client, sql, values))
    return records


async def fetch_together(*statements: tuple[str, Sequence[object]]) -> list[Sequence[Any]]:
    """Run statements that only read, and return the records of each.

    On SQLite, they take one turn of a thread, unless there is a transaction.
    """
    client = connection()
    adapted = [adapt(client, sql, values) for sql, values in statements]
    if isinstance(client, SqliteClient):
        return list(await client.fetch_together(*adapted))
    return [(await client.execute_query(sql, values))[1] for sql, values in adapted]


async def execute(sql: str, *values: object) -> int:
    """Run a statement that returns nothing, and return how many rows it changed."""
    client = connection()
    sql, adapted = adapt(client, sql, values)
    changed, _ = await client.execute_query(sql, adapted)
    return changed


async def execute_many(sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run a statement once for each of `rows`, in one round trip."""
    client = connection()
    adapted = [adapt(client, sql, row) for row in rows]
    await client.execute_many(adapted[0][0], [values for _, values in adapted])


async def database_time() -> datetime:
    """Return the database's time, on which all processes agree."""
    [row] = await fetch("SELECT clock_timestamp() AS now")
    return instant_of(row["now"])


def padded(values: Sequence[T]) -> list[T]:
    """Return `values` for `= ANY($1)`, the last one again until there are ten.

    PostgreSQL expects ten in a list that it doesn't know. A plan for fewer seems better to it than
    the one that it has, so it would plan again for each list, which takes longer than running it.
    """
    return [*values, *[values[-1]] * (_EXPECTED_VALUES - len(values))]


def id_of(value: UUID | str) -> UUID:
    """Return an id that a statement returned, which is a text on SQLite."""
    return value if isinstance(value, UUID) else UUID(value)


def instant_of(value: datetime | str) -> datetime:
    """Return a time that a statement returned, which is a text on SQLite."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is UTC:  # as PostgreSQL's driver returns it
        return value
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def date_of(value: date | str) -> date:
    """Return a date that a statement returned, which is a text on SQLite."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def placeholders(rows: int, columns: int) -> str:
    """Return `($1, $2), ($3, $4)` for an INSERT of several rows."""
    return ", ".join(
        "(" + ", ".join(f"${row * columns + column + 1}" for column in range(columns)) + ")"
        for row in range(rows)
    )
