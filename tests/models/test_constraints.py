"""The database has exactly the declared constraints and indexes, and enforces each of them."""

import re
from collections.abc import Awaitable, Sequence
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.models import Model

from db.connections import TORTOISE_ORM, connection
from db.statements import execute, fetch
from tests.models.bad_rows import BAD
from tests.models.rules import declared, existing
from tests.support.clients import Business
from tests.support.rows import columns_of, fill, insert, snapshot, tables


@pytest.mark.usefixtures("business")
async def test_the_database_has_exactly_the_declared_rules() -> None:
    rules = await existing()
    assert rules.checks == declared().checks
    assert rules.unique == declared().unique
    assert rules.indexes == declared().indexes
    assert rules.partial == declared().partial
    assert rules.foreign_keys == declared().foreign_keys


@pytest.mark.usefixtures("business")
@pytest.mark.one_database
async def test_the_migrations_are_up_to_date() -> None:
    assert Tortoise.apps
    assert await MigrationAutodetector(Tortoise.apps, TORTOISE_ORM["apps"]).changes() == []


@pytest.mark.usefixtures("business")
async def test_sqlite_enforces_foreign_keys() -> None:
    if connection().capabilities.dialect == "sqlite":
        assert await fetch("PRAGMA foreign_keys") == [{"foreign_keys": 1}]


async def test_each_table_has_an_example_row(business: Business) -> None:
    filled = {row._meta.db_table for row in await fill(business)}
    assert set(tables()) - filled == set(), "These tables need a row in tests/support/rows.py"


# --- checks: rows with one invalid value --------------------------------------------------------


def _fresh(row: Model) -> dict[str, Any]:
    """Return the row's columns with another primary key."""
    columns = columns_of(row)
    key = row._meta.db_pk_column
    match columns.pop(key):
        case UUID():
            columns[key] = uuid4()
        case str():
            columns[key] = uuid4().hex
    return columns


async def _refusal(statement: Awaitable[object]) -> str:
    """Return the database's error for a statement, or an empty string if there is none."""
    try:
        await statement
    except IntegrityError as refusal:
        return str(refusal)
    return ""


async def test_each_check_refuses_a_bad_row(business: Business) -> None:
    rows = await fill(business)
    before = await snapshot([business.company_id])
    wrong = {}
    for name, (table, changes) in BAD.items():
        row = next(row for row in rows if row._meta.db_table == table)
        for change in changes:
            refusal = await _refusal(insert(table, _fresh(row) | change))
            if not re.search(rf"\b{name}\b", refusal):
                wrong[name, str(change)] = refusal
    assert wrong == {}
    assert await snapshot([business.company_id]) == before


@pytest.mark.usefixtures("business")
def test_every_check_has_a_bad_row() -> None:
    assert {(table, name) for name, (table, _) in BAD.items()} == declared().checks


# --- unique keys: rows that share one key with another ------------------------------------------


def _another(value: object) -> object:
    """Return another value for a column of a key; unique keys are checked before foreign keys."""
    match value:
        case UUID():
            return uuid4()
        case int():
            return value + 1_000
        case StrEnum():
            return next(other for other in type(value) if other is not value)
        case str():
            return (uuid4().hex * 8)[: len(value)]
        case _:
            return None


def _duplicate(row: Model, key: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of the row in which only `key` is the same."""
    columns = columns_of(row)
    others = [other for table, other in declared().unique if table == row._meta.db_table]
    for other in others:
        if other != key and other[-1] not in key:
            columns[other[-1]] = _another(columns[other[-1]])
    return columns


def _with_key(rows: Sequence[Model], table: str, key: tuple[str, ...]) -> Model:
    """Return the last row of the table that has every column of `key`."""
    return next(
        row
        for row in reversed(rows)
        if row._meta.db_table == table and all(columns_of(row)[name] is not None for name in key)
    )


async def test_each_unique_key_refuses_a_duplicate(business: Business) -> None:
    rows = await fill(business)
    before = await snapshot([business.company_id])
    for table, key in sorted(declared().unique):
        duplicate = _duplicate(_with_key(rows, table, key), key)
        with pytest.raises(IntegrityError) as refusal:
            await insert(table, duplicate)
        message = str(refusal.value).replace('"', "")
        on_sqlite = ", ".join(f"{table}.{column}" for column in key)
        assert f"({', '.join(key)})=" in message or message.endswith(f"failed: {on_sqlite}"), (
            message
        )
    assert await snapshot([business.company_id]) == before


# --- foreign keys: rows that refer to a missing row ---------------------------------------------


def _orphan(row: Model, column: str) -> dict[str, Any]:
    """Return a copy of the row with other unique keys, whose `column` refers to a missing row."""
    columns = columns_of(row)
    for table, key in declared().unique:
        if table == row._meta.db_table:
            columns[key[-1]] = _another(columns[key[-1]])
    return columns | {column: uuid4()}


async def test_each_foreign_key_refuses_an_orphan(business: Business) -> None:
    rows = await fill(business)
    before = await snapshot([business.company_id])
    for table, column, _, _ in sorted(declared().foreign_keys):
        orphan = _orphan(_with_key(rows, table, (column,)), column)
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
            await insert(table, orphan)
    assert await snapshot([business.company_id]) == before


# --- append-only tables -------------------------------------------------------------------------

_APPEND_ONLY: Final = {
    "payment": "amount = amount + 1",
    "credit_application": "amount = amount + 1",
    "credit_payout": "amount = amount + 1",
    "write_off": "amount = amount + 1",
    "reversal": "amount = amount + 1",
    "surplus": "amount = amount + 1",
    "invoice_update": "amount = amount + 1",
    "party_snapshot": "content = '{}'",
}
"""The tables, and how to change each."""


async def _triggers() -> set[tuple[str, str]]:
    """Return the table and the statement of each trigger."""
    if connection().capabilities.dialect == "sqlite":
        rows = await fetch("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        matches = [(row["tbl_name"], re.search("INSERT|UPDATE|DELETE", row["sql"])) for row in rows]
        return {(table, match[0]) for table, match in matches if match}
    rows = await fetch(
        "SELECT event_object_table, event_manipulation FROM information_schema.triggers"
    )
    return {(row["event_object_table"], row["event_manipulation"]) for row in rows}


@pytest.mark.usefixtures("business")
async def test_only_the_ledger_and_what_credentials_depend_on_have_triggers() -> None:
    tables = {*_APPEND_ONLY, "credential", "staff_user", "company"}
    entered = {*_APPEND_ONLY, "invoice", "credit_note"} - {"invoice_update", "party_snapshot"}
    assert await _triggers() == {
        *((table, verb) for table in tables for verb in ("UPDATE", "DELETE")),
        *((table, "INSERT") for table in {*entered, "account_entry"}),
        *(("invoice", "UPDATE"), ("credit_note", "UPDATE"), ("account_entry", "DELETE")),
    }


async def test_append_only_rows_cannot_be_changed(business: Business) -> None:
    await fill(business)
    before = await snapshot([business.company_id])
    refusals = {
        (table, verb): await _refusal(execute(f"{verb} WHERE company_id = $1", business.company_id))
        for table, change in _APPEND_ONLY.items()
        for verb in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}")
    }
    wrong = {
        (table, verb): refusal
        for (table, verb), refusal in refusals.items()
        if f"table {table} is append-only" not in refusal
    }
    assert wrong == {}
    assert await snapshot([business.company_id]) == before


@pytest.mark.parametrize("table", ["customer", "invoice", "credit_note", "checkout"])
async def test_rows_with_payments_cannot_be_deleted(business: Business, table: str) -> None:
    await fill(business)
    before = await snapshot([business.company_id])
    with pytest.raises(IntegrityError):
        await execute(f"DELETE FROM {table} WHERE company_id = $1", business.company_id)
    assert await snapshot([business.company_id]) == before
