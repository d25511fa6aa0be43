"""Connections to PostgreSQL are used again and again, whatever happened to them before."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from db.connections import connection
from db.postgres_pool import ConnectionPool
from db.statements import execute, fetch
from tests.conftest import Backend
from tests.support.migrations import opened

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


@pytest.fixture
async def pool(backend: Backend) -> AsyncIterator[ConnectionPool]:
    """Run this test's statements on one connection."""
    async with opened(f"{backend.database_url}?maxsize=1"), asyncio.timeout(30):
        await fetch("SELECT 1")
        client: Any = connection()
        yield client._pool


async def _process() -> int:
    [row] = await fetch("SELECT pg_backend_pid() AS process")
    return int(row["process"])


async def test_a_cancelled_caller_leaves_a_connection_that_works(pool: ConnectionPool) -> None:
    process = await _process()
    waiting = asyncio.create_task(fetch("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await _process() == process
    assert pool.get_idle_size() == 1


async def test_a_caller_that_stops_waiting_for_a_connection_takes_none(
    pool: ConnectionPool,
) -> None:
    taken = await pool.acquire()
    waiting = asyncio.create_task(fetch("SELECT 1"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await pool.release(taken)
    await fetch("SELECT 1")
    assert pool.get_idle_size() == 1


async def test_a_transaction_that_was_left_open_is_rolled_back(pool: ConnectionPool) -> None:
    left = await pool.acquire()
    await left.execute("BEGIN; CREATE TABLE left_open ()")
    await pool.release(left)
    [row] = await fetch("SELECT to_regclass('left_open') AS name")
    assert row["name"] is None


async def test_a_connection_that_the_server_has_ended_is_replaced(
    backend: Backend, pool: ConnectionPool
) -> None:
    process = await _process()
    administrator = await asyncpg.connect(backend.database_url)
    await administrator.execute("SELECT pg_terminate_backend($1, 2000)", process)
    await administrator.close()
    await asyncio.sleep(0.05)
    assert await _process() != process
    assert pool.get_size() == 1


async def test_statements_are_prepared_once(pool: ConnectionPool) -> None:  # noqa: ARG001
    for _ in range(3):
        rows = await fetch(
            "SELECT count(*) AS times FROM pg_prepared_statements WHERE statement LIKE $1",
            "%pg_prepared_statements%",
        )
        assert rows[0]["times"] == 1


async def test_statements_are_prepared_again_when_a_table_changes(
    backend: Backend, pool: ConnectionPool
) -> None:
    process = await _process()
    await execute("CREATE TABLE changing (a int)")
    administrator = await asyncpg.connect(backend.database_url)
    try:
        await execute("INSERT INTO changing VALUES (1)")
        assert list(map(dict, await fetch("SELECT * FROM changing"))) == [{"a": 1}]
        await administrator.execute("ALTER TABLE changing ADD b int DEFAULT 2")
        assert list(map(dict, await fetch("SELECT * FROM changing"))) == [{"a": 1, "b": 2}]
    finally:
        await administrator.execute("DROP TABLE changing")
        await administrator.close()
    assert await _process() == process
    assert pool.get_size() == 1


async def test_no_statement_is_kept_behind_a_pooler(backend: Backend) -> None:
    async with opened(f"{backend.database_url}?maxsize=1&statement_cache_size=0"):
        for _ in range(2):
            assert await fetch("SELECT name FROM pg_prepared_statements WHERE $1", True) == []  # noqa: FBT003


async def test_closing_waits_for_statements_and_refuses_new_ones(pool: ConnectionPool) -> None:
    running = asyncio.create_task(fetch("SELECT pg_sleep(0.1), 1 AS one"))
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(pool.close())
    [row] = await running
    assert row["one"] == 1
    await closing
    assert pool.get_size() == 0
    with pytest.raises(asyncpg.InterfaceError):
        await fetch("SELECT 1")


async def test_expired_connections_are_closed_when_they_come_back(pool: ConnectionPool) -> None:
    process = await _process()
    running = asyncio.create_task(fetch("SELECT pg_sleep(0.1)"))
    await asyncio.sleep(0.01)
    await pool.expire_connections()
    await running
    assert await _process() != process
    assert pool.get_size() == 1


async def test_a_connection_that_is_being_opened_expires_too(pool: ConnectionPool) -> None:
    await pool.expire_connections()
    opening = asyncio.create_task(_process())
    await asyncio.sleep(0)
    await pool.expire_connections()
    process = await opening
    assert await _process() != process
    assert pool.get_size() == 1


async def test_a_connection_that_is_being_settled_expires_too(pool: ConnectionPool) -> None:
    process = await _process()
    waiting = asyncio.create_task(fetch("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await pool.expire_connections()
    assert await _process() != process
    assert pool.get_size() == 1
