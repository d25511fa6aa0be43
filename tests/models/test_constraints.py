"""The database has exactly the declared constraints and indexes, and enforces each of them."""

import re
from collections.abc import Awaitable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.models import Model

from db.connections import TORTOISE_ORM, connection
from db.statements import execute, fetch
from tests.models.rules import declared, existing
from tests.support.clients import Business
from tests.support.rows import NOW, TOTAL, columns_of, fill, insert, snapshot, tables


@pytest.mark.usefixtures("business")
async def test_the_database_has_exactly_the_declared_rules() -> None:
    rules = await existing()
    assert rules.checks == declared().checks
    assert rules.unique == declared().unique
    assert rules.indexes == declared().indexes
    assert rules.foreign_keys == declared().foreign_keys


@pytest.mark.usefixtures("business")
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

_BAD: Final[dict[str, tuple[str, Sequence[dict[str, Any]]]]] = {
    "company_plan": ("company", [{"plan": "GOLD"}]),
    "company_currency": ("company", [{"currency": "EU"}]),
    "company_invoice_sequence": ("company", [{"invoice_sequence": -1}]),
    "logo_digest": ("logo", [{"digest": "abc"}]),
    "logo_size": ("logo", [{"width": 0}, {"height": 0}]),
    "staff_user_email_lower": ("staff_user", [{"email": "Ada@example.com"}]),
    "credential_kind": ("credential", [{"kind": "COOKIE", "expires_at": NOW}]),
    "credential_secret_hash": ("credential", [{"secret_hash": "short"}]),
    "invitation_secret_hash": ("invitation", [{"secret_hash": "short"}]),
    "credential_session_has_user_and_end": (
        "credential",
        [{"kind": "SESSION"}, {"kind": "SESSION", "user_id": None, "expires_at": NOW}],
    ),
    "customer_portal_shared_at": (
        "customer",
        [{"portal_token": None}, {"portal_shared_at": None}],
    ),
    "invoice_status": ("invoice", [{"status": "LOST"}]),
    "invoice_currency": ("invoice", [{"currency": "EU"}]),
    "invoice_total": ("invoice", [{"total": TOTAL + 1}]),
    "invoice_amounts": (
        "invoice",
        [
            {"discount": -1, "total": TOTAL + 1},
            {"discount": TOTAL + 1, "tax": 2, "total": 1},
            {"tax": -1, "total": TOTAL - 1},
        ],
    ),
    "invoice_paid": (
        "invoice",
        [{"amount_paid": -1}, {"amount_paid": TOTAL + 1}, {"amount_pending": -1}],
    ),
    "invoice_paid_status": ("invoice", [{"amount_paid": TOTAL}, {"status": "PAID"}]),
    "invoice_partially_paid_status": (
        "invoice",
        [{"amount_paid": 1}, {"status": "PARTIALLY_PAID"}],
    ),
    "invoice_draft": (
        "invoice",
        [
            {"status": "DRAFT", "issued_at": None},
            {
                "status": "DRAFT",
                "issued_at": None,
                "share_token": None,
                "shared_at": None,
                "amount_paid": 1,
            },
        ],
    ),
    "invoice_issued_at": ("invoice", [{"issued_at": None}]),
    "invoice_cancelled_at": ("invoice", [{"status": "CANCELLED"}, {"cancelled_at": NOW}]),
    "invoice_shared_at": ("invoice", [{"share_token": None}, {"shared_at": None}]),
    "invoice_due_after_issue": (
        "invoice",
        [{"issue_date": date(2026, 2, 2), "due_date": date(2026, 2, 1)}],
    ),
    "invoice_minimum_payment": ("invoice", [{"minimum_payment": 0}]),
    "invoice_view_counters": (
        "invoice",
        [
            {"view_count": 1},
            {"view_count": 1, "last_viewed_at": NOW},
            {"view_count": 1, "first_viewed_at": NOW},
            {"view_count": 1, "unique_ips": 2, "first_viewed_at": NOW, "last_viewed_at": NOW},
            {"view_count": -1, "unique_ips": -1, "first_viewed_at": NOW, "last_viewed_at": NOW},
        ],
    ),
    "invoice_line_amounts": (
        "invoice_line",
        [{"unit_price": -1}, {"discount": -1}, {"discount": TOTAL + 1}, {"tax": -1}],
    ),
    "payment_amount": ("payment", [{"amount": 0}, {"amount": -1}]),
    "invoice_view_source": ("invoice_view", [{"source": "PIGEON"}]),
    "invoice_update_change": ("invoice_update", [{"change": "LOST"}]),
    "invoice_update_amount": ("invoice_update", [{"amount": 0}, {"amount": -1}]),
    "quote_status": ("quote", [{"status": "LOST"}]),
    "quote_currency": ("quote", [{"currency": "EU"}]),
    "quote_total": ("quote", [{"total": TOTAL + 1}]),
    "quote_amounts": (
        "quote",
        [
            {"discount": -1, "total": TOTAL + 1},
            {"discount": TOTAL + 1, "tax": 2, "total": 1},
            {"tax": -1, "total": TOTAL - 1},
        ],
    ),
    "quote_sent_at": ("quote", [{"sent_at": None}]),
    "quote_decided_at": (
        "quote",
        [{"decided_at": NOW}, {"status": "ACCEPTED"}, {"status": "DECLINED"}],
    ),
    "quote_invoice": ("quote", [{"invoice_id": uuid4()}]),
    "quote_draft": ("quote", [{"status": "DRAFT", "sent_at": None}]),
    "quote_shared_at": ("quote", [{"share_token": None}, {"shared_at": None}]),
    "quote_valid_after_issue": (
        "quote",
        [{"issue_date": date(2026, 2, 2), "valid_until": date(2026, 2, 1)}],
    ),
    "quote_line_amounts": (
        "quote_line",
        [{"unit_price": -1}, {"discount": -1}, {"discount": TOTAL + 1}, {"tax": -1}],
    ),
    "credit_note_status": ("credit_note", [{"status": "LOST"}]),
    "credit_note_currency": ("credit_note", [{"currency": "EU"}]),
    "credit_note_amounts": (
        "credit_note",
        [{"total": 0}, {"applied": -1}, {"status": "APPLIED", "applied": TOTAL + 1}],
    ),
    "credit_note_applied_status": ("credit_note", [{"applied": 1}, {"status": "APPLIED"}]),
    "credit_note_issued_at": (
        "credit_note",
        [{"issued_at": None}, {"status": "APPLIED", "applied": 1, "issued_at": None}],
    ),
    "credit_note_voided_at": ("credit_note", [{"voided_at": NOW}, {"status": "VOID"}]),
    "credit_application_amount": ("credit_application", [{"amount": 0}, {"amount": -1}]),
    "email_preference_address_lower": ("email_preference", [{"address": "Ada@example.com"}]),
    "email_delivery_kind": (
        "email_delivery",
        [{"kind": "PIGEON", "invoice_id": None, "stage": None}],
    ),
    "email_delivery_subject": (
        "email_delivery",
        [
            {"invoice_id": None},
            {"quote_id": uuid4()},
            {"announcement_id": uuid4()},
            {"kind": "QUOTE", "invoice_id": None, "stage": None},
            {"kind": "ANNOUNCEMENT", "invoice_id": None, "stage": None},
            {"kind": "INVOICE", "invoice_id": None, "stage": None},
        ],
    ),
    "email_delivery_stage_kind": ("email_delivery", [{"kind": "INVOICE"}]),
    "email_delivery_status": ("email_delivery", [{"status": "LOST", "sent_at": None}]),
    "email_delivery_next_attempt": (
        "email_delivery",
        [
            {"next_attempt_at": NOW},
            {"status": "QUEUED", "sent_at": None},
            {"status": "SENDING", "sent_at": None},
        ],
    ),
    "email_delivery_sent_at": ("email_delivery", [{"sent_at": None}, {"status": "FAILED"}]),
    "email_delivery_attempts": ("email_delivery", [{"attempts": -1}]),
    "checkout_status": ("checkout", [{"status": "LOST", "payable_for": None}]),
    "checkout_amount": ("checkout", [{"amount": 0}, {"amount": -1}, {"charge_refunded": -1}]),
    "checkout_currency": ("checkout", [{"currency": "EU"}]),
    "checkout_payable": (
        "checkout",
        [{"payable_for": None}, {"status": "EXPIRED"}, {"status": "PENDING"}, {"status": "PAID"}],
    ),
    "checkout_payable_for": ("checkout", [{"payable_for": uuid4()}]),
    "checkout_session": (
        "checkout",
        [
            {"session_id": None},
            {"status": "PENDING", "payable_for": None, "session_id": None},
            {"status": "FAILED", "payable_for": None, "session_id": None},
            {"status": "PAID", "payable_for": None, "session_id": None},
        ],
    ),
    "checkout_url": ("checkout", [{"url": None}]),
    "payment_reversal_kind": ("payment_reversal", [{"kind": "THEFT"}]),
    "payment_reversal_status": ("payment_reversal", [{"status": "LOST"}]),
    "payment_reversal_amount": ("payment_reversal", [{"amount": 0}, {"amount": -1}]),
    "reversal_kind": ("reversal", [{"kind": "THEFT"}]),
    "reversal_amount": ("reversal", [{"amount": 0}]),
    "surplus_amount": ("surplus", [{"amount": 0}, {"amount": -1}]),
    "stripe_event_status": ("stripe_event", [{"status": "LOST", "payload": None}]),
    "stripe_event_payload": (
        "stripe_event",
        [
            {"payload": None},
            {"status": "WAITING", "payload": None},
            {"status": "APPLIED"},
            {"status": "IGNORED"},
        ],
    ),
    "stripe_event_waits_for": (
        "stripe_event",
        [{"status": "WAITING", "payment_intent": None}],
    ),
}
"""By the check's name: its table, and changes to the table's first row that it refuses."""


def _fresh(row: Model) -> dict[str, Any]:
    """Return the row's columns with another primary key."""
    columns = columns_of(row)
    match columns.pop("id"):
        case UUID():
            columns["id"] = uuid4()
        case str():
            columns["id"] = uuid4().hex
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
    for name, (table, changes) in _BAD.items():
        row = next(row for row in rows if row._meta.db_table == table)
        for change in changes:
            refusal = await _refusal(insert(table, _fresh(row) | change))
            if not re.search(rf"\b{name}\b", refusal):
                wrong[name, str(change)] = refusal
    assert wrong == {}
    assert await snapshot([business.company_id]) == before


@pytest.mark.usefixtures("business")
def test_every_check_has_a_bad_row() -> None:
    assert {(table, name) for name, (table, _) in _BAD.items()} == declared().checks


# --- unique keys: rows that share one key with another ------------------------------------------


def _another(value: object) -> object:
    """Return another value for a column of a key; unique keys are checked before foreign keys."""
    match value:
        case UUID():
            return uuid4()
        case int():
            return value + 1_000
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

_APPEND_ONLY: Final = ("payment", "credit_application", "reversal", "surplus", "invoice_update")


async def _triggers() -> set[tuple[str, str]]:
    """Return the table and the statement of each trigger."""
    if connection().capabilities.dialect == "sqlite":
        rows = await fetch("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        matches = [(row["tbl_name"], re.search(r"BEFORE (\w+)", row["sql"])) for row in rows]
        return {(table, match[1]) for table, match in matches if match}
    rows = await fetch(
        "SELECT event_object_table, event_manipulation FROM information_schema.triggers"
    )
    return {(row["event_object_table"], row["event_manipulation"]) for row in rows}


@pytest.mark.usefixtures("business")
async def test_only_append_only_tables_have_triggers() -> None:
    assert await _triggers() == {(t, verb) for t in _APPEND_ONLY for verb in ("UPDATE", "DELETE")}


async def test_append_only_rows_cannot_be_changed(business: Business) -> None:
    await fill(business)
    before = await snapshot([business.company_id])
    refusals = {
        (table, verb): await _refusal(
            execute(f"{verb.format(table)} WHERE company_id = $1", business.company_id)
        )
        for table in _APPEND_ONLY
        for verb in ("UPDATE {} SET amount = amount + 1", "DELETE FROM {}")
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
