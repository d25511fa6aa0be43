"""Transactions that end properly even if their callers are cancelled, and what follows a commit."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

from structlog import get_logger
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from db.connections import CONNECTION_ERRORS, connection
from db.statements import fetch

P = ParamSpec("P")
T = TypeVar("T")
Callback: TypeAlias = Callable[[], Awaitable[object] | None]
Write: TypeAlias = Callable[[Sequence[T]], Awaitable[None]]


@dataclass(slots=True)
class _Ending:
    """What is to be done when a transaction ends."""

    writes: dict[Write[Any], list[Any]] = field(default_factory=dict)
    """What to write right before the commit, by the function that writes it."""
    callbacks: list[Callback] = field(default_factory=list)
    """What to call after the commit."""
    is_rehearsal: bool = False
    """Whether it ends with a rollback, whatever happens."""
    takes_locks: bool = True


_ending: ContextVar[_Ending | None] = ContextVar("transaction_ending", default=None)
"""How the current transaction ends; None outside of one."""
_running: set[asyncio.Task[Any]] = set()

log = get_logger(__name__)


def transactional(
    verb: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run `verb` in one transaction, which is finished even if the caller is cancelled.

    The transaction has a task of its own. A cancelled caller stops waiting, and never leaves a
    lock, a connection or half of the statements behind. Inside a transaction, `verb` joins it.

    Few transactions are open at a time, and fewer of one company: the `company_id` of the first
    argument. Raises TimeoutError if it doesn't get its turn.
    """

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _ending.get() is not None:
            return await verb(*args, **kwargs)
        task = asyncio.create_task(_run(partial(verb, *args, **kwargs), _transaction(args)))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return await asyncio.shield(task)

    return run


def rehearsal(
    verb: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run `verb` in a transaction that is rolled back, and return its result.

    So it says what other verbs would do, by their own rules. Nothing follows from it: neither what
    is to be written before the commit nor what is to be called after it. Raises RuntimeError inside
    a transaction, which it would roll back.
    """

    @transactional
    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        _current("A rehearsal").is_rehearsal = True
        raise _Rehearsed(await verb(*args, **kwargs))

    @wraps(verb)
    async def rehearse(*args: P.args, **kwargs: P.kwargs) -> T:
        if _ending.get() is not None:
            raise RuntimeError("A rehearsal was called inside of a transaction.")
        try:
            return await run(*args, **kwargs)
        except _Rehearsed as rehearsed:
            result: T = rehearsed.result
            return result

    return rehearse


def is_rehearsal() -> bool:
    """Whether the running transaction is rolled back, so that nobody will see what it writes."""
    ending = _ending.get()
    return ending is not None and ending.is_rehearsal


@contextmanager
def without_locks() -> Iterator[None]:
    """Let verbs of a rehearsal read the rows that they would lock, so that nobody waits for it.

    What they read may change meanwhile. Use it for verbs that write nothing that must be unique.
    Raises RuntimeError outside of a rehearsal.
    """
    ending = _current("without_locks()")
    if not ending.is_rehearsal:
        raise RuntimeError("without_locks() was called outside of a rehearsal.")
    ending.takes_locks = False
    try:
        yield
    finally:
        ending.takes_locks = True


def takes_locks() -> bool:
    """Whether verbs lock rows in the running transaction."""
    ending = _ending.get()
    return ending is None or ending.takes_locks


class _Rehearsed(Exception):
    """What a verb has returned, on the way out of its transaction."""

    def __init__(self, result: Any) -> None:  # noqa: ANN401
        super().__init__()
        self.result = result


def transactional_statement(
    verb: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run `verb`, which runs one statement on PostgreSQL, as `transactional` does.

    The statement is a transaction by itself, without round trips for BEGIN and COMMIT. It has no
    task of its own: if the caller is cancelled, it has been done completely or not at all.
    """

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _ending.get() is not None:
            return await verb(*args, **kwargs)
        return await _run(partial(verb, *args, **kwargs), _turn(args))

    return run


def after_commit(*callbacks: Callback) -> None:
    """Call `callbacks` once the running transaction has committed; never if it rolls back.

    Callbacks are called in the order in which they were registered. Awaitables that they return run
    concurrently, and the transaction's caller waits for them, so they must limit their time.
    A callback that fails is logged; the transaction has succeeded all the same. Raises
    RuntimeError outside of a transaction, even without callbacks.
    """
    _current("after_commit()").callbacks += callbacks


def before_commit(write: Write[T], item: T) -> None:
    """Call `write` once, right before the running transaction commits, with all its items in order.

    Use it for writes that take the last locks of a transaction. If `write` raises, the transaction
    rolls back. Raises RuntimeError outside of a transaction.
    """
    _current("before_commit()").writes.setdefault(write, []).append(item)


def _current(what: str) -> _Ending:
    ending = _ending.get()
    if ending is None:
        raise RuntimeError(f"{what} was called outside of a transaction.")
    return ending


async def wait_briefly_for_locks() -> None:
    """Let the running transaction give up if a lock isn't free within 0.2 seconds.

    That is for work that is repeated anyway: while it waits, it holds locks that others need.
    On SQLite it has the only lock already.
    """
    if connection().capabilities.dialect == "postgres":
        await fetch("SELECT set_config('lock_timeout', '200ms', true)")


async def finish_transactions() -> None:
    """Wait for the transactions whose callers were cancelled."""
    while _running:
        await asyncio.wait(_running)


async def _run(
    verb: Callable[[], Awaitable[T]], transaction: AbstractAsyncContextManager[None]
) -> T:
    ending = _Ending()
    outside = _ending.set(ending)
    try:
        async with transaction:
            result = await verb()
            for write, items in ending.writes.items():
                await write(items)
    finally:
        _ending.reset(outside)
    pending = [each for each in map(_call, ending.callbacks) if each is not None]
    if pending:
        await asyncio.gather(*map(_finish, pending))
    return result


def _call(callback: Callback) -> Awaitable[object] | None:
    try:
        return callback()
    except Exception:
        log.exception("transaction.after_commit_failed")
        return None


async def _finish(pending: Awaitable[object]) -> None:
    try:
        await pending
    except Exception:
        log.exception("transaction.after_commit_failed")


def _turn(args: Sequence[object]) -> AbstractAsyncContextManager[None]:
    client: Any = connection()
    company_id = getattr(args[0], "company_id", None) if args else None
    turn: AbstractAsyncContextManager[None] = client.transaction_limiter.turn(company_id)
    return turn


def _transaction(args: Sequence[object]) -> AbstractAsyncContextManager[None]:
    if connection().capabilities.dialect == "sqlite":
        return _sqlite_transaction()
    return _postgres_transaction(_turn(args))


@asynccontextmanager
async def _postgres_transaction(
    turn: AbstractAsyncContextManager[None],
) -> AsyncGenerator[None, None]:
    async with turn, in_transaction() as transaction:
        try:
            yield
        except TransactionManagementError:
            # Tortoise takes the transaction for lost and doesn't roll it back, but if it was only
            # refused a write, it is still open.
            with suppress(*CONNECTION_ERRORS):
                await transaction.rollback()
            raise


@asynccontextmanager
async def _sqlite_transaction() -> AsyncGenerator[None, None]:
    client: Any = connection()
    has_begun = False
    try:
        async with in_transaction() as transaction:
            has_begun = True
            # Takes the write lock at once: a transaction that reads first can't get it later.
            await transaction.execute_query("DELETE FROM view_feed WHERE 0")
            yield
    except BaseException:
        # When a COMMIT fails, Tortoise leaves the transaction open, and the next one would commit
        # it. No other transaction has begun since, so one that is open is the failed one.
        if has_begun and client._connection is not None and client._connection.in_transaction:
            await client._connection.rollback()
        raise
