"""Bringing a database up to date: alone, again, and with a word where it can't be done."""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tortoise import fields
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import CreateModel, Operation
from tortoise.transactions import in_transaction

from db.connections import TORTOISE_ORM, connection, tortoise_config
from db.migrations import DatabaseUnusable, Standing, check_usable, standing
from db.operations import CreateTables, DropColumn
from db.statements import fetch
from models import Company, User
from tests.conftest import Backend
from tests.models.rules import declared, existing
from tests.support import servers


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
async def test_a_database_that_can_not_be_used_is_said_to_be(url: str) -> None:
    with pytest.raises(DatabaseUnusable):
        await check_usable(url)


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        await check_usable(f"sqlite://{tmp_path}/x.db")


async def test_a_database_that_is_not_there_is_said_to_be_missing(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="does not exist"):
        await check_usable(f"{postgres_url}/nothing_of_that_name")


async def test_several_at_once_migrate_one_after_the_other(postgres_url: str) -> None:
    environment = {"DATABASE_URL": await servers.create_database(postgres_url)}
    await asyncio.gather(
        *(asyncio.to_thread(servers.invotify, environment, "migrate") for _ in range(3))
    )
    database = await asyncpg.connect(environment["DATABASE_URL"])
    assert await database.fetchval("SELECT COUNT(*) FROM tortoise_migrations") >= 1
    await database.close()


def test_a_portal_refuses_a_database_that_a_newer_one_has_migrated(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": f"sqlite://{tmp_path}/x.db"}
    servers.invotify(environment, "migrate")
    with closing(sqlite3.connect(tmp_path / "x.db")) as file, file:
        file.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('models', '9999_from_the_future', '2030-01-01')"
        )
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        servers.invotify(environment, "serve", "--port", str(servers.free_port()))
    assert refusal.value.returncode == 1
    assert "newer" in refusal.value.stderr


# --- there and back -------------------------------------------------------------------------------


_NOTHING: Final = MigrationTarget("models", "__first__")
"""Tortoise's name for what was before the first migration."""


@asynccontextmanager
async def _opened(url: str) -> AsyncGenerator[None, None]:
    """Let this task's statements go to the database at `url`."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        yield


@pytest.fixture
async def another_database(backend: Backend, tmp_path: Path) -> str:
    """Return the URL of an empty database of the same kind."""
    if backend.redis is None:
        return f"sqlite://{tmp_path}/old.db"
    return await servers.create_database(backend.database_url.rpartition("/")[0])


async def _tables() -> set[str]:
    """Return the names of the tables that are there."""
    if connection().capabilities.dialect == "sqlite":
        rows = await fetch(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    else:
        rows = await fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return {row["name"] for row in rows}


async def test_the_migrations_can_be_taken_back_and_applied_again(another_database: str) -> None:
    async with _opened(another_database):
        for _ in range(2):
            await MigrationExecutor(connection(), TORTOISE_ORM["apps"]).migrate()
            assert await existing() == declared()
            assert await standing() is Standing.UP_TO_DATE
            await MigrationExecutor(connection(), TORTOISE_ORM["apps"]).migrate([_NOTHING])
            assert await _tables() == {"tortoise_migrations"}
            assert await standing() is Standing.BEHIND


async def _apply(executor: MigrationExecutor, operation: Operation) -> None:
    """Apply one more migration, which has this operation."""
    migration = Migration("0002_more", "models")
    migration.operations = [operation]
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
"""A new table, as `makemigrations` writes it."""


async def test_a_new_table_has_its_constraints_and_indexes(another_database: str) -> None:
    async with _opened(another_database):
        executor = MigrationExecutor(connection(), TORTOISE_ORM["apps"])
        await executor.migrate()
        await _apply(executor, CreateTables(_NOTES))
        really = await existing("note")
        assert really.checks - declared().checks == {("note", "note_text")}
        assert ("note", ("company_id", "text")) in really.unique
        assert ("note", "note_log", ("company_id", "id")) in really.indexes
        assert ("note", "company_id", "company", "CASCADE") in really.foreign_keys


async def test_a_column_is_dropped_without_loss_to_those_who_refer_to_its_table(
    another_database: str,
) -> None:
    async with _opened(another_database):
        executor = MigrationExecutor(connection(), TORTOISE_ORM["apps"])
        await executor.migrate()
        company = await Company.create(name="Acme", phone="1")
        user = await User.create(company=company, name="A", email="a@b.example", permissions="")
        await _apply(executor, DropColumn("Company", "phone"))
        assert await User.filter(company_id=company.id).values_list("id", flat=True) == [user.id]
        with pytest.raises(OperationalError, match="phone"):
            await fetch("SELECT phone FROM company")
