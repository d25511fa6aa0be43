"""Errors that pass by themselves are told apart from bugs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from db.availability import as_unavailable
from errors import Busy, NotFound, Unavailable


def _sqlite_error(file: Path, statement: str, setup: str = "") -> sqlite3.OperationalError:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as database:
        database.executescript(setup)
        with pytest.raises(sqlite3.OperationalError) as refusal:
            database.execute(statement)
    return refusal.value


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError(),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.ConnectionDoesNotExistError("closed"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.DiskFullError("no space left"),
        asyncpg.InterfaceError("closed"),
        asyncpg.LockNotAvailableError("lock timeout"),
        asyncpg.QueryCanceledError("statement timeout"),
        asyncpg.TooManyConnectionsError("too many clients"),
        TransactionManagementError(asyncpg.ReadOnlySQLTransactionError("read-only")),
        Busy(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_passing_error_asks_to_try_again(error: Exception) -> None:
    unavailable = as_unavailable(error)
    assert unavailable is not None
    assert unavailable.extensions == {"code": "UNAVAILABLE", "retryAfter": 2}


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file", "page.html"),
        IntegrityError(asyncpg.UniqueViolationError("duplicate key")),
        OperationalError(asyncpg.UndefinedTableError("no such table")),
        asyncpg.InternalServerError("corrupt"),
        RuntimeError("bug"),
        NotFound(),
        None,
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_bug_stays_a_bug(error: Exception | None) -> None:
    assert as_unavailable(error) is None


def test_sqlite_that_is_locked_full_or_read_only_asks_to_try_again(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    create = "CREATE TABLE note (text TEXT)"
    insert = "INSERT INTO note VALUES (hex(randomblob(100000)))"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = _sqlite_error(file, create)
    full = _sqlite_error(file, insert, f"PRAGMA max_page_count = 2; {create}")
    read_only = _sqlite_error(file, insert, "PRAGMA query_only = on")
    missing = _sqlite_error(file, f"ATTACH '{tmp_path}/no/folder.db' AS missing")
    for error in (locked, full, read_only, missing):
        assert isinstance(as_unavailable(OperationalError(error)), Unavailable), error
    assert as_unavailable(OperationalError(_sqlite_error(file, "SELECT * FROM nowhere"))) is None
