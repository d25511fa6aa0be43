"""Transactions apply completely or not at all, even when their callers are cancelled."""

import asyncio
import sqlite3
import sys
from contextlib import closing, suppress
from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from db.connections import connection
from db.statements import execute, fetch
from db.transactions import (
    after_commit,
    finish_transactions,
    rehearsal,
    transactional,
    transactional_statement,
)
from models import Company, Customer
from tests.support.clients import Business, eventually


@transactional
async def _enter_pair(business: Business, name: str, *, fail: bool = False) -> None:
    """Write two rows, with a read between them."""
    await Customer.create(company_id=business.company_id, name=name)
    await fetch("SELECT count(*) FROM customer WHERE company_id = $1", business.company_id)
    await Customer.create(company_id=business.company_id, name=name)
    if fail:
        raise ZeroDivisionError


async def _written(name: str) -> int:
    return await Customer.filter(name=name).count()


async def _is_idle() -> bool:
    """Whether all connections are back in the pool, or SQLite's only one is unlocked.

    The portal's own tasks take one now and then, so a test waits for it. One that leaked never
    comes back.
    """
    client: Any = connection()
    if client.capabilities.dialect == "sqlite":
        return not client._lock.locked() and not client._connection.in_transaction
    return bool(client._pool.get_idle_size() == client._pool.get_size())


async def test_transaction_is_committed_when_it_ends(business: Business) -> None:
    name = uuid4().hex
    await _enter_pair(business, name)
    assert await _written(name) == 2


async def test_failed_transaction_leaves_nothing(business: Business) -> None:
    name = uuid4().hex
    with pytest.raises(ZeroDivisionError):
        await _enter_pair(business, name, fail=True)
    assert await _written(name) == 0
    await _enter_pair(business, name)
    assert await _written(name) == 2
    await eventually(_is_idle)


async def test_inner_transaction_is_rolled_back_with_the_outer_one(business: Business) -> None:
    name = uuid4().hex

    @transactional
    async def outer() -> None:
        await _enter_pair(business, name)
        assert await _written(name) == 2
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await outer()
    assert await _written(name) == 0
    await eventually(_is_idle)


async def test_statements_after_a_transaction_are_outside_of_it(business: Business) -> None:
    name = uuid4().hex
    await _enter_pair(business, name)
    await Customer.create(company_id=business.company_id, name=name)
    with pytest.raises(ZeroDivisionError):
        await _enter_pair(business, name, fail=True)
    assert await _written(name) == 3


async def _cancel_after(steps: int, business: Business, name: str, *, fail: bool) -> None:
    """Cancel a transaction's caller after some time and `steps` iterations of the event loop."""
    caller = asyncio.create_task(_enter_pair(business, name, fail=fail))
    if steps % 2:
        await asyncio.sleep(steps / 20_000)
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    with suppress(asyncio.CancelledError, ZeroDivisionError):
        await caller


@pytest.mark.parametrize("fail", [False, True])
async def test_cancelled_caller_leaves_no_half_and_no_lock(
    business: Business, *, fail: bool
) -> None:
    names = [uuid4().hex for _ in range(150)]
    for steps, name in enumerate(names):
        await _cancel_after(steps, business, name, fail=fail)
    async with asyncio.timeout(30):
        await finish_transactions()
    # The first is cancelled before it starts. All others finish.
    counts = [await _written(name) for name in names]
    assert counts == [0, *[0 if fail else 2] * 149]
    await eventually(_is_idle)


@pytest.mark.parametrize("fail", [False, True])
async def test_cancelled_crowd_leaves_no_half_and_no_lock(
    business: Business, *, fail: bool
) -> None:
    names = [uuid4().hex for _ in range(100)]
    async with asyncio.timeout(30):
        await asyncio.gather(
            *(_cancel_after(7 * n, business, name, fail=fail) for n, name in enumerate(names))
        )
        await finish_transactions()
    assert {await _written(name) for name in names[1:]} == {0 if fail else 2}
    await eventually(_is_idle)
    async with asyncio.timeout(30):
        await _enter_pair(business, names[0])
    assert await _written(names[0]) == 2


async def test_failed_statement_ends_only_its_transaction(business: Business) -> None:
    name = uuid4().hex

    @transactional
    async def fail() -> None:
        await Customer.create(company_id=business.company_id, name=name)
        await fetch("SELECT nothing FROM nowhere")

    for _ in range(12):  # more than the pool has connections
        with pytest.raises(OperationalError):
            await fail()
    assert await _written(name) == 0
    await eventually(_is_idle)


# --- SQLite with several processes ---------------------------------------------------------------

_WRITER = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
print("ready", flush=True)
while True:
    database.execute("UPDATE company SET phone = random() WHERE id = ?", (sys.argv[2],))
    time.sleep(0.002)
"""


# --- a statement that is a transaction by itself --------------------------------------------------

_on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


@transactional_statement
async def _rename(
    business: Business, name: str | None, heard: list[object], *, seconds: float = 0
) -> None:
    """Rename the company, slowly, and tell it."""
    after_commit(lambda: heard.append(name))
    await execute(
        "UPDATE company SET name = $1 WHERE id = $2 AND pg_sleep($3) IS NOT NULL",
        name,
        business.company_id,
        seconds,
    )


async def _name(business: Business) -> str:
    return (await Company.get(id=business.company_id)).name


@_on_postgres
async def test_a_statement_is_committed_and_heard_of_once(business: Business) -> None:
    heard: list[object] = []
    await _rename(business, "New", heard)
    assert (await _name(business), heard) == ("New", ["New"])
    with pytest.raises(IntegrityError):
        await _rename(business, None, heard)
    assert (await _name(business), heard) == ("New", ["New"])


@_on_postgres
async def test_a_statement_joins_a_transaction(business: Business) -> None:
    heard: list[object] = []

    @transactional
    async def outer() -> None:
        await _rename(business, "New", heard)
        assert (await _name(business), heard) == ("New", [])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await outer()
    assert (await _name(business) != "New", heard) == (True, [])


@_on_postgres
async def test_a_cancelled_statement_leaves_no_lock(business: Business) -> None:
    heard: list[object] = []
    renaming = asyncio.create_task(_rename(business, "Slow", heard, seconds=60))
    await asyncio.sleep(0.1)
    renaming.cancel()
    await asyncio.gather(renaming, return_exceptions=True)
    await _rename(business, "Fast", heard)
    assert (await _name(business), heard) == ("Fast", ["Fast"])
    await eventually(_is_idle)


_on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")


def _file() -> str:
    client: Any = connection()
    return str(client.filename)


def _write_beside(file: str, business: Business) -> None:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as other:
        other.execute("UPDATE company SET phone = '1' WHERE id = ?", (str(business.company_id),))


@_on_sqlite
async def test_transaction_that_reads_first_holds_the_write_lock(business: Business) -> None:
    file, name = _file(), uuid4().hex

    @transactional
    async def read_then_write() -> None:
        await _written(name)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            _write_beside(file, business)
        await Customer.create(company_id=business.company_id, name=name)

    await read_then_write()
    _write_beside(file, business)
    assert await _written(name) == 1


@_on_sqlite
async def test_plain_transaction_that_reads_first_cannot_write(business: Business) -> None:
    file, name = _file(), uuid4().hex
    async with in_transaction():
        await _written(name)
        _write_beside(file, business)
        with pytest.raises(OperationalError, match="locked"):
            await Customer.create(company_id=business.company_id, name=name)
    assert await _written(name) == 0


@_on_sqlite
async def test_failed_commit_is_not_committed_by_the_next_transaction(
    business: Business,
) -> None:
    name = uuid4().hex

    @transactional
    async def violate_a_foreign_key() -> None:
        await execute("PRAGMA defer_foreign_keys = ON")
        await Customer.create(company_id=uuid4(), name=name)

    with pytest.raises(sqlite3.IntegrityError):
        await violate_a_foreign_key()
    await _enter_pair(business, name + "2")
    assert await _written(name) == 0


@_on_sqlite
async def test_transactions_wait_for_writers_in_other_processes(business: Business) -> None:
    file, name = _file(), uuid4().hex
    command = [sys.executable, "-c", _WRITER, file, str(business.company_id)]
    writers = [
        await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    try:
        for writer in writers:
            assert writer.stdout
            assert await asyncio.wait_for(writer.stdout.readline(), 10) == b"ready\n"
        for _ in range(50):
            await _enter_pair(business, name)
    finally:
        for writer in writers:
            writer.kill()
            await writer.communicate()
    assert await _written(name) == 100


async def test_a_rehearsal_returns_its_result_and_leaves_nothing(business: Business) -> None:
    name, called = uuid4().hex, []

    @rehearsal
    async def rehearse(company: Business) -> int:
        await _enter_pair(company, name)
        after_commit(lambda: called.append(name))
        return await _written(name)

    assert await rehearse(business) == 2
    assert (await _written(name), called) == (0, [])

    @transactional
    async def within() -> None:
        await rehearse(business)

    with pytest.raises(RuntimeError):
        await within()
