"""The finished schema, which an empty database gets in place of one migration after the other."""

from collections.abc import Iterable
from graphlib import TopologicalSorter
from typing import Final

from tortoise import Tortoise
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.models import Model
from tortoise.transactions import in_transaction

from db import append_only, indexes, search
from db.connections import connection
from db.operations import create_table
from db.statements import fetch
from db.triggers import account_entries, credential_changes

_EDITORS: Final[dict[str, type[BaseSchemaEditor]]] = {
    "sqlite": SqliteSchemaEditor,
    "postgres": AsyncpgSchemaEditor,
}
_TABLES: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
}


async def is_empty() -> bool:
    """Whether the open database has no table of the models and no applied migration."""
    names = {row["name"] for row in await fetch(_TABLES[connection().capabilities.dialect])}
    if names & {model._meta.db_table for model in _models()}:
        return False
    return not await MigrationRecorder(connection()).applied_migrations()


async def create_schema(migrations: Iterable[str]) -> None:
    """Create everything in the open, empty database, and note the named migrations as applied.

    If anything fails, the database remains empty.
    """
    editor = _EDITORS[connection().capabilities.dialect](connection())
    await MigrationRecorder(connection()).ensure_schema(editor)
    async with in_transaction() as transaction:
        editor.client = transaction
        for model in _parents_first():
            await create_table(model, editor)
        await append_only.create_trigger_function(editor)
        await append_only.protect(editor, *map(_table, filter(_is_append_only, _models())))
        await credential_changes.count_changes(editor)
        await account_entries.enter_changes(editor)
        await search.create_indexes(editor, *map(_table, filter(_is_searchable, _models())))
        await indexes.create_statistics(editor)
        recorder = MigrationRecorder(transaction)
        for migration in sorted(migrations):
            await recorder.record_applied("models", migration)


def _models() -> list[type[Model]]:
    assert Tortoise.apps
    return list(Tortoise.apps["models"].values())


def _parents_first() -> Iterable[type[Model]]:
    """Return the models, each after those that it refers to."""
    return TopologicalSorter({model: _parents(model) for model in _models()}).static_order()


def _parents(model: type[Model]) -> set[type[Model]]:
    keys = [
        field
        for field in model._meta.fields_map.values()
        if isinstance(field, ForeignKeyFieldInstance)
    ]
    return {key.related_model for key in keys} - {model}


def _table(model: type[Model]) -> str:
    return model._meta.db_table


def _is_searchable(model: type[Model]) -> bool:
    return issubclass(model, search.SearchableModel)


def _is_append_only(model: type[Model]) -> bool:
    return bool(getattr(model.Meta, "append_only", False))
