"""The constraints and indexes that really exist, and that each of them bites."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models import (
    Credential,
    CredentialKind,
    Invoice,
    InvoiceLine,
    InvoiceView,
    InvoiceViewer,
    Payment,
    User,
    ViewFeed,
)
from models.database import TORTOISE_ORM, connection, execute, fetch
from tests.clients import Business


class Rules(NamedTuple):
    """What a database guards, apart from types and NOT NULL."""

    checks: set[tuple[str, str]]
    """Table and name."""
    unique: set[tuple[str, tuple[str, ...]]]
    """Table and columns."""
    indexes: set[tuple[str, str, tuple[str, ...]]]
    """Table, name and columns."""
    foreign_keys: set[tuple[str, str, str, str]]
    """Table, column, the table it refers to, and what happens when that row is deleted."""


def _models() -> Iterator[tuple[str, type[Model]]]:
    assert Tortoise.apps
    for model in Tortoise.apps["models"].values():
        yield model._meta.db_table, model


def _declared() -> Rules:
    rules = Rules(set(), set(), set(), set())
    for table, model in _models():
        for constraint in getattr(model.Meta, "constraints", ()):
            if isinstance(constraint, CheckConstraint):
                rules.checks.add((table, constraint.name))
            else:
                rules.unique.add((table, tuple(constraint.fields)))
        for index in getattr(model.Meta, "indexes", ()):
            rules.indexes.add((table, index.name, tuple(index.fields)))
        for name, field in model._meta.fields_map.items():
            if isinstance(field, ForeignKeyFieldInstance):
                parent = field.related_model._meta.db_table
                rules.foreign_keys.add((table, f"{name}_id", parent, field.on_delete.value))
            elif field.unique and field.model_field_name:
                rules.unique.add((table, (model._meta.fields_db_projection[name],)))
    return rules


async def _existing_on_postgres() -> Rules:
    rules = Rules(set(), set(), set(), set())
    actions = {"c": "CASCADE", "r": "RESTRICT", "a": "NO ACTION", "n": "SET NULL"}
    columns = "(SELECT array_agg(a.attname ORDER BY k.n) FROM unnest({}) WITH ORDINALITY k(num, n)"
    columns += " JOIN pg_attribute a ON a.attrelid = {} AND a.attnum = k.num)"
    for row in await fetch(
        "SELECT c.conname, c.contype::text, c.confdeltype::text, c.conrelid::regclass::text AS tab,"
        f" c.confrelid::regclass::text AS parent, c.convalidated AND c.conenforced AS holds,"
        f" {columns.format('c.conkey', 'c.conrelid')} AS columns FROM pg_constraint c"
        " WHERE c.connamespace = 'public'::regnamespace"
    ):
        assert row["holds"], row["conname"]
        if row["contype"] == "c":
            rules.checks.add((row["tab"], row["conname"]))
        elif row["contype"] == "f":
            action = actions[row["confdeltype"]]
            rules.foreign_keys.add((row["tab"], row["columns"][0], row["parent"], action))
    for row in await fetch(
        "SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS tab,"
        " i.indisunique, i.indisvalid AND i.indpred IS NULL AS whole,"
        f" {columns.format('i.indkey::int2[]', 'i.indrelid')} AS columns FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace"
    ):
        assert row["whole"], row["name"]
        if row["indisunique"]:
            rules.unique.add((row["tab"], tuple(row["columns"])))
        else:
            rules.indexes.add((row["tab"], row["name"], tuple(row["columns"])))
    return rules


async def _existing_on_sqlite() -> Rules:
    rules = Rules(set(), set(), set(), set())
    for table in await fetch("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
        name = table["name"]
        for check in re.findall(r'CONSTRAINT "?(\w+)"? CHECK', table["sql"]):
            rules.checks.add((name, check))
        for key in await fetch(f'PRAGMA foreign_key_list("{name}")'):
            rules.foreign_keys.add((name, key["from"], key["table"], key["on_delete"]))
        for index in await fetch(f'PRAGMA index_list("{name}")'):
            columns = await fetch(f'PRAGMA index_info("{index["name"]}")')
            found = tuple(column["name"] for column in columns)
            assert not index["partial"]
            if index["unique"]:
                rules.unique.add((name, found))
            else:
                rules.indexes.add((name, index["name"], found))
        for column in await fetch(f'PRAGMA table_info("{name}")'):
            if column["pk"] and column["type"] == "INTEGER":  # the row's number, with no index
                rules.unique.add((name, (column["name"],)))
    return rules


def _of_ours(rules: Rules) -> Rules:
    tables = {table for table, _ in _models()}
    for part in rules:
        part -= {rule for rule in part if rule[0] not in tables}
    return rules


@pytest.mark.usefixtures("business")
async def test_the_database_guards_exactly_what_the_models_declare() -> None:
    on_sqlite = connection().capabilities.dialect == "sqlite"
    existing = _of_ours(await (_existing_on_sqlite() if on_sqlite else _existing_on_postgres()))
    declared = _declared()
    assert existing.checks == declared.checks
    assert existing.unique == declared.unique
    assert existing.indexes == declared.indexes
    assert existing.foreign_keys == declared.foreign_keys


@pytest.mark.usefixtures("business")
async def test_the_migrations_are_up_to_date() -> None:
    assert Tortoise.apps
    assert await MigrationAutodetector(Tortoise.apps, TORTOISE_ORM["apps"]).changes() == []


@pytest.mark.usefixtures("business")
async def test_sqlite_heeds_foreign_keys() -> None:
    if connection().capabilities.dialect == "sqlite":
        assert await fetch("PRAGMA foreign_keys") == [{"foreign_keys": 1}]


_TOKEN = f"'{uuid4()}'"
_NOW = "'2026-11-30 12:00:00+00:00'"

_BAD: dict[str, tuple[str, str]] = {
    "company_plan": ("company", "plan = 'GOLD'"),
    "company_currency": ("company", "currency = 'EU'"),
    "company_invoice_sequence": ("company", "invoice_sequence = -1"),
    "staff_user_email_lower": ("staff_user", "email = 'Ada@example.com'"),
    "credential_kind": ("credential", "kind = 'COOKIE'"),
    "credential_secret_hash": ("credential", "secret_hash = 'short'"),
    "credential_session_has_user_and_end": ("credential", "kind = 'SESSION', expires_at = NULL"),
    "customer_portal_shared_at": ("customer", f"portal_token = {_TOKEN}"),
    "invoice_status": ("invoice", "status = 'LOST'"),
    "invoice_currency": ("invoice", "currency = 'EU'"),
    "invoice_total": ("invoice", "total = total + 1"),
    "invoice_amounts": ("invoice", "discount = -1, total = total + 1"),
    "invoice_paid": ("invoice", "amount_pending = -1"),
    "invoice_paid_status": ("invoice", "amount_paid = total"),
    "invoice_partially_paid_status": ("invoice", "amount_paid = 1"),
    "invoice_draft": (
        "invoice",
        f"status = 'DRAFT', issued_at = NULL, share_token = {_TOKEN}, shared_at = {_NOW}",
    ),
    "invoice_issued_at": ("invoice", "issued_at = NULL"),
    "invoice_cancelled_at": ("invoice", "status = 'CANCELLED'"),
    "invoice_shared_at": ("invoice", f"shared_at = {_NOW}"),
    "invoice_due_after_issue": ("invoice", "issue_date = '2026-02-02', due_date = '2026-02-01'"),
    "invoice_minimum_payment": ("invoice", "minimum_payment = 0"),
    "invoice_view_counters": ("invoice", "view_count = 1"),
    "invoice_line_amounts": ("invoice_line", "discount = amount + 1"),
    "payment_amount": ("payment", "amount = 0"),
    "invoice_view_source": ("invoice_view", "source = 'PIGEON'"),
}

_MORE_BAD = (
    ("invoice_amounts", "invoice", "discount = subtotal + 1, total = -1"),
    ("invoice_amounts", "invoice", "tax = -1, total = total - 1"),
    ("invoice_paid", "invoice", "amount_paid = -1"),
    ("invoice_paid", "invoice", "amount_paid = total + 1"),
    ("invoice_view_counters", "invoice", f"view_count = 1, last_viewed_at = {_NOW}"),
    (
        "invoice_view_counters",
        "invoice",
        f"view_count = 1, unique_ips = 2, first_viewed_at = {_NOW}, last_viewed_at = {_NOW}",
    ),
    ("invoice_draft", "invoice", "status = 'DRAFT', issued_at = NULL, amount_paid = 1"),
    ("credential_session_has_user_and_end", "credential", "kind = 'SESSION', user_id = NULL"),
    ("invoice_line_amounts", "invoice_line", "unit_price = -1"),
    ("invoice_line_amounts", "invoice_line", "tax = -1"),
)


async def _fill(business: Business) -> str:
    """Give each table a row of the business; returns how to find them, by table."""
    invoice_id = await business.make_invoice()
    invoice = await Invoice.get(id=invoice_id)
    now = datetime.now(UTC)
    of_invoice: dict[str, Any] = {"company_id": business.company_id, "invoice_id": invoice.id}
    await InvoiceView.create(**of_invoice, sequence=1, viewed_at=now, source="LINK")
    await InvoiceViewer.create(invoice_id=invoice.id, ip="203.0.113.9")
    await Payment.create(**of_invoice, amount=1, method="cash", received_at=now)
    return invoice_id


def _where(table: str, business: Business, invoice_id: str) -> str:
    key = {"company": "id", "invoice_line": "invoice_id", "invoice_viewer": "invoice_id"}
    value = invoice_id if table.startswith("invoice_") and table in key else business.company_id
    return f"{key.get(table, 'company_id')} = '{value}'"


@pytest.mark.parametrize(
    ("name", "table", "change"),
    [*((name, *bad) for name, bad in _BAD.items()), *_MORE_BAD],
)
async def test_each_check_refuses_a_bad_row(
    business: Business, name: str, table: str, change: str
) -> None:
    where = _where(table, business, await _fill(business))
    before = [tuple(row.values()) for row in await fetch(f"SELECT * FROM {table} WHERE {where}")]
    assert before
    with pytest.raises(IntegrityError, match=name):
        await execute(f"UPDATE {table} SET {change} WHERE {where}")
    after = [tuple(row.values()) for row in await fetch(f"SELECT * FROM {table} WHERE {where}")]
    assert after == before


@pytest.mark.usefixtures("business")
def test_no_check_is_left_without_a_bad_row() -> None:
    assert {name for _, name in _declared().checks} == set(_BAD)


_UNIQUE: dict[tuple[str, tuple[str, ...]], str] = {
    ("customer", ("company_id", "idempotency_key")): "idempotency_key = 'k'",
    ("customer", ("portal_token",)): f"portal_token = {_TOKEN}, portal_shared_at = {_NOW}",
    ("invoice", ("company_id", "idempotency_key")): "idempotency_key = 'k'",
    ("invoice", ("company_id", "number")): "number = 'n'",
    ("invoice", ("share_token",)): f"share_token = {_TOKEN}, shared_at = {_NOW}",
    ("invoice_line", ("invoice_id", "position")): "position = 1",
    ("invoice_view", ("company_id", "sequence")): "sequence = 1",
    ("invoice_viewer", ("invoice_id", "ip")): "ip = '203.0.113.9'",
    ("payment", ("company_id", "idempotency_key")): "idempotency_key = 'k'",
    ("staff_user", ("email",)): f"email = {_TOKEN}",
    ("credential", ("secret_hash",)): f"secret_hash = '{uuid4().hex * 2}'",
}


async def _fill_twice(business: Business) -> str:
    """Give each of these tables two rows of the business."""
    invoice_id, now = await _fill(business), datetime.now(UTC)
    await business.make_invoice()
    of_invoice: dict[str, Any] = {"company_id": business.company_id, "invoice_id": invoice_id}
    amounts: dict[str, Any] = dict.fromkeys(
        ("unit_price", "tax_rate", "amount", "discount", "tax"), 0
    )
    await InvoiceLine.create(
        invoice_id=invoice_id, position=2, description="More", quantity=1, **amounts
    )
    await InvoiceView.create(**of_invoice, sequence=2, viewed_at=now, source="LINK")
    await InvoiceViewer.create(invoice_id=invoice_id, ip="203.0.113.10")
    await Payment.create(**of_invoice, amount=1, method="cash", received_at=now)
    user = await User.get(company_id=business.company_id)
    await User.create(
        company_id=business.company_id,
        email=uuid4().hex,
        name="Second",
        password_hash=user.password_hash,
        permissions="",
    )
    await Credential.create(
        company_id=business.company_id,
        kind=CredentialKind.API_KEY,
        name="second",
        secret_hash=uuid4().hex * 2,
    )
    return invoice_id


@pytest.mark.parametrize(("unique", "change"), _UNIQUE.items(), ids=str)
async def test_each_unique_key_refuses_a_twin(
    business: Business, unique: tuple[str, tuple[str, ...]], change: str
) -> None:
    table, columns = unique
    where = _where(table, business, await _fill_twice(business))
    assert len(await fetch(f"SELECT * FROM {table} WHERE {where}")) > 1
    with pytest.raises(IntegrityError) as refusal:
        await execute(f"UPDATE {table} SET {change} WHERE {where}")
    assert columns[-1] in str(refusal.value) or "unique constraint" in str(refusal.value)
    assert (
        len(await fetch(f"SELECT * FROM {table} WHERE {where} AND {change.partition(',')[0]}")) <= 1
    )


@pytest.mark.usefixtures("business")
def test_no_unique_key_is_left_without_a_twin() -> None:
    named = {
        (table, tuple(constraint.fields))
        for table, model in _models()
        for constraint in getattr(model.Meta, "constraints", ())
        if isinstance(constraint, UniqueConstraint)
    }
    assert named <= set(_UNIQUE)


async def test_a_company_has_one_view_feed(business: Business) -> None:
    with pytest.raises(IntegrityError):
        await ViewFeed.create(company_id=business.company_id)
    assert await ViewFeed.filter(company_id=business.company_id).count() == 1


async def test_a_customer_with_invoices_and_an_invoice_with_payments_stay(
    business: Business,
) -> None:
    invoice_id = await _fill(business)
    where = f"company_id = '{business.company_id}'"
    with pytest.raises(IntegrityError):
        await execute(f"DELETE FROM customer WHERE {where}")
    with pytest.raises(IntegrityError):
        await execute(f"DELETE FROM invoice WHERE id = '{invoice_id}'")
    assert await Invoice.exists(id=invoice_id)
    assert await Payment.filter(invoice_id=invoice_id).count() == 1
