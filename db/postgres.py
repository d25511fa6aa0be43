"""PostgreSQL: the settings of connections, limits on every wait, and Tortoise's client."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient

from db.postgres_connection import (
    Connection,
    PooledConnection,
    is_behind_pooler,
    pooled_options,
)
from db.postgres_pool import ConnectionPool
from db.transaction_limiter import TransactionLimiter

PLANNING: Final = {
    "jit": "off",
    # For solid disks and memory. With the default, which is for spinning disks, the lists of an
    # invoice or a customer with very many rows aren't read along the index of their order.
    "random_page_cost": "1.1",
}
SERVER_SETTINGS: Final = {
    "application_name": "invotify",
    **PLANNING,
    # The server ends the transactions of machines that are gone.
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "8000",
}
TIME_LIMITS: Final = {
    "lock_timeout": "3s",
    # A process is frozen and holds a lock. What else of it waits for that lock does so twice at
    # most, for its place in the queue and for the lock, and gives up before this. So the lock
    # doesn't pass from one connection of that process to the next.
    "idle_in_transaction_session_timeout": "7s",
    "statement_timeout": "8s",
}
_MIGRATION_LOCK_TIMEOUT: Final = "1s"
"""Shorter than that of requests, which wait behind a migration meanwhile."""
_TRANSACTION_TIMEOUT: Final = "10s"
"""Limits transactions that are cut off between two messages of one statement, too. The server
regards them as active."""
_TRANSACTION_TIMEOUT_SINCE: Final = 17
"""The version of PostgreSQL that introduced it. Earlier ones refuse settings that they don't
know."""
COMMAND_TIMEOUT: Final = 9
"""Seconds to wait for a response. Longer than the server's own limits."""
CONNECT_TIMEOUT: Final = 3
"""Seconds in which a new connection must be open."""
_KEPT_FOR_READS: Final = 4
"""Connections that transactions leave to everything else, since they can all wait for a lock."""


class PostgresClient(AsyncpgDBClient):
    """Tortoise's client, with a limit on the transactions that are open at a time."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        most = max(1, self.pool_maxsize - _KEPT_FOR_READS)
        self.transaction_limiter = TransactionLimiter(most)

    async def create_pool(  # type: ignore[override]  # asyncpg's pool has other names for it
        self,
        *,
        min_size: int,  # noqa: ARG002  # one is opened, to see whether the server can be reached
        max_size: int,
        init: Callable[[Connection], Awaitable[None]] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> ConnectionPool:
        """Return a pool of connections, which may go through a pooler."""
        if await is_behind_pooler(options):
            options = pooled_options(options)

        async def connect() -> Connection:
            connection: Connection = await asyncpg.connect(**options)
            if init:
                try:
                    await init(connection)
                except BaseException:
                    connection.terminate()
                    raise
            return connection

        pool = ConnectionPool(connect, max_size)
        await pool.release(await pool.acquire())
        return pool

    async def execute_query(
        self, query: str, values: Sequence[object] | None = None
    ) -> tuple[int, list[Any]]:
        """Run a statement, and return how many rows it changed or returned, and the rows.

        Tortoise makes a copy of the whole text in capitals to see whether it returns rows.
        """
        pool = self._pool
        if pool is None or not query.startswith("SELECT "):
            result: tuple[int, list[Any]] = await super().execute_query(query, values)
            return result
        records = await self._fetch(pool, query, values)
        return len(records), records

    async def execute_query_dict(
        self, query: str, values: Sequence[object] | None = None
    ) -> list[dict[str, Any]]:
        """Run a statement, and return its rows."""
        pool = self._pool
        if pool is None:
            rows: list[dict[str, Any]] = await super().execute_query_dict(query, values)
            return rows
        return [dict(record) for record in await self._fetch(pool, query, values)]

    async def _fetch(
        self, pool: ConnectionPool, query: str, values: Sequence[object] | None
    ) -> list[Any]:
        """Run a statement without the four more coroutines through which Tortoise passes it."""
        self.log.debug("%s: %s", query, values)
        connection = await pool.acquire()
        try:
            records: list[Any] = await connection.fetch(query, *(values or ()))
        except asyncpg.PostgresError as error:
            await self._translate_exceptions(_raise, error)
            raise
        finally:
            await pool.release(connection)
        return records


async def _raise(_: PostgresClient, error: Exception) -> None:
    raise error


async def limit_transactions(connection: Connection) -> None:
    """Limit the time of transactions on a new connection, as far as the server can."""
    limits = {}
    if connection.get_server_version().major >= _TRANSACTION_TIMEOUT_SINCE:
        limits["transaction_timeout"] = _TRANSACTION_TIMEOUT
    # asyncpg regards every connection as an instance of each subclass.
    if type(connection) is PooledConnection:
        connection.begin_with(PLANNING | TIME_LIMITS | limits)
        return
    for name, value in limits.items():
        await connection.execute(f"SET {name} = '{value}'")


async def limit_lock_waits(transaction: BaseDBAsyncClient) -> None:
    """Limit how long a migration's transaction waits for a lock, if it is one of PostgreSQL."""
    if transaction.capabilities.dialect == "postgres":
        await transaction.execute_script(f"SET LOCAL lock_timeout = '{_MIGRATION_LOCK_TIMEOUT}'")


client_class = PostgresClient
"""The name under which Tortoise looks for it."""
