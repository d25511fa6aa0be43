"""Copying sample rows by SQL: quickly, without indexes, and whatever columns a table has."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

_COLUMNS: Final = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND column_default NOT LIKE 'nextval(%'
    UNION ALL
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND column_default IS NULL
"""
_INDEXES: Final = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid::regclass::text = ANY($1::text[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_UNIQUE: Final = """
    SELECT conrelid::regclass::text AS table, conname AS name,
        pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE conrelid::regclass::text = ANY($1::text[]) AND contype = 'u'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Copies of samples `t`: one for each of some rows `r`."""

    table: str
    rows: str
    """A table, or a query in parentheses."""
    changes: Mapping[str, str]
    """SQL for the columns that differ from the sample's."""
    where: str = "true"
    """Which rows of the table can be samples."""
    samples: int = 1
    """How many of them are."""

    async def insert(self, connection: asyncpg.Connection) -> None:
        """Insert them."""
        columns = [row["column_name"] for row in await connection.fetch(_COLUMNS, self.table)]
        assert set(self.changes) <= set(columns), set(self.changes) - set(columns)
        names = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(self.changes.get(column, f't."{column}"') for column in columns)
        await connection.execute(
            f"INSERT INTO {self.table} ({names}) SELECT {values} FROM {self.rows} AS r,"
            f" (SELECT * FROM {self.table} WHERE {self.where} LIMIT {self.samples}) AS t"
        )


@asynccontextmanager
async def without_indexes(connection: asyncpg.Connection, *tables: str) -> AsyncIterator[None]:
    """Drop the tables' indexes but for primary keys, and create them again afterwards.

    Foreign keys and triggers aren't checked meanwhile.
    """
    indexes = await connection.fetch(_INDEXES, tables)
    constraints = await connection.fetch(_UNIQUE, tables)
    await connection.execute("SET session_replication_role = replica")
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    for unique in constraints:
        await connection.execute(
            f'ALTER TABLE {unique["table"]} DROP CONSTRAINT "{unique["name"]}"'
        )
    yield
    for unique in constraints:
        await connection.execute(
            f'ALTER TABLE {unique["table"]} ADD CONSTRAINT "{unique["name"]}"'
            f" {unique['definition']}"
        )
    for index in indexes:
        await connection.execute(index["definition"])
    await connection.execute("RESET session_replication_role")
