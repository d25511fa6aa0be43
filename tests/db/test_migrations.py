"""Migrations: in one process at a time, forwards and backwards, with errors for bad databases."""

import asyncio
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tortoise import fields
from tortoise.exceptions import OperationalError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import CreateModel, Operation
from tortoise.transactions import in_transaction

from db.connections import TORTOISE_ORM, connection
from db.migrations import (
    UNKNOWN_MIGRATIONS,
    DatabaseUnusable,
    MigrationState,
    check_usable,
    migration_state,
)
from db.operations import CreateTables, DropColumn
from db.statements import fetch
from models import Company, User
from tests.models.rules import declared, existing
from tests.support import servers
from tests.support.migrations import few_models, migrate_to, opened


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///nonexistent/folder/x.db",
        "postgres://nobody@127.0.0.1:1/nothing",
        "mysql://root@127.0.0.1/x",
        "nonsense",
        "postgres://nobody@127.0.0.1:port/nothing",
    ],
)
async def test_unusable_database_is_reported(url: str) -> None:
    with pytest.raises(DatabaseUnusable):
        await check_usable(url)


async def test_file_that_is_not_a_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        await check_usable(f"sqlite://{tmp_path}/x.db")


async def test_missing_database_is_reported(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="does not exist"):
        await check_usable(f"{postgres_url}/nothing_of_that_name")


async def test_concurrent_migrations_run_one_after_the_other(postgres_url: str) -> None:
    environment = {"DATABASE_URL": await servers.create_database(postgres_url)}
    await asyncio.gather(
        *(asyncio.to_thread(servers.invotify, environment, "migrate") for _ in range(3))
    )
    database = await asyncpg.connect(environment["DATABASE_URL"])
    assert await database.fetchval("SELECT COUNT(*) FROM tortoise_migrations") >= 1
    await database.close()


def test_a_database_with_unknown_migrations_is_refused(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": f"sqlite://{tmp_path}/x.db"}
    servers.invotify(environment, "migrate")
    with closing(sqlite3.connect(tmp_path / "x.db")) as file, file:
        file.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('models', '9999_from_the_future', '2030-01-01')"
        )
    for command in (("serve", "--port", str(servers.free_port())), ("migrate",)):
        with pytest.raises(subprocess.CalledProcessError) as refusal:
            servers.invotify(environment, *command)
        assert refusal.value.returncode == 1
        assert refusal.value.stderr == f"{UNKNOWN_MIGRATIONS}\n"


def test_a_migration_that_was_skipped_is_named(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": f"sqlite://{tmp_path}/x.db"}
    servers.invotify(environment, "migrate")
    with closing(sqlite3.connect(tmp_path / "x.db")) as file, file:
        file.execute("DELETE FROM tortoise_migrations WHERE name = '0005_traces'")
        rows = file.execute("SELECT * FROM tortoise_migrations").fetchall()
    for command in (("serve", "--port", str(servers.free_port())), ("migrate",), ("check",)):
        code, printed = servers.run_invotify(environment, *command)
        assert code == 1
        assert "the database lacks 0005_traces, but has a later migration." in printed
    with closing(sqlite3.connect(tmp_path / "x.db")) as file:
        assert file.execute("SELECT * FROM tortoise_migrations").fetchall() == rows


# --- forwards and backwards -----------------------------------------------------------------------


_NOTHING: Final = "__first__"
"""Tortoise's name for the state before the first migration."""


async def _tables() -> set[str]:
    """Return the names of the existing tables."""
    if connection().capabilities.dialect == "sqlite":
        rows = await fetch(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    else:
        rows = await fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return {row["name"] for row in rows}


async def test_migrations_can_be_reverted_and_applied_again(migrated_database: str) -> None:
    async with opened(migrated_database):
        assert await existing() == declared()
        await migrate_to(_NOTHING)
        assert await _tables() == {"tortoise_migrations"}
        assert await migration_state() is MigrationState.BEHIND
        await migrate_to()
        assert await existing() == declared()
        assert await migration_state() is MigrationState.UP_TO_DATE


async def _apply(operation: Operation) -> None:
    """Apply another migration with this operation."""
    executor = MigrationExecutor(connection(), TORTOISE_ORM["apps"])
    await executor.loader.build_graph()
    migration = Migration("0002_more", "models")
    migration.operations = [operation]
    with few_models():
        state = await executor._project_state(set(await executor.recorder.applied_migrations()))
        async with in_transaction():
            editor = executor._schema_editor()
            editor.client = connection()
            await migration.apply(state, schema_editor=editor)


_NOTES: Final = CreateModel(
    name="Note",
    fields=[
        ("id", fields.IntField(primary_key=True)),
        ("company", fields.ForeignKeyField("models.Company", related_name="notes")),
        ("text", fields.CharField(max_length=20)),
    ],
    options={
        "table": "note",
        "app": "models",
        "constraints": [
            UniqueConstraint(fields=("company_id", "text"), name="note_once"),
            CheckConstraint(check="length(text) > 0", name="note_text"),
        ],
        "indexes": [Index(fields=["company_id", "id"], name="note_log")],
    },
)
"""A new table as `makemigrations` writes it."""


async def test_new_table_has_its_constraints_and_indexes(migrated_database: str) -> None:
    async with opened(migrated_database):
        await _apply(CreateTables(_NOTES))
        created = await existing("note")
        assert created.checks - declared().checks == {("note", "note_text")}
        assert ("note", ("company_id", "text")) in created.unique
        assert ("note", "note_log", ("company_id", "id")) in created.indexes
        assert ("note", "company_id", "company", "CASCADE") in created.foreign_keys


async def test_dropping_a_column_keeps_rows_that_refer_to_the_table(
    migrated_database: str,
) -> None:
    async with opened(migrated_database):
        company = await Company.create(name="Acme", phone="1")
        user = await User.create(company=company, name="A", email="a@b.example", permissions="")
        await _apply(DropColumn("Company", "phone"))
        assert await User.filter(company_id=company.id).values_list("id", flat=True) == [user.id]
        with pytest.raises(OperationalError, match="phone"):
            await fetch("SELECT phone FROM company")
