"""Migrating a database, and checking whether it is up to date and can be used."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from enum import Enum
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.exceptions import ConfigurationError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder

from db.connections import POSTGRES, SQLITE, TORTOISE_ORM, connection, tortoise_config
from db.finished_schema import create_schema, is_empty
from db.statements import fetch

_MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
_MIGRATION_LOCK: Final = 5_317_421_906
"""The key of the advisory lock that a migration holds: an arbitrary number."""
_CONNECT_TIMEOUT: Final = 10
"""Seconds."""
_LOCK_INTERVAL: Final = 0.5
"""Seconds between two attempts to get the lock."""


class DatabaseUnusable(Exception):
    """The database can't be opened or reached. The message is for people and says why."""


UNKNOWN_MIGRATIONS: Final = (
    "This database was migrated by a newer version of the portal, or by a version before 0.2.0."
)


class MigrationState(Enum):
    """How a database compares with the migrations of this version of the portal."""

    UP_TO_DATE = "up to date"
    BEHIND = "behind"
    AHEAD = "ahead"


async def migration_state() -> MigrationState:
    """Return the state of the open database. AHEAD: it has migrations that are unknown here.

    Raises DatabaseUnusable if the database doesn't answer. Tortoise would take it for an empty one.
    """
    try:
        await fetch("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unreachable(error) from error
    applied = {key.name for key in await MigrationRecorder(connection()).applied_migrations()}
    if _migration_names() - applied:
        return MigrationState.BEHIND
    return MigrationState.AHEAD if applied - _migration_names() else MigrationState.UP_TO_DATE


async def latest_migration() -> str:
    """Return the name of the newest migration of the open database."""
    return max(key.name for key in await MigrationRecorder(connection()).applied_migrations())


async def migrate(database_url: str) -> None:
    """Apply the missing migrations, or give an empty database the finished schema.

    On PostgreSQL, one process at a time does so. Raises DatabaseUnusable.
    """
    # In a context of its own, whose end closes the connection: that has a thread, which would keep
    # the process running.
    async with _reachable(database_url, lock=True), TortoiseContext() as context:
        await context.init(config=tortoise_config(database_url, time_limits=False))
        if await is_empty():
            await create_schema(_migration_names())
        else:
            await MigrationExecutor(connection(), TORTOISE_ORM["apps"]).migrate()
        if await migration_state() is MigrationState.AHEAD:
            raise DatabaseUnusable(UNKNOWN_MIGRATIONS)


async def check_usable(database_url: str) -> None:
    """Raise DatabaseUnusable if the database can't be opened or reached now.

    Tortoise treats a database that doesn't respond as an empty one, and waits forever for a file
    that can't be opened.
    """
    async with _reachable(database_url, lock=False):
        pass


@asynccontextmanager
async def open_migrated(
    database_url: str, *, everywhere: bool = False
) -> AsyncGenerator[None, None]:
    """Open the database. Raises DatabaseUnusable if it is not up to date.

    It is open in this task and those that it starts, or `everywhere` in the process.
    """
    await check_usable(database_url)
    async with TortoiseContext() as context:
        config = tortoise_config(database_url)
        await context.init(config=config, _enable_global_fallback=everywhere)
        match await migration_state():
            case MigrationState.BEHIND:
                raise DatabaseUnusable("The database is not up to date. Run: invotify migrate")
            case MigrationState.AHEAD:
                raise DatabaseUnusable(UNKNOWN_MIGRATIONS)
        yield


@cache
def _migration_names() -> frozenset[str]:
    """Return the names of this version's migrations, without importing these."""
    modules = iter_modules([str(_MIGRATIONS)])
    return frozenset(module.name for module in modules if not module.name.startswith("_"))


@asynccontextmanager
async def _reachable(database_url: str, *, lock: bool) -> AsyncGenerator[None, None]:
    engine, credentials = _parse(database_url)
    if engine == SQLITE:
        _check_file(credentials["file_path"])
        yield
        return
    names = ("host", "port", "user", "password", "database", "ssl")
    options = {name: credentials[name] for name in names if credentials.get(name) is not None}
    try:
        postgres = await asyncpg.connect(
            **options, timeout=_CONNECT_TIMEOUT, statement_cache_size=0
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise _unreachable(error) from error
    try:
        if not lock:
            yield
            return
        # The lock belongs to a transaction, so it ends with the process, through a pooler as well.
        # While one waits, it has no transaction: indexes that are built concurrently wait for all.
        while not await _locks(postgres):  # noqa: ASYNC110  # the server can't tell us
            await asyncio.sleep(_LOCK_INTERVAL)
        yield
    finally:
        await postgres.close()


async def _locks(postgres: asyncpg.Connection) -> bool:
    """Begin a transaction that holds the lock, if nobody else does."""
    await postgres.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
    if await postgres.fetchval(f"SELECT pg_try_advisory_xact_lock({_MIGRATION_LOCK})"):
        return True
    await postgres.execute("ROLLBACK")
    return False


def _unreachable(error: Exception) -> DatabaseUnusable:
    return DatabaseUnusable(f"The database can't be reached: {error or type(error).__name__}")


def _parse(database_url: str) -> tuple[str, dict[str, Any]]:
    try:
        parsed = tortoise_config(database_url)["connections"]["default"]
    except (ConfigurationError, ValueError) as error:
        raise DatabaseUnusable(f"DATABASE_URL is not a valid URL: {error}") from error
    engine = parsed["engine"]
    if engine not in {SQLITE, POSTGRES}:
        raise DatabaseUnusable("DATABASE_URL must begin with sqlite:// or postgres://.")
    return engine, parsed["credentials"]


def _check_file(path: str) -> None:
    try:
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{path} can't be opened: {error}.") from error
