"""The finished schema of an empty database: the one that the migrations lead to."""

import re
from typing import Any, Final
from unittest.mock import patch

import pytest

from db import append_only
from db.connections import connection
from db.finished_schema import is_empty
from db.migrations import MigrationState, migrate, migration_state
from db.statements import execute, fetch
from tests.support.migrations import opened

_POSTGRES: Final = """
    WITH tables AS (SELECT oid, relname AS tab FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace)
    SELECT tab, attname::text AS name, col_description(oid, attnum) AS comment,
        concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity,
            (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
                WHERE adrelid = oid AND adnum = attnum)) AS sql
        FROM tables JOIN pg_attribute ON attrelid = oid WHERE attnum > 0 AND NOT attisdropped
    UNION ALL SELECT tab, tab, obj_description(oid), 'table' FROM tables
    UNION ALL SELECT tab, conname, NULL, pg_get_constraintdef(c.oid)
        FROM tables JOIN pg_constraint c ON conrelid = tables.oid
    UNION ALL SELECT tab, indexrelid::regclass::text, NULL, pg_get_indexdef(indexrelid)
        FROM tables JOIN pg_index ON indrelid = oid
    UNION ALL SELECT tab, tgname, NULL, pg_get_triggerdef(t.oid)
        FROM tables JOIN pg_trigger t ON tgrelid = tables.oid WHERE NOT tgisinternal
    UNION ALL SELECT '', proname, NULL, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace
"""
_SQLITE: Final = "SELECT tbl_name AS tab, name, type, sql FROM sqlite_master"


async def schema_of(url: str) -> list[dict[str, Any]]:
    """Return what the database at `url` consists of."""
    async with opened(url):
        return await _schema()


async def _schema() -> list[dict[str, Any]]:
    """Return all tables, columns, constraints, indexes, triggers and functions."""
    is_sqlite = connection().capabilities.dialect == "sqlite"
    rows = [dict(row) for row in await fetch(_SQLITE if is_sqlite else _POSTGRES)]
    if is_sqlite:
        # A column that was added later stands after the others, and after the constraints.
        for row in rows:
            row["sql"] = sorted(re.split(r"[\s,()]+", row["sql"] or ""))
    return sorted(rows, key=lambda row: (row["tab"], row["name"]))


async def test_an_empty_database_gets_what_the_migrations_lead_to(
    migrated: str, another_database: str
) -> None:
    async with opened(migrated):
        expected = await _schema()
    await migrate(another_database)
    async with opened(another_database):
        assert await migration_state() is MigrationState.UP_TO_DATE
        assert not await is_empty()
        assert len(expected) > 150
        assert await _schema() == expected


async def test_a_failure_on_the_way_leaves_the_database_empty(another_database: str) -> None:
    with patch.object(append_only, "protect", side_effect=OSError), pytest.raises(OSError):  # noqa: PT011  # ours
        await migrate(another_database)
    async with opened(another_database):
        assert await is_empty()
        assert await migration_state() is MigrationState.BEHIND
    await migrate(another_database)
    async with opened(another_database):
        assert await migration_state() is MigrationState.UP_TO_DATE


async def test_a_database_with_a_table_of_the_portal_is_not_empty(another_database: str) -> None:
    async with opened(another_database):
        await execute("CREATE TABLE unrelated (id INT)")
        assert await is_empty()
        await execute("CREATE TABLE customer (id INT)")
        assert not await is_empty()
