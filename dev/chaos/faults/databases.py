"""The database is killed, frozen, full, read-only, locked, or has no connections left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from sqlite3 import connect

import asyncpg

from dev.chaos.databases import Sqlite
from dev.chaos.faults.fault import POSTGRES, SQLITE, Impossible, Target, fault

_TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'invotify'"
)


@fault("503 while it is away")
async def postgres_killed(target: Target) -> AsyncIterator[None]:
    """SIGKILL of all processes of PostgreSQL."""
    server = target.cluster.postgres.server
    await asyncio.to_thread(server.kill)
    yield
    await asyncio.to_thread(server.start)


@fault("503 while it is away", seconds=0)
async def postgres_restarted(target: Target) -> AsyncIterator[None]:
    """An immediate restart of PostgreSQL."""
    server = target.cluster.postgres.server
    await asyncio.to_thread(server.stop, "immediate")
    yield
    await asyncio.to_thread(server.start)


@fault("503 once for each connection at most", seconds=0)
async def connections_terminated(target: Target) -> AsyncIterator[None]:
    """An operator terminates all connections."""
    await target.cluster.postgres.run(_TERMINATE)
    yield


@fault("no request waits over 30 s", seconds=12)
async def postgres_frozen(target: Target) -> AsyncIterator[None]:
    """SIGSTOP of all processes of PostgreSQL."""
    server = target.cluster.postgres.server
    server.freeze()
    yield
    server.thaw()


@fault("503 for what needs a new connection")
async def postgres_has_no_connections_left(target: Target) -> AsyncIterator[None]:
    """Others take all connections of PostgreSQL, and the portals lose theirs."""
    postgres = target.cluster.postgres
    others: list[asyncpg.Connection] = []
    await postgres.run(_TERMINATE)
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            others.append(await postgres.connect())
    yield
    await asyncio.gather(*(other.close() for other in others))


@fault("staff can read, writes are 503", staff_can_read=True)
async def postgres_read_only(target: Target) -> AsyncIterator[None]:
    """PostgreSQL refuses to write, like a replica after a failover."""
    postgres = target.cluster.postgres
    await _set_read_only(target, "on")
    yield
    await _set_read_only(target, "off")
    assert await postgres.rows("SHOW default_transaction_read_only") == [("off",)]


async def _set_read_only(target: Target, value: str) -> None:
    connection = await target.cluster.postgres.connect()
    try:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
    await asyncio.sleep(0.1)


@fault("staff can read, writes are 503", on=(POSTGRES, SQLITE), staff_can_read=True)
async def disk_full(target: Target) -> AsyncIterator[None]:
    """The database's disk has no space left."""
    disk = target.cluster.database.disk
    if not disk.is_mounted:
        raise Impossible("no disk of its own could be mounted")
    with disk.full():
        yield


@fault("staff and clients can read", seconds=8, staff_can_read=True)
async def company_locked(target: Target) -> AsyncIterator[None]:
    """An outsider locks the company's row, which every keyed mutation needs."""
    sql = f"SELECT FROM company WHERE id = '{target.company_id}' FOR UPDATE"
    async with _locked(target, sql):
        yield


@fault("staff and clients can read", seconds=8, staff_can_read=True)
async def view_feed_locked(target: Target) -> AsyncIterator[None]:
    """An outsider locks the row that numbers the company's views."""
    sql = f"SELECT FROM view_feed WHERE company_id = '{target.company_id}' FOR UPDATE"
    async with _locked(target, sql):
        yield


@fault("staff and clients can read", seconds=8, staff_can_read=True)
async def invoices_locked(target: Target) -> AsyncIterator[None]:
    """An outsider locks all invoices."""
    sql = f"SELECT FROM invoice WHERE company_id = '{target.company_id}' FOR UPDATE"
    async with _locked(target, sql):
        yield


@asynccontextmanager
async def _locked(target: Target, sql: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        outsider = await target.cluster.postgres.connect()
        stack.push_async_callback(outsider.close)
        await stack.enter_async_context(outsider.transaction())
        await outsider.execute(sql)
        yield


@fault("staff and clients can read; writes wait or are 503", seconds=8, on=(SQLITE,))
async def sqlite_locked(target: Target) -> AsyncIterator[None]:
    """Another process holds SQLite's write lock."""
    database = target.cluster.database
    assert isinstance(database, Sqlite)
    outsider = connect(database.path, timeout=10, isolation_level=None)
    try:
        outsider.execute("BEGIN IMMEDIATE")
        yield
        outsider.execute("ROLLBACK")
    finally:
        outsider.close()
