"""The database: its configuration, transactions that survive cancellation, and bare SQL.

Bare SQL is for the few statements that are hot or that the ORM can't say. It is written once, in
PostgreSQL's dialect with `$1` placeholders, within what SQLite understands too.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

P = ParamSpec("P")
T = TypeVar("T")

_POOL_SIZE: Final = "10"
_SERVER_SETTINGS: Final = {"application_name": "invotify", "jit": "off"}
_TIME_LIMITS: Final = {
    # A process that is frozen in a transaction is thrown out of it before those who wait for its
    # locks give up.
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "10s",
    "statement_timeout": "15s",
}
_COMMAND_TIMEOUT: Final = 20
"""Seconds that we wait for an answer; longer than the server takes to give up by itself."""
_CONNECT_TIMEOUT: Final = 5
"""Seconds in which a new connection of the pool must stand."""

REFUSALS: Final = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.QueryCanceledError,
    IntegrityError,
    OperationalError,
)
"""By these the database says that it has not done what it was asked for. Other errors leave open
whether a COMMIT came through."""
LOSSES: Final = (
    OSError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    TransactionManagementError,  # of an idle transaction, which the server has ended
)
"""By these the connection has broken, or can't be made: whoever asks again may be answered."""


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that goes back to the pool without a round trip of its own.

    Nothing here changes a session: no SET, LISTEN, advisory lock or cursor outlives its
    transaction, and one that is still open is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Return nothing to run."""
        return ""


def tortoise_config(database_url: str, *, time_limits: bool = True) -> dict[str, Any]:
    """Return Tortoise's configuration for `database_url` (sqlite://… or postgres://…).

    `time_limits` bound each statement on PostgreSQL; a migration may take longer.
    """
    connection = expand_db_url(database_url.replace("postgresql://", "postgres://", 1))
    if connection["engine"] == "tortoise.backends.asyncpg":
        connection["credentials"] = {
            "maxsize": _POOL_SIZE,
            "connection_class": _Connection,
            "server_settings": _SERVER_SETTINGS | (_TIME_LIMITS if time_limits else {}),
            # The server's own limits are no help when it is the server that is frozen.
            **(
                {"command_timeout": _COMMAND_TIMEOUT, "timeout": _CONNECT_TIMEOUT}
                if time_limits
                else {}
            ),
        } | connection["credentials"]
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models"], "migrations": "migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE_ORM: Final = tortoise_config("sqlite://:memory:")
"""For `tortoise makemigrations`, which compares the models with the migrations only."""


def connection() -> BaseDBAsyncClient:
    """Return the connection of the running transaction, or the pool's."""
    return get_connection("default")


# --- transactions ----------------------------------------------------------------------------

_inside: ContextVar[bool] = ContextVar("inside_transaction", default=False)
_unfinished: set[asyncio.Task[Any]] = set()


def transactional(
    verb: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run `verb` in one transaction that is finished even if its caller goes away.

    The transaction has a task of its own: a cancelled caller stops waiting, but never leaves a
    lock, a connection or half the statements behind. Called inside a transaction, it joins it.
    """

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _inside.get():
            return await verb(*args, **kwargs)
        task = asyncio.create_task(_transaction(verb, *args, **kwargs))
        _unfinished.add(task)
        task.add_done_callback(_unfinished.discard)
        return await asyncio.shield(task)

    return run


async def _transaction(verb: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    _inside.set(True)  # the task's own context: nobody else sees it
    if connection().capabilities.dialect == "sqlite":
        return await _sqlite_transaction(verb, *args, **kwargs)
    async with in_transaction():
        return await verb(*args, **kwargs)


async def _sqlite_transaction(
    verb: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    client: Any = connection()
    try:
        async with in_transaction() as transaction:
            # Take the write lock at once: a reader that turns writer later is refused.
            await transaction.execute_query("DELETE FROM view_feed WHERE 0")
            return await verb(*args, **kwargs)
    except BaseException:
        # Tortoise leaves a transaction open whose COMMIT has failed, and the next one would commit
        # it. Nobody has run since, so if one is open, it is that.
        if client._connection is not None and client._connection.in_transaction:
            await client._connection.rollback()
        raise


async def finish_transactions() -> None:
    """Wait for the transactions whose callers have gone away."""
    while _unfinished:
        await asyncio.wait(_unfinished)


# --- bare SQL --------------------------------------------------------------------------------


@cache
def _sqlite_dialect(sql: str) -> str:
    without_locks = re.sub(r" FOR (?:NO KEY UPDATE|SHARE)(?: SKIP LOCKED)?(?![A-Z])", "", sql)
    return re.sub(r"\$(\d+)", r"?\1", without_locks)


def _sqlite_value(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(" ")
        case UUID() | Decimal() | date():
            return str(value)
        case _:
            return value


def _adapt(
    client: BaseDBAsyncClient, sql: str, values: Sequence[object]
) -> tuple[str, list[object]]:
    if client.capabilities.dialect == "sqlite":
        return _sqlite_dialect(sql), list(map(_sqlite_value, values))
    return sql, list(values)


async def fetch(sql: str, *values: object) -> Sequence[Any]:
    """Run `sql` and return its rows, each to be read by column name."""
    client = connection()
    sql, adapted = _adapt(client, sql, values)
    return await client.execute_query_dict(sql, adapted)


async def execute(sql: str, *values: object) -> int:
    """Run a statement that returns nothing, and return how many rows it changed."""
    client = connection()
    sql, adapted = _adapt(client, sql, values)
    changed, _ = await client.execute_query(sql, adapted)
    return changed


async def execute_many(sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run a statement once for each of `rows`, in one round trip."""
    client = connection()
    adapted = [_adapt(client, sql, row) for row in rows]
    await client.execute_many(adapted[0][0], [values for _, values in adapted])


def placeholders(rows: int, columns: int) -> str:
    """Return `($1, $2), ($3, $4)` for an INSERT of several rows."""
    return ", ".join(
        "(" + ", ".join(f"${row * columns + column + 1}" for column in range(columns)) + ")"
        for row in range(rows)
    )
