"""PostgreSQL that is away, silent or locked costs seconds, and only those who need it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from db import postgres, postgres_connection, postgres_pool, transaction_limiter
from db.connections import connection, tortoise_config
from db.postgres import SERVER_SETTINGS, TIME_LIMITS
from db.stalled_transactions import end_stalled_transactions
from db.statements import execute, fetch
from db.transactions import finish_transactions, transactional
from tests.conftest import Backend
from tests.support.clients import Business
from tests.support.migrations import opened
from tests.support.tcp_proxy import TcpProxy, tcp_proxy

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

_LONG: Final = 30.0
"""Seconds in which everything here must be over, at a hundredth of a second or less as a rule."""


_ISSUE: Final = "mutation($input: InvoiceRef!) { issueInvoice(input: $input) { invoice { id } } }"


@pytest.fixture
async def proxy(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TcpProxy]:
    """Run this test's statements through a proxy, with short time limits."""
    monkeypatch.setattr(postgres, "COMMAND_TIMEOUT", 1.0)
    monkeypatch.setattr(postgres_connection, "_CHECK_TIMEOUT", 0.5)
    monkeypatch.setattr(postgres_pool, "_ACQUIRE_TIMEOUT", 1.0)
    monkeypatch.setattr(transaction_limiter, "_TIMEOUT", 1.0)
    monkeypatch.setattr(postgres_connection, "_TRUSTED", 60.0)
    port = urlsplit(backend.database_url).port
    assert port is not None
    async with tcp_proxy(port) as proxy:
        url = backend.database_url.replace(f":{port}/", f":{proxy.port}/") + "?maxsize=6"
        async with opened(url), asyncio.timeout(_LONG):
            yield proxy


@dataclass(frozen=True, slots=True)
class _Owned:
    company_id: UUID


@transactional
async def _write(_owner: _Owned) -> None:
    await execute("DELETE FROM company WHERE false")


async def _connect_twice() -> None:
    await asyncio.gather(*(fetch("SELECT pg_sleep(0.05)") for _ in range(2)))


async def test_a_connection_that_fell_silent_is_closed_at_once(proxy: TcpProxy) -> None:
    await fetch("SELECT 1")
    proxy.silence()
    with pytest.raises(TimeoutError):
        await fetch("SELECT 1")
    pool: Any = connection()._pool
    assert pool.get_size() == 0
    await fetch("SELECT 1")


async def test_a_transaction_on_a_silent_connection_ends_and_leaves_nothing_behind(
    proxy: TcpProxy,
) -> None:
    @transactional
    async def fall_silent() -> None:
        await fetch("SELECT 1")
        proxy.silence()
        await fetch("SELECT 2")

    with pytest.raises((OSError, asyncpg.InterfaceError)):
        await fall_silent()
    await fetch("SELECT 1")


async def test_once_a_connection_fell_silent_the_others_are_checked(proxy: TcpProxy) -> None:
    await _connect_twice()
    proxy.silence()
    with pytest.raises(TimeoutError):
        await fetch("SELECT 1")
    await _connect_twice()


async def test_a_connection_that_was_idle_is_checked(
    proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _connect_twice()
    monkeypatch.setattr(postgres_connection, "_TRUSTED", 0.0)
    proxy.silence()
    await _connect_twice()


async def test_a_silent_database_is_not_waited_for(proxy: TcpProxy) -> None:
    await fetch("SELECT 1")
    proxy.silence(new=True)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await fetch("SELECT 1")
    proxy.mend()
    await fetch("SELECT 1")


async def test_transactions_leave_connections_to_reads(proxy: TcpProxy) -> None:  # noqa: ARG001
    release = asyncio.Event()

    @transactional
    async def wait() -> None:
        await fetch("SELECT 1")
        await release.wait()

    writers = [asyncio.create_task(wait()) for _ in range(8)]
    await asyncio.sleep(0.1)
    await asyncio.gather(*(fetch("SELECT pg_sleep(0.05)") for _ in range(4)))
    while sum(writer.done() for writer in writers) < 6:
        await asyncio.wait(writers, return_when="FIRST_COMPLETED", timeout=0.05)
    release.set()
    outcomes = await asyncio.gather(*writers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [TimeoutError] * 6
    await finish_transactions()


async def test_transactions_leave_turns_to_other_companies(backend: Backend) -> None:
    release = asyncio.Event()

    @transactional
    async def hold(_owner: _Owned) -> None:
        await release.wait()

    async with opened(backend.database_url), asyncio.timeout(_LONG):
        busy = _Owned(company_id=uuid4())
        waiting = [asyncio.create_task(hold(busy)) for _ in range(8)]
        await asyncio.sleep(0.1)
        other = asyncio.create_task(_write(_Owned(company_id=uuid4())))
        await other
        release.set()
        await asyncio.gather(*waiting)


async def test_an_exhausted_pool_is_waited_for_briefly(proxy: TcpProxy) -> None:  # noqa: ARG001
    busy = [asyncio.create_task(fetch("SELECT pg_sleep(0.7)")) for _ in range(18)]
    outcomes = await asyncio.gather(*busy, return_exceptions=True)
    assert TimeoutError in {type(outcome) for outcome in outcomes}
    await fetch("SELECT 1")


# --- limits of the server -------------------------------------------------------------------------


async def test_the_server_limits_what_it_can(backend: Backend) -> None:
    async with opened(backend.database_url):
        [version] = await fetch("SELECT current_setting('server_version_num')::int AS number")
        newer = {"transaction_timeout": "10s"} if version["number"] >= 170_000 else {}
        for name, value in (SERVER_SETTINGS | TIME_LIMITS | newer).items():
            [row] = await fetch(f"SHOW {name}")
            assert row[name] == value


async def test_the_system_finds_servers_that_are_gone(backend: Backend) -> None:
    async with opened(backend.database_url):
        await fetch("SELECT 1")
        pool: Any = connection()._pool
        ours = await pool.acquire()
        connected = ours._transport.get_extra_info("socket")
        await pool.release(ours)
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 2


def test_a_migration_may_take_longer(backend: Backend) -> None:
    unlimited = tortoise_config(backend.database_url, time_limits=False)["connections"]["default"]
    credentials = unlimited["credentials"]
    assert credentials["server_settings"] == SERVER_SETTINGS
    assert credentials.keys().isdisjoint({"command_timeout", "init"})


@pytest.fixture
async def locked(backend: Backend) -> AsyncIterator[str]:
    """Yield a table with one row, n = 1."""
    async with opened(backend.database_url), AsyncExitStack() as stack:
        await execute("CREATE TABLE locked (n int)")
        stack.push_async_callback(execute, "DROP TABLE locked")
        await execute("INSERT INTO locked VALUES (1)")
        yield "UPDATE locked SET n = n + 1"


async def _open_transaction(backend: Backend, stack: AsyncExitStack, **settings: str) -> Any:
    """Return a connection in a transaction, of a process that then does nothing more."""
    opened = await asyncpg.connect(backend.database_url, server_settings=SERVER_SETTINGS | settings)
    stack.callback(opened.terminate)
    await opened.execute("BEGIN")
    return opened


async def test_a_frozen_process_delays_others_once_however_many_connections_it_has(
    backend: Backend, locked: str
) -> None:
    fifth = {name: f"{int(value[:-1]) * 200}ms" for name, value in TIME_LIMITS.items()}
    async with AsyncExitStack() as stack, asyncio.timeout(_LONG):
        frozen = [await _open_transaction(backend, stack, **fifth) for _ in range(6)]
        await frozen[0].execute(locked)
        queue = [asyncio.create_task(each.execute(locked)) for each in frozen[1:]]
        await asyncio.sleep(0.3)
        await execute(locked)
        failures = await asyncio.gather(*queue, return_exceptions=True)
        assert {type(failure) for failure in failures} == {asyncpg.LockNotAvailableError}


async def test_a_transaction_cut_off_after_it_prepared_a_statement_is_ended(
    backend: Backend, locked: str
) -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(_LONG):
        cut_off = await _open_transaction(backend, stack)
        await cut_off.execute(locked)
        await cut_off.prepare("SELECT n FROM locked")
        waiting = asyncio.create_task(execute(locked))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.1)
        await end_stalled_transactions()
        assert not waiting.done()  # it may be slow
        await end_stalled_transactions(silent_for=0)
        await waiting


# --- what clients see -----------------------------------------------------------------------------


async def test_a_locked_company_stops_neither_pages_nor_readiness(
    backend: Backend, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    draft_ids = [await business.make_draft() for _ in range(10)]
    outsider = await asyncpg.connect(backend.database_url)
    async with AsyncExitStack() as stack:
        stack.callback(outsider.terminate)
        await outsider.execute("BEGIN")
        await outsider.execute("SELECT FROM company WHERE id = $1 FOR UPDATE", business.company_id)
        issuing = [
            asyncio.create_task(business.post(_ISSUE, input={"invoiceId": id_}))
            for id_ in draft_ids
        ]
        await asyncio.sleep(0.2)
        async with asyncio.timeout(_LONG):
            page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
            ready = await business.http.get("/readyz")
        assert (page.status_code, ready.status_code) == (200, 200)
        [*done], _ = await asyncio.wait(issuing, timeout=_LONG, return_when="FIRST_COMPLETED")
        refused = done[0].result()
        await outsider.execute("ROLLBACK")
        answers = await asyncio.gather(*issuing)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    [error] = refused.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    # Those that were refused have changed nothing, and the others are done.
    statuses = [(await business.invoice(id_, "status"))["status"] for id_ in draft_ids]
    assert [status == "ISSUED" for status in statuses] == [a.status_code == 200 for a in answers]
