"""Callbacks run after the commit: once, in order, and never after a rollback."""

import asyncio
import sqlite3
from uuid import UUID, uuid4

import asyncpg
import pytest

from db.connections import connection
from db.signals import Signal
from db.statements import execute
from db.transactions import after_commit, finish_transactions, transactional
from models import Customer
from tests.support.clients import Business


class _Calls(list[str]):
    """The names of the callbacks that ran."""

    def register(self, name: str) -> None:
        after_commit(lambda: self.append(name))


@pytest.fixture
def calls() -> _Calls:
    """Return an empty record of callbacks."""
    return _Calls()


async def test_callbacks_run_once_after_the_commit_in_order(
    business: Business, calls: _Calls
) -> None:
    name = uuid4().hex
    seen: list[int] = []

    async def count_rows() -> None:
        seen.append(await Customer.filter(name=name).count())

    @transactional
    async def enter() -> str:
        calls.register("first")
        await Customer.create(company_id=business.company_id, name=name)
        after_commit(count_rows)
        calls.register("second")
        assert calls == []
        return "result"

    assert await enter() == "result"
    assert calls == ["first", "second"]
    assert seen == [1]


async def test_no_callback_runs_after_a_rollback(business: Business, calls: _Calls) -> None:
    @transactional
    async def fail() -> None:
        await Customer.create(company_id=business.company_id, name=uuid4().hex)
        calls.register("never")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert calls == []


async def test_no_callback_runs_after_a_failed_commit(business: Business, calls: _Calls) -> None:
    name = uuid4().hex

    @transactional
    async def fail_at_commit() -> None:
        await Customer.create(company_id=business.company_id, name=name)
        calls.register("never")
        await _violate_a_deferred_constraint()

    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await fail_at_commit()
    assert calls == []
    assert await Customer.filter(name=name).count() == 0


async def _violate_a_deferred_constraint() -> None:
    if connection().capabilities.dialect == "sqlite":
        await execute("PRAGMA defer_foreign_keys = ON")
        await Customer.create(company_id=uuid4(), name="nobody's")
    else:
        await execute("CREATE TEMP TABLE checked (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        await execute("INSERT INTO checked VALUES (1), (1)")


async def test_joined_transaction_waits_for_the_outer_commit(
    business: Business, calls: _Calls
) -> None:
    @transactional
    async def inner(name: str) -> None:
        await Customer.create(company_id=business.company_id, name=name)
        calls.register(name)

    @transactional
    async def outer(*, fail: bool) -> None:
        await inner("inner")
        calls.register("outer")
        assert calls == []
        if fail:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await outer(fail=True)
    assert calls == []
    await outer(fail=False)
    assert calls == ["inner", "outer"]


async def test_callbacks_run_when_the_caller_was_cancelled(
    business: Business, calls: _Calls
) -> None:
    started, may_finish = asyncio.Event(), asyncio.Event()

    @transactional
    async def enter() -> None:
        await Customer.create(company_id=business.company_id, name=uuid4().hex)
        calls.register("called")
        started.set()
        await may_finish.wait()

    caller = asyncio.create_task(enter())
    await started.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    may_finish.set()
    await finish_transactions()
    assert calls == ["called"]


async def test_failing_callback_does_not_affect_others(business: Business, calls: _Calls) -> None:
    async def fail_later() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    @transactional
    async def enter() -> str:
        await Customer.create(company_id=business.company_id, name=uuid4().hex)
        after_commit(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        after_commit(fail_later)
        calls.register("last")
        return "result"

    assert await enter() == "result"
    assert calls == ["last"]


async def test_slow_callback_does_not_delay_others(business: Business, calls: _Calls) -> None:
    others_have_run = asyncio.Event()

    @transactional
    async def enter() -> None:
        await Customer.create(company_id=business.company_id, name=uuid4().hex)
        after_commit(others_have_run.wait)
        calls.register("called")
        after_commit(others_have_run.set)

    async with asyncio.timeout(30):
        await enter()
    assert calls == ["called"]


async def test_callback_can_run_a_transaction_of_its_own(business: Business, calls: _Calls) -> None:
    name = uuid4().hex

    @transactional
    async def enter_second() -> None:
        await Customer.create(company_id=business.company_id, name=name)
        calls.register("second")

    @transactional
    async def enter() -> None:
        await Customer.create(company_id=business.company_id, name=name)
        after_commit(enter_second)

    await enter()
    assert await Customer.filter(name=name).count() == 2
    assert calls == ["second"]


async def test_after_commit_needs_a_transaction(backend: object) -> None:  # noqa: ARG001
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        after_commit(lambda: None)


async def test_signal_needs_a_transaction_even_without_listeners(backend: object) -> None:  # noqa: ARG001
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        Signal().send_after_commit(uuid4())


async def test_signal_reaches_listeners_that_are_connected_at_the_commit(
    business: Business,
) -> None:
    signal = Signal()
    first: list[UUID] = []
    second: list[UUID] = []
    disconnected: list[UUID] = []

    @transactional
    async def change() -> None:
        await Customer.create(company_id=business.company_id, name=uuid4().hex)
        with signal.connected(disconnected.append):
            signal.send_after_commit(business.company_id)

    with signal.connected(first.append), signal.connected(second.append):
        await change()
    await change()
    assert (first, second, disconnected) == ([business.company_id], [business.company_id], [])
