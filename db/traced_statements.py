"""A span for each statement on PostgreSQL."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from core.telemetry.tracing import span
from db.postgres_connection import Connection

_METHODS: Final = ("execute", "executemany", "fetch", "fetchrow")
_MAX_TEXT: Final = 1000
"""Characters of a statement that are recorded. It has placeholders, and no values."""


@contextmanager
def statements_traced() -> Iterator[None]:
    """Record statements meanwhile. Otherwise, they cost nothing."""
    methods = {name: getattr(Connection, name) for name in _METHODS}
    for name, method in methods.items():
        setattr(Connection, name, _traced(method))
    try:
        yield
    finally:
        for name, method in methods.items():
            setattr(Connection, name, method)


def _traced(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def run(connection: Connection, sql: str, *args: object, **options: object) -> object:
        about = {"db__system__name": "postgresql", "db__query__text": sql[:_MAX_TEXT]}
        with span(sql.split(None, 1)[0], kind="client", **about):
            return await method(connection, sql, *args, **options)

    return run
