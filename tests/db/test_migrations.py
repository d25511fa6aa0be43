"""Bringing a database up to date: alone, again, and with a word where it can't be done."""

import asyncio
import sqlite3
import subprocess
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.models import Model

from db.connections import TORTOISE_ORM, connection, execute, fetch, tortoise_config
from db.migrations import DatabaseUnusable, check_usable
from models import Company
from tests.conftest import Backend
from tests.models.rules import declared, existing
from tests.support import servers
from tests.support.clients import Business
from tests.support.rows import columns_of, fill, insert, tables


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


# --- what is in a database stays in it ----------------------------------------------------------

_FIRST: Final = MigrationTarget("models", "0001_initial")
_DROPPED: Final[dict[tuple[str, str], object]] = {
    ("company", "logo_url"): "https://acme.example/logo.svg",
    ("payment", "refunded"): 0,
}
"""Columns of the first release that are no more, and what stood in them."""


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


async def _columns() -> dict[str, set[str]]:
    """Return the columns of each table."""
    if connection().capabilities.dialect == "sqlite":
        rows = await fetch(
            "SELECT m.name AS tab, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table'"
        )
    else:
        rows = await fetch(
            "SELECT table_name AS tab, column_name AS col FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
    columns: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        columns[row["tab"]].add(row["col"])
    return columns


async def _rows(columns: dict[str, set[str]]) -> dict[str, list[tuple[object, ...]]]:
    """Return what stands in these columns of these tables."""
    found = {}
    for table in columns.keys() & tables().keys():
        names = sorted(name for name in columns[table] if (table, name) not in _DROPPED)
        rows = await fetch(f'SELECT {", ".join(names)} FROM "{table}" ORDER BY id')
        found[table] = [tuple(row.values()) for row in rows]
    return found


async def _populate(rows: Sequence[Model], columns: dict[str, set[str]]) -> None:
    for row in rows:
        table = row._meta.db_table
        if table in columns:
            values = columns_of(row) | {
                c: value for (of, c), value in _DROPPED.items() if of == table
            }
            await insert(table, {name: values[name] for name in columns[table]})


async def test_a_database_of_the_first_release_keeps_everything(
    business: Business, another_database: str
) -> None:
    rows = await fill(business)
    async with _opened(another_database):
        await MigrationExecutor(connection(), TORTOISE_ORM["apps"]).migrate([_FIRST])
        columns = await _columns()
        await _populate(rows, columns)
        before = await _rows(columns)
    assert len(before) == 11
    assert all(before.values())
    await asyncio.to_thread(servers.invotify, {"DATABASE_URL": another_database}, "migrate")
    async with _opened(another_database):
        assert await _rows(columns) == before
        assert await existing() == declared()
        [company] = await Company.all()
        assert company.reminder_stages == [-3, 1, 7, 14]
        assert company.logo_digest is None
        assert (company.quote_sequence, company.credit_note_sequence) == (0, 0)
        assert (company.stripe_account is not None, company.charges_enabled) == (True, True)
        with pytest.raises(IntegrityError, match="only added"):
            await execute("DELETE FROM payment")
        assert await _rows(columns) == before
