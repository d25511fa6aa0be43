"""Bringing a database up to date: alone, again, and with a word where it can't be done."""

import asyncio
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from models.migrating import DatabaseUnusable, check_usable
from tests import servers


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
