"""Migrating while others use the database: locks, interruptions, and older versions beside."""

import asyncio
import re
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from tortoise.indexes import Index
from tortoise.migrations.operations import Operation
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps

from db import migrations
from db.connections import connection
from db.migrations import (
    DatabaseUnusable,
    MigrationState,
    is_additive,
    migrate,
    migration_state,
    open_migrated,
)
from db.operations import AddColumn, AddIndexConcurrently, CreateTables
from models import Company
from tests.db.conftest import CopyOf
from tests.support.forked import ForkedProcess, command
from tests.support.migrations import few_models, migrate_to, opened
from tests.support.pgbouncer import PGBOUNCER, pgbouncer

_BEFORE: Final = "0004_schedules"
_TABLE: Final = "email_delivery"
"""A table that the next migration changes."""
_on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


@pytest.fixture(scope="module")
async def _behind(migrated: str, copy_of: CopyOf) -> str:
    url = await copy_of(migrated)
    async with opened(url):
        await migrate_to(_BEFORE)
    return url


@pytest.fixture
async def database_behind(_behind: str, copy_of: CopyOf) -> str:
    """Return the URL of a database that lacks some migrations."""
    return await copy_of(_behind)


@pytest.fixture
def _few_models() -> Iterator[None]:
    with few_models():
        yield


_with_few_models = pytest.mark.usefixtures("_few_models")


@asynccontextmanager
async def used(url: str, lock: str = "ACCESS SHARE") -> AsyncGenerator[asyncpg.Connection]:
    """Hold a lock on the table, as a transaction does that has read it."""
    holder = await asyncpg.connect(url)
    try:
        await holder.execute(f"BEGIN; LOCK TABLE {_TABLE} IN {lock} MODE")
        yield holder
    finally:
        await holder.close()


async def _until(database: asyncpg.Connection, found: str) -> None:
    """Wait until a query finds something."""
    async with asyncio.timeout(60):
        while not await database.fetchval(found):  # noqa: ASYNC110  # the server can't tell us
            await asyncio.sleep(0.01)


@_on_postgres
@_with_few_models
async def test_nobody_waits_long_behind_a_migration_that_waits(
    database_behind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_LOCK_RETRY_AFTER", 0.2)
    reader = await asyncpg.connect(database_behind)
    async with used(database_behind):
        migrating = asyncio.create_task(migrate(database_behind))
        await _until(reader, "SELECT 1 FROM pg_locks WHERE NOT granted")
        await reader.fetch(f"SELECT id FROM {_TABLE}", timeout=3)
        assert not migrating.done()
    await migrating
    await reader.close()
    async with opened(database_behind):
        assert await migration_state() is MigrationState.UP_TO_DATE


@_on_postgres
@_with_few_models
async def test_a_migration_that_never_gets_its_lock_gives_up_and_changes_nothing(
    database_behind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_LOCK_PATIENCE", 0)
    async with opened(database_behind):
        async with used(database_behind):
            with pytest.raises(DatabaseUnusable, match="0005_traces can't change a table"):
                await migrate(database_behind)
        assert await migration_state() is MigrationState.BEHIND
        await migrate(database_behind)
        assert await migration_state() is MigrationState.UP_TO_DATE


@_on_postgres
async def test_a_killed_migration_can_be_run_again(database_behind: str) -> None:
    async with opened(database_behind):
        async with used(database_behind, "ROW EXCLUSIVE") as holder:
            environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": database_behind}
            process = ForkedProcess(command, ["migrate"], environment)
            await _until(holder, "SELECT 1 FROM pg_locks WHERE NOT granted")
            process.send_signal(signal.SIGKILL)
            assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL
        await migrate(database_behind)
        assert await migration_state() is MigrationState.UP_TO_DATE


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")
@_with_few_models
async def test_two_that_migrate_a_file_at_once_take_turns(database_behind: str) -> None:
    await asyncio.gather(migrate(database_behind), migrate(database_behind))
    async with opened(database_behind):
        assert await migration_state() is MigrationState.UP_TO_DATE


# --- indexes --------------------------------------------------------------------------------------


async def _add_index(index: Index) -> None:
    state = State(models={}, apps=StateApps(default_connections={"models": "default"}))
    state.models["models", "Company"] = ModelState.make_from_model("models", Company)
    state.reload_models([("models", "Company")])
    editor = AsyncpgSchemaEditor(connection(), atomic=False)
    await AddIndexConcurrently("Company", index).database_forward("models", state, state, editor)


async def _is_valid(url: str, name: str) -> bool | None:
    database = await asyncpg.connect(url)
    try:
        valid: bool | None = await database.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name
        )
    finally:
        await database.close()
    return valid


@_on_postgres
async def test_an_index_is_built_while_others_write_and_again_if_that_was_interrupted(
    migrated_database: str,
) -> None:
    index = Index(fields=["name"], name="company_by_name")
    async with opened(migrated_database):
        writer = await asyncpg.connect(migrated_database)
        await writer.execute(
            "BEGIN; INSERT INTO company (id, name, plan, currency, language, created_at)"
            " VALUES (gen_random_uuid(), 'Acme', 'FREE', 'EUR', 'en', now())"
        )
        building = asyncio.create_task(_add_index(index))
        await _until(writer, "SELECT 1 FROM pg_class WHERE relname = 'company_by_name'")
        await writer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'CREATE INDEX%'"
        )
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await building
        assert await _is_valid(migrated_database, "company_by_name") is False
        await writer.execute("COMMIT")
        await writer.close()
        for _ in range(2):
            await _add_index(index)
            assert await _is_valid(migrated_database, "company_by_name") is True


@_on_postgres
@pytest.mark.skipif(PGBOUNCER is None, reason="needs pgbouncer")
async def test_an_index_is_built_through_a_pooler(migrated_database: str) -> None:
    with pgbouncer(migrated_database) as pooled:
        async with opened(pooled):
            await _add_index(Index(fields=["name"], name="company_by_name"))
    assert await _is_valid(migrated_database, "company_by_name") is True


# --- versions side by side ------------------------------------------------------------------------


async def _note(url: str, migration: str) -> None:
    """Note a migration of a newer version as applied."""
    async with opened(url):
        await connection().execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            f" VALUES ('models', '{migration}', '2030-01-01')"
        )


async def test_the_previous_version_starts_after_migrations_that_only_add(
    migrated_database: str,
) -> None:
    await _note(migrated_database, "9998_additive_notes")
    async with open_migrated(migrated_database):
        assert await migration_state() is MigrationState.UP_TO_DATE
    await migrate(migrated_database)
    await _note(migrated_database, "9999_notes_of_customers")
    with pytest.raises(DatabaseUnusable, match="newer version"):
        async with open_migrated(migrated_database):
            pass


_MIGRATIONS: Final = sorted(
    file.stem for file in Path("migrations").glob("*.py") if re.match(r"\d", file.stem)
)


def _is_safe_beside_the_previous_version(operation: Operation) -> bool:
    if isinstance(operation, AddColumn):
        # That version writes rows without the column.
        field: Any = operation.field
        return bool(field.null or field.has_db_default())
    return isinstance(operation, (AddIndexConcurrently, CreateTables))


@pytest.mark.parametrize("name", _MIGRATIONS)
def test_migrations_do_what_their_names_promise(name: str) -> None:
    migration = import_module(f"migrations.{name}").Migration
    operations: list[Operation] = migration.operations
    if is_additive(name):
        assert [one for one in operations if not _is_safe_beside_the_previous_version(one)] == []
    if any(isinstance(operation, AddIndexConcurrently) for operation in operations):
        assert not migration.atomic
