"""SQLite: reads that don't wait for writers, and a limit on how long writers wait."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from tortoise.backends.sqlite import client as tortoise_sqlite

Statement: TypeAlias = tuple[str, list[object]]
"""A statement with its values."""

_BUSY_TIMEOUT: Final = 3000
"""Milliseconds to wait while another process writes."""
_TURN_TIMEOUT: Final = 10
"""Seconds to wait until the writers of this process that came earlier are done."""


class _PatientLock(asyncio.Lock):
    """A lock that is not waited for indefinitely."""

    async def acquire(self) -> Literal[True]:
        """Acquire the lock. Raises TimeoutError."""
        try:
            async with asyncio.timeout(_TURN_TIMEOUT):
                return await super().acquire()
        except TimeoutError:
            raise TimeoutError("Too many writers are waiting for the database.") from None


class SqliteClient(tortoise_sqlite.SqliteClient):
    """Tortoise's client, with a connection of its own for reads outside of transactions.

    In WAL mode, a reader never waits for a writer, in this process or in another.
    """

    def __init__(self, file_path: str, **options: Any) -> None:  # noqa: ANN401
        super().__init__(file_path, busy_timeout=_BUSY_TIMEOUT, **options)
        self._lock = _PatientLock()
        self._reader: tortoise_sqlite.SqliteClient | None = None
        if file_path != ":memory:":
            self._reader = tortoise_sqlite.SqliteClient(
                file_path, connection_name=self.connection_name, **self.pragmas, query_only="ON"
            )

    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        """Run a statement, and return how many rows it changed or returned, and the rows."""
        result: tuple[int, Sequence[dict[str, Any]]]
        if self._reader and _reads_only(query):
            result = await self._reader.execute_query(query, values)
        else:
            result = await super().execute_query(query, values)
        return result

    async def execute_query_dict(
        self, query: str, values: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        """Run a statement, and return its rows."""
        rows: list[dict[str, Any]]
        if self._reader and _reads_only(query):
            rows = await self._reader.execute_query_dict(query, values)
        else:
            rows = await super().execute_query_dict(query, values)
        return rows

    @tortoise_sqlite.translate_exceptions
    async def fetch_together(self, *statements: Statement) -> list[list[Any]]:
        """Return the rows of statements that only read, which take one turn of a thread."""
        reader = self._reader or self
        for sql, values in statements:
            reader.log.debug("%s: %s", sql, values)
        async with reader.acquire_connection() as connection:
            rows: list[list[Any]] = await connection._execute(_fetch, connection._conn, statements)
            return rows

    async def close(self) -> None:
        """Close the connections."""
        if self._reader:
            await self._reader.close()
        await super().close()


def _fetch(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[list[Any]]:
    return [connection.execute(sql, values).fetchall() for sql, values in statements]


def _reads_only(query: str) -> bool:
    return query.lstrip()[:7].upper() == "SELECT "


client_class = SqliteClient
"""The name under which Tortoise looks for it."""
