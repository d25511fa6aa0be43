"""The constraints and indexes: as the models declare them, and as the database has them."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.constraints import CheckConstraint

from db.connections import connection
from db.search import SearchableModel
from db.statements import fetch
from tests.support.rows import tables


class Rules(NamedTuple):
    """The constraints and indexes of a database, apart from types and NOT NULL."""

    checks: set[tuple[str, str]]
    """Table and name."""
    unique: set[tuple[str, tuple[str, ...]]]
    """Table and columns."""
    indexes: set[tuple[str, str, tuple[str, ...]]]
    """Table, name and columns, without those that are computed from columns."""
    partial: set[tuple[str, str]]
    """Table and name of the indexes that don't have all rows."""
    foreign_keys: set[tuple[str, str, str, str]]
    """Table, column, the table it refers to, and what happens when that row is deleted."""


def declared() -> Rules:
    """Return the rules that the models declare."""
    rules = Rules(set(), set(), set(), set(), set())
    on_postgres = connection().capabilities.dialect == "postgres"
    for table, model in tables().items():
        for constraint in getattr(model.Meta, "constraints", ()):
            if isinstance(constraint, CheckConstraint):
                rules.checks.add((table, constraint.name))
            else:
                rules.unique.add((table, tuple(constraint.fields)))
                if constraint.condition:
                    rules.partial.add((table, constraint.name))
        _add_indexes(rules, table, getattr(model.Meta, "indexes", ()))
        if on_postgres and issubclass(model, SearchableModel):
            rules.indexes.add((table, f"{table}_search", ()))
        for name, field in model._meta.fields_map.items():
            if isinstance(field, ForeignKeyFieldInstance):
                parent = field.related_model._meta.db_table
                rules.foreign_keys.add((table, f"{name}_id", parent, field.on_delete.value))
            elif field.unique and field.model_field_name:
                rules.unique.add((table, (model._meta.fields_db_projection[name],)))
    return rules


def _add_indexes(rules: Rules, table: str, indexes: Iterable[Any]) -> None:
    for index in indexes:
        columns = (field for field in index.fields if not field.startswith("("))
        rules.indexes.add((table, index.name, tuple(columns)))
        if index.extra:
            rules.partial.add((table, index.name))


async def _existing_on_postgres() -> Rules:
    rules = Rules(set(), set(), set(), set(), set())
    actions = {"c": "CASCADE", "r": "RESTRICT", "a": "NO ACTION", "n": "SET NULL"}
    columns = "(SELECT array_agg(a.attname ORDER BY k.n) FROM unnest({}) WITH ORDINALITY k(num, n)"
    columns += " JOIN pg_attribute a ON a.attrelid = {} AND a.attnum = k.num)"
    for row in await fetch(
        "SELECT c.conname, c.contype::text, c.confdeltype::text, c.conrelid::regclass::text AS tab,"
        f" c.confrelid::regclass::text AS parent, c.convalidated"
        # Since version 18, a constraint may be there and not hold.
        " AND coalesce((to_jsonb(c) ->> 'conenforced')::bool, true) AS holds,"
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
        " i.indisunique, i.indisvalid, i.indpred IS NOT NULL AS partial,"
        f" {columns.format('i.indkey::int2[]', 'i.indrelid')} AS columns FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace"
    ):
        assert row["indisvalid"], row["name"]
        if row["partial"]:
            rules.partial.add((row["tab"], row["name"]))
        if row["indisunique"]:
            rules.unique.add((row["tab"], tuple(row["columns"])))
        else:
            rules.indexes.add((row["tab"], row["name"], tuple(row["columns"] or ())))
    return rules


async def _existing_on_sqlite() -> Rules:
    rules = Rules(set(), set(), set(), set(), set())
    for table in await fetch("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
        name = table["name"]
        for check in re.findall(r'CONSTRAINT "?(\w+)"? CHECK', table["sql"]):
            rules.checks.add((name, check))
        for key in await fetch(f'PRAGMA foreign_key_list("{name}")'):
            rules.foreign_keys.add((name, key["from"], key["table"], key["on_delete"]))
        for index in await fetch(f'PRAGMA index_list("{name}")'):
            columns = await fetch(f'PRAGMA index_info("{index["name"]}")')
            names = tuple(column["name"] for column in columns if column["name"])
            if index["partial"]:
                rules.partial.add((name, index["name"]))
            if index["unique"]:
                rules.unique.add((name, names))
            else:
                rules.indexes.add((name, index["name"], names))
        for column in await fetch(f'PRAGMA table_info("{name}")'):
            if column["pk"] and column["type"] == "INTEGER":  # SQLite's rowid, without an index
                rules.unique.add((name, (column["name"],)))
    return rules


async def existing(*others: str) -> Rules:
    """Return the database's rules for the tables of the models and the `others`."""
    on_sqlite = connection().capabilities.dialect == "sqlite"
    rules = await (_existing_on_sqlite() if on_sqlite else _existing_on_postgres())
    for part in rules:
        part -= {rule for rule in part if rule[0] not in {*tables(), *others}}
    return rules
