"""Which errors of the database pass by themselves, so that callers are told to try again."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from structlog import get_logger
from tortoise.exceptions import BaseORMException

from db.connections import CONNECTION_ERRORS
from errors import Unavailable

_PASSING: Final = (
    *CONNECTION_ERRORS,
    asyncpg.InternalClientError,  # the server died between two messages
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresSystemError,  # a failing disk
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,  # deadlocks, and conflicts with a replica's recovery
)
"""PostgreSQL is away, starting, read-only, full or busy."""
_PASSING_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""Primary result codes, https://www.sqlite.org/rescode.html."""
_PRIMARY: Final = 0xFF
"""The bits of an extended result code that are the primary one."""

log = get_logger("invotify.unavailable")


def as_unavailable(error: BaseException | None) -> Unavailable | None:
    """Return what a caller is told about `error` if a retry may succeed, or else None."""
    if isinstance(error, Unavailable):
        return error
    cause = _database_error(error)
    if not _is_passing(cause):
        return None
    unavailable = Unavailable()
    unavailable.__cause__ = cause
    return unavailable


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise Unavailable in place of errors that a retry may not meet again."""
    try:
        yield
    except Exception as error:
        unavailable = as_unavailable(error)
        if unavailable is None:
            raise
        raise unavailable from unavailable.__cause__


def log_unavailable(error: Unavailable, **context: object) -> None:
    """Log in one line why a request can't be served now."""
    log.warning("unavailable", cause=repr(error.__cause__ or error), **context)


def missing_privilege(error: BaseException) -> str | None:
    """Return what the role of DATABASE_URL isn't allowed to do, if that is the error."""
    cause = _database_error(error)
    return str(cause) if isinstance(cause, asyncpg.InsufficientPrivilegeError) else None


def _database_error(error: BaseException | None) -> BaseException | None:
    """Return the driver's error inside of one of Tortoise's."""
    if isinstance(error, BaseORMException) and error.args:
        inner = error.args[0]
        return inner if isinstance(inner, Exception) else error
    return error


def _is_passing(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _PASSING_SQLITE
    if isinstance(error, OSError):
        # An error about a file of ours names it, and one about a socket doesn't.
        of_socket = error.errno is not None and error.filename is None
        return of_socket or isinstance(error, (ConnectionError, TimeoutError))
    return isinstance(error, _PASSING)
