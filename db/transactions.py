"""Transactions that survive the cancellation of their callers."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from tortoise.transactions import in_transaction

from db.connections import connection

P = ParamSpec("P")
T = TypeVar("T")

_inside: ContextVar[bool] = ContextVar("inside_transaction", default=False)
_unfinished: set[asyncio.Task[Any]] = set()


def transactional(
    verb: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run `verb` in one transaction that is finished even if its caller goes away.

    The transaction has a task of its own: a cancelled caller stops waiting, but never leaves a
    lock, a connection or half the statements behind. Called inside a transaction, it joins it.
    """

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _inside.get():
            return await verb(*args, **kwargs)
        task = asyncio.create_task(_transaction(verb, *args, **kwargs))
        _unfinished.add(task)
        task.add_done_callback(_unfinished.discard)
        return await asyncio.shield(task)

    return run


async def _transaction(verb: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    _inside.set(True)  # the task's own context: nobody else sees it
    if connection().capabilities.dialect == "sqlite":
        return await _sqlite_transaction(verb, *args, **kwargs)
    async with in_transaction():
        return await verb(*args, **kwargs)


async def _sqlite_transaction(
    verb: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    client: Any = connection()
    try:
        async with in_transaction() as transaction:
            # Take the write lock at once: a reader that turns writer later is refused.
            await transaction.execute_query("DELETE FROM view_feed WHERE 0")
            return await verb(*args, **kwargs)
    except BaseException:
        # Tortoise leaves a transaction open whose COMMIT has failed, and the next one would commit
        # it. Nobody has run since, so if one is open, it is that.
        if client._connection is not None and client._connection.in_transaction:
            await client._connection.rollback()
        raise


async def finish_transactions() -> None:
    """Wait for the transactions whose callers have gone away."""
    while _unfinished:
        await asyncio.wait(_unfinished)
