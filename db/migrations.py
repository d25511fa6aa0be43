"""Migrating a database, and checking whether it is up to date and can be used."""

import asyncio
import fcntl
import os
import re
import sqlite3
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing, nullcontext
from enum import Enum
from functools import cache
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from ssl import SSLCertVerificationError
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import asyncpg
from structlog import get_logger
from tortoise.context import TortoiseContext
from tortoise.exceptions import ConfigurationError, OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.migration import Migration
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state import State
from tortoise.transactions import in_transaction

from db.availability import missing_privilege
from db.connections import POSTGRES, SQLITE, TORTOISE_ORM, connection, tortoise_config
from db.finished_schema import create_schema, is_empty
from db.postgres import limit_lock_waits
from db.statements import fetch

_MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
_MIGRATION_LOCK: Final = 5_317_421_906
"""The key of the advisory lock that a migration holds: an arbitrary number."""
_CONNECT_TIMEOUT: Final = 10
"""Seconds."""
_LOCK_INTERVAL: Final = 0.5
"""Seconds between two attempts to get it."""
_LOCK_RETRY_AFTER: Final = 3.0
"""Seconds for which others get the locks that a migration could not have."""
_LOCK_PATIENCE: Final = 600.0
"""Seconds until a migration that doesn't get its locks gives up."""


_POOL_OPTIONS: Final = frozenset({"minsize", "maxsize"})
_OPTIONS: Final = frozenset(
    {*signature(asyncpg.connect).parameters, *_POOL_OPTIONS, "schema", "application_name", "init"}
)
"""What can be part of `postgres://…?option=value`, or is set by us."""


class DatabaseUnusable(Exception):
    """The database can't be opened or reached. The message is for people and says why."""


UNKNOWN_MIGRATIONS: Final = (
    "This database was migrated by a newer version of the portal, or by a version before 0.2.0."
)
_MISSING_MIGRATIONS: Final = (
    "According to its table tortoise_migrations, the database lacks {}, but has a later migration."
    " If a row was deleted there, add it again. Otherwise, restore a backup."
)
_UNTRUSTED: Final = (
    "The certificate of the database's server isn't trusted: {}. The option sslrootcert names a"
    " file with the certificates to trust."
)
_IN_USE: Final = (
    "The migration {} can't change a table that a long transaction uses. pg_stat_activity shows it."
    " Once it has ended, run: invotify migrate"
)

log = get_logger(__name__)


class MigrationState(Enum):
    """How a database compares with the migrations of this version of the portal."""

    UP_TO_DATE = "up to date"
    BEHIND = "behind"
    AHEAD = "ahead"


async def migration_state() -> MigrationState:
    """Return the state of the open database.

    UP_TO_DATE: it has this version's migrations, and from newer versions at most additive ones.
    Raises DatabaseUnusable if the database lacks a migration but has a later one, because Tortoise
    would skip it, or if the database doesn't answer, because Tortoise would take it for empty.
    """
    try:
        applied = await _applied_migrations()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unreachable(error) from error
    if not all(map(is_additive, applied - _migration_names())):
        return MigrationState.AHEAD
    missing = sorted(_migration_names() - applied)
    if skipped := [name for name in missing if name < max(applied, default="")]:
        raise DatabaseUnusable(_MISSING_MIGRATIONS.format(", ".join(skipped)))
    return MigrationState.BEHIND if missing else MigrationState.UP_TO_DATE


def is_additive(migration: str) -> bool:
    """Whether the previous version of the portal still works after the named migration.

    Its name says so, because that version knows nothing else of it.
    """
    _, _, title = migration.partition("_")
    return title.startswith("additive_")


async def latest_migration() -> str:
    """Return the name of the newest migration of the open database."""
    return max(await _applied_migrations())


async def _applied_migrations() -> set[str]:
    """Return the names of the migrations that the open database has: none if it is empty.

    Raises DatabaseUnusable if the role may not read them.
    """
    try:
        return {row["name"] for row in await fetch("SELECT name FROM tortoise_migrations")}
    except OperationalError as error:
        if refusal := missing_privilege(error):
            raise DatabaseUnusable(f"The database's role has too few rights: {refusal}.") from None
        return set()  # there is no such table


async def migrate(database_url: str) -> None:
    """Apply the missing migrations, or give an empty database the finished schema.

    One process at a time does so. On PostgreSQL, others may use the database meanwhile. Raises
    DatabaseUnusable, before it changes anything, if the database has other migrations.
    """
    # In a context of its own, whose end closes the connection: that has a thread, which would keep
    # the process running.
    async with _reachable(database_url, lock=True), TortoiseContext() as context:
        await context.init(config=tortoise_config(database_url, time_limits=False))
        if await is_empty():
            await create_schema(_migration_names())
            return
        match await migration_state():
            case MigrationState.BEHIND:
                await _Migrator().migrate()
            case MigrationState.AHEAD:
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


class _Migrator:
    """Applies the migrations that the open database lacks."""

    def __init__(self) -> None:
        self._executor = MigrationExecutor(connection(), TORTOISE_ORM["apps"])

    async def migrate(self) -> None:
        """Apply one migration after the other. Raises DatabaseUnusable if a table stays in use."""
        steps = await self._executor.plan()
        recorder = self._executor.recorder
        await recorder.ensure_schema(self._executor._schema_editor(atomic=False))
        state = await self._executor._project_state(set(await recorder.applied_migrations()))
        for step in steps:
            state = await self._apply_patiently(step.migration, state)

    async def _apply_patiently(self, migration: Migration, state: State) -> State:
        """Apply a migration, and return the state of the models after it.

        What changes a table waits for every transaction that has used it, and whoever comes later
        waits behind. So it waits only briefly, gives up its place, and tries again.
        """
        until = time.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                # An attempt changes the state.
                return await self._apply(migration, state.clone())
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
                if time.monotonic() > until:
                    raise DatabaseUnusable(_IN_USE.format(migration.name)) from None
                log.warning("migration.waits", migration=migration.name, error=str(error))
                await asyncio.sleep(_LOCK_RETRY_AFTER)

    async def _apply(self, migration: Migration, state: State) -> State:
        editor = self._executor._schema_editor(atomic=migration.atomic)
        if not migration.atomic:
            state = await migration.apply(state, schema_editor=editor)
            await self._executor.recorder.record_applied(migration.app_label, migration.name)
            return state
        async with in_transaction() as transaction:
            await limit_lock_waits(transaction)
            editor.client = transaction
            state = await migration.apply(state, schema_editor=editor)
            await MigrationRecorder(transaction).record_applied(migration.app_label, migration.name)
        return state


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
        async with _locked_folder(credentials["file_path"]) if lock else nullcontext():
            yield
        return
    names = ("dsn", "host", "port", "user", "password", "database", "ssl")
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
        # asyncpg leaves the query open, and so its snapshot, for whose end indexes would wait.
        await postgres.execute("SELECT")
        return True
    await postgres.execute("ROLLBACK")
    return False


def _unreachable(error: Exception) -> DatabaseUnusable:
    if isinstance(error, SSLCertVerificationError):
        return DatabaseUnusable(_UNTRUSTED.format(error.verify_message.removesuffix(".")))
    return DatabaseUnusable(f"The database can't be reached: {error or type(error).__name__}")


def _parse(database_url: str) -> tuple[str, dict[str, Any]]:
    try:
        parsed = tortoise_config(database_url)["connections"]["default"]
    except (ConfigurationError, ValueError) as error:
        raise DatabaseUnusable(f"DATABASE_URL is not a valid URL: {error}") from error
    engine = parsed["engine"]
    if engine not in {SQLITE, POSTGRES}:
        raise DatabaseUnusable("DATABASE_URL must begin with sqlite:// or postgres://.")
    if engine == POSTGRES:
        _check_options(parsed["credentials"])
    return engine, parsed["credentials"]


def _check_options(credentials: Mapping[str, Any]) -> None:
    if unknown := credentials.keys() - _OPTIONS:
        names = ", ".join(sorted(unknown))
        raise DatabaseUnusable(f"The database's URL has options that don't exist: {names}.")
    for name in _POOL_OPTIONS & credentials.keys():
        if not re.fullmatch("[1-9][0-9]{0,4}", str(credentials[name])):
            raise DatabaseUnusable(f"The database's URL has no number of connections as {name}.")
    for name, value in parse_qsl(urlsplit(credentials.get("dsn", "")).query):  # those for TLS
        if name != "sslmode" and not os.access(value, os.R_OK):
            raise DatabaseUnusable(f"The database's URL has an unreadable file as {name}: {value}")


@asynccontextmanager
async def _locked_folder(path: str) -> AsyncGenerator[None, None]:
    """Hold a lock on the folder of a file, which ends with the process.

    The file itself has locks of SQLite, which end when anybody in the process closes it.
    """
    folder = os.open(Path(path).parent, os.O_RDONLY)
    try:
        while not _locks_folder(folder):  # noqa: ASYNC110  # waiting would block the event loop
            await asyncio.sleep(_LOCK_INTERVAL)
        yield
    finally:
        os.close(folder)


def _locks_folder(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_file(path: str) -> None:
    try:
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{path} can't be opened: {error}.") from error
