"""SQLite: who reads doesn't wait for who writes, and nobody waits for ever."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import OperationalError

from db import sqlite
from db.connections import connection
from db.statements import execute, fetch
from db.transactions import transactional
from models import Customer
from tests.conftest import Backend
from tests.support.clients import Business
from tests.support.migrations import opened

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")


@pytest.fixture
async def database(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Run this test's statements on connections of its own, with short time limits."""
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT", 100)
    monkeypatch.setattr(sqlite, "_TURN_TIMEOUT", 0.3)
    async with opened(backend.database_url), asyncio.timeout(30):
        yield


@pytest.fixture
def outsider(database: None) -> Iterator[sqlite3.Connection]:  # noqa: ARG001
    """Yield another process's connection, which holds the write lock."""
    client: Any = connection()
    with closing(sqlite3.connect(client.filename, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@transactional
async def _write() -> None:
    await execute("DELETE FROM company WHERE 0")


async def test_reads_do_not_wait_for_another_process_that_writes(
    outsider: sqlite3.Connection,
) -> None:
    writing = asyncio.create_task(_write())
    await asyncio.sleep(0)
    await fetch("SELECT count(*) FROM company")
    assert not writing.done()
    with pytest.raises(OperationalError, match="locked"):
        await writing
    outsider.rollback()
    await _write()


async def test_reads_do_not_wait_for_a_transaction_of_this_process(business: Business) -> None:
    name = uuid4().hex

    @transactional
    async def write_and_read() -> tuple[int, int]:
        await Customer.create(company_id=business.company_id, name=name)
        outside = asyncio.create_task(_count_outside(name))
        return await Customer.filter(name=name).count(), await outside

    assert await write_and_read() == (1, 0)
    assert await Customer.filter(name=name).count() == 1


async def _count_outside(name: str) -> int:
    client: Any = connection()._parent
    rows = await client.execute_query_dict("SELECT id FROM customer WHERE name = ?", [name])
    return len(rows)


async def test_a_writer_waits_briefly_for_those_before_it(database: None) -> None:  # noqa: ARG001
    release = asyncio.Event()

    @transactional
    async def hold() -> None:
        await execute("DELETE FROM company WHERE 0")
        await release.wait()

    first = asyncio.create_task(hold())
    await asyncio.sleep(0.05)
    for write in (_write(), execute("DELETE FROM company WHERE 0")):
        with pytest.raises(TimeoutError):
            await write
    release.set()
    # Whoever gave up has not rolled back the transaction of the one before.
    await first
    await _write()
