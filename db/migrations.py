"""Bringing a database up to date, and telling whether it is and whether it can be used at all."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from enum import Enum
from typing import Any, Final

import asyncpg
from tortoise import Tortoise
from tortoise.exceptions import ConfigurationError
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.migrations.executor import MigrationExecutor

from db.connections import TORTOISE_ORM, connection, tortoise_config

_ONE_AT_A_TIME: Final = 5_317_421_906
"""The advisory lock that a migration holds; any number that nobody else has chosen."""
_PATIENCE: Final = 10
"""Seconds in which PostgreSQL must let us in."""


class DatabaseUnusable(Exception):
    """The database can't be opened or reached; the message says why, in words for people."""


class Standing(Enum):
    """How a database stands to the migrations that this version of the portal has."""

    UP_TO_DATE = "up to date"
    BEHIND = "behind"
    AHEAD = "ahead"


async def standing() -> Standing:
    """Return how the open database stands; AHEAD if a newer version has migrated it."""
    executor = MigrationExecutor(connection(), TORTOISE_ORM["apps"])
    if await executor.plan():
        return Standing.BEHIND
    unknown = executor.loader.applied_migrations - set(executor.loader.disk_migrations)
    return Standing.AHEAD if unknown else Standing.UP_TO_DATE


async def migrate(database_url: str) -> None:
    """Apply what is missing; on PostgreSQL, one process after the other.

    Raises DatabaseUnusable.
    """
    async with _alone(database_url):
        try:
            config = tortoise_config(database_url, time_limits=False)
            await apply_migrations(config=config)
        finally:
            # A connection left open keeps its thread, and the thread the process.
            await Tortoise.close_connections()


async def check_usable(database_url: str) -> None:
    """Raise DatabaseUnusable if the database can't be opened or reached now.

    Tortoise takes a database that does not answer for one that is empty, and waits for ever for a
    file that can't be opened.
    """
    async with _alone(database_url, lock=False):
        pass


@asynccontextmanager
async def _alone(database_url: str, *, lock: bool = True) -> AsyncGenerator[None, None]:
    engine, credentials = _parse(database_url)
    if engine == "tortoise.backends.sqlite":
        _try_file(credentials["file_path"])
        yield
        return
    names = ("host", "port", "user", "password", "database", "ssl")
    options = {name: credentials[name] for name in names if credentials.get(name) is not None}
    try:
        postgres = await asyncpg.connect(**options, timeout=_PATIENCE)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as fault:
        message = f"The database can't be reached: {fault or type(fault).__name__}"
        raise DatabaseUnusable(message) from fault
    try:
        if lock:
            # Held by the connection: a process that dies gives it back.
            await postgres.execute(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})")
        yield
    finally:
        await postgres.close()


def _parse(database_url: str) -> tuple[str, dict[str, Any]]:
    try:
        parsed = tortoise_config(database_url)["connections"]["default"]
    except (ConfigurationError, ValueError) as fault:
        message = f"DATABASE_URL is not one: {fault}"
        raise DatabaseUnusable(message) from fault
    engine = parsed["engine"]
    if engine not in {"tortoise.backends.sqlite", "tortoise.backends.asyncpg"}:
        message = "DATABASE_URL begins with sqlite:// or postgres://"
        raise DatabaseUnusable(message)
    return engine, parsed["credentials"]


def _try_file(path: str) -> None:
    try:
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as fault:
        message = f"{path} can't be opened: {fault}."
        raise DatabaseUnusable(message) from fault
