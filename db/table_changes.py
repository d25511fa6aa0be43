"""A migration's change of many tables at once, in one transaction, with the rows that they have.

Tortoise changes one column at a time. On SQLite each change copies the whole table, and dropping
the old one deletes the rows that refer to it.
"""

from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from tortoise.exceptions import IntegrityError
from tortoise.fields.base import Field
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.operations import CreateModel, TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.models import Model
from tortoise.transactions import in_transaction

from db.operations import create_table
from db.postgres import limit_lock_waits

Step = Callable[[Any], Awaitable[None]]
"""Gets Tortoise's schema editor, whose `client` runs statements in the transaction."""
Values = Mapping[str, Mapping[str, str]]
"""By table and column: an SQL expression over the old row. Other columns are kept, and new ones
have their default."""
_OLD: Final = "old__"
_NEW: Final = "new__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What happens to the rows on the way forward or back.

    `prepare` runs before the tables change, when those that are new exist, and `finish` afterwards,
    when those that go still do. `values` gets "sqlite" or "postgres".
    """

    prepare: Step
    values: Callable[[str], Values]
    finish: Step


class ChangeTables(TortoiseOperation):
    """Takes tables to the models that are given: new tables and changed ones, but none that go.

    The migration's `atomic` must be False, because SQLite can't stop enforcing foreign keys within
    a transaction; the operation has a transaction of its own. If a crash afterwards keeps the
    migration from being recorded, running it again does nothing.
    """

    reduces_to_sql = False

    def __init__(self, *tables: CreateModel, forward: Direction, backward: Direction) -> None:
        self.tables = tables
        self.forward = forward
        self.backward = backward

    def describe(self) -> str:
        """Return the line for `tortoise sqlmigrate`."""
        return f"Change tables of {', '.join(table.name for table in self.tables)}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Replace the models in the state."""
        for table in self.tables:
            model = ModelState.make_from_model(app_label, table.model)
            state.models[(app_label, table.name)] = model
        state.reload_models((app_label, table.name) for table in self.tables)

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create and change the tables, unless they are changed already."""
        if state_editor is None:
            return
        created, changed = self._split(app_label, old_state, new_state)
        if await _exists(state_editor, created[0]._meta.db_table):
            return
        async with _transaction(state_editor) as editor:
            for model in created:
                await create_table(model, editor)
            await _change(editor, changed, self.forward)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Change the tables back and drop those that were new, unless that is done already.

        Raises IntegrityError if there are rows that the old tables can't have.
        """
        if state_editor is None:
            return
        dropped, changed = self._split(app_label, new_state, old_state)
        if not await _exists(state_editor, dropped[0]._meta.db_table):
            return
        async with _transaction(state_editor) as editor:
            await _change(editor, [(new, old) for old, new in changed], self.backward)
            for model in reversed(dropped):
                await editor.delete_model(model)

    def _split(
        self, app_label: str, before: State, after: State
    ) -> tuple[list[type[Model]], list[tuple[type[Model], type[Model]]]]:
        """Return the new models, and the changed ones as they are before and after."""
        new, changed = [], []
        for table in self.tables:
            model = after.apps.get_model(app_label, table.name)
            if (app_label, table.name) in before.models:
                changed.append((before.apps.get_model(app_label, table.name), model))
            else:
                new.append(model)
        return new, changed


@asynccontextmanager
async def _transaction(editor: BaseSchemaEditor) -> AsyncGenerator[Any, None]:
    """Open a transaction, and yield an editor whose statements are part of it.

    On SQLite, foreign keys are checked at its end, and names of tables in foreign keys stay as they
    are when a table is renamed.
    """
    client = editor.client
    on_sqlite = editor.DIALECT == "sqlite"
    if on_sqlite:
        await client.execute_query("PRAGMA foreign_keys = OFF")
        await client.execute_query("PRAGMA legacy_alter_table = ON")
    try:
        async with in_transaction(client.connection_name) as transaction:
            await limit_lock_waits(transaction)
            yield type(editor)(transaction, atomic=True)
            if on_sqlite and await transaction.execute_query_dict("PRAGMA foreign_key_check"):
                raise IntegrityError("FOREIGN KEY constraint failed")
    finally:
        if on_sqlite:
            await client.execute_query("PRAGMA legacy_alter_table = OFF")
            await client.execute_query("PRAGMA foreign_keys = ON")


async def _exists(editor: BaseSchemaEditor, table: str) -> bool:
    sql = f"SELECT 1 AS found FROM pg_tables WHERE tablename = '{table}'"
    if editor.DIALECT == "sqlite":
        sql = f"SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = '{table}'"
    return bool(await editor.client.execute_query_dict(sql))


async def _change(
    editor: Any,  # noqa: ANN401  # Tortoise's, of which we call what is private
    changed: Iterable[tuple[type[Model], type[Model]]],
    direction: Direction,
) -> None:
    values = direction.values(editor.DIALECT)
    await direction.prepare(editor)
    for old, new in changed:
        given = values.get(new._meta.db_table, {})
        if editor.DIALECT == "sqlite":
            await _rebuild(editor, old, new, given)
        else:
            await _alter(editor, old, new, given)
    await direction.finish(editor)


def _columns(model: type[Model]) -> dict[str, Field[Any]]:
    """Return the fields by their columns."""
    names = model._meta.fields_db_projection
    return {column: model._meta.fields_map[name] for name, column in names.items()}


# --- SQLite ---------------------------------------------------------------------------------------


async def _rebuild(
    editor: Any,  # noqa: ANN401
    old: type[Model],
    new: type[Model],
    values: Mapping[str, str],
) -> None:
    """Copy the rows into a new table. SQLite can't change constraints and types in place."""
    table, kept = new._meta.db_table, f"{_OLD}{new._meta.db_table}"
    client = editor.client
    await client.execute_query(f'ALTER TABLE "{table}" RENAME TO "{kept}"')
    # The new table's indexes have the same names.
    for index in await client.execute_query_dict(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        f" AND tbl_name = '{kept}'"
    ):
        await client.execute_query(f'DROP INDEX "{index["name"]}"')
    await create_table(new, editor)
    kept_columns = _columns(old).keys() & _columns(new).keys()
    copied = {column: f'"{column}"' for column in kept_columns} | dict(values)
    names = ", ".join(f'"{column}"' for column in copied)
    await client.execute_query(
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(copied.values())}'
        f' FROM "{kept}" AS "{table}"'
    )
    await client.execute_query(f'DROP TABLE "{kept}"')


# --- PostgreSQL -----------------------------------------------------------------------------------


async def _alter(
    editor: Any,  # noqa: ANN401
    old: type[Model],
    new: type[Model],
    values: Mapping[str, str],
) -> None:
    """Change the table in place. Its rows are written once, and only if a column has a value."""
    before, after = _columns(old), _columns(new)
    # Only such a column can get a value of another type; others can just become longer.
    replaced = {
        name
        for name in before.keys() & after.keys() & values.keys()
        if _type(before[name]) != _type(after[name])
    }
    for index in _only_in(old._meta.indexes, new._meta.indexes):
        await editor.client.execute_script(f'DROP INDEX "{index.name}"')
    await _alter_table(editor, new, _first_changes(editor, old, new, replaced))
    if values:
        assignments = [
            f'"{_NEW if name in replaced else ""}{name}" = {value}'
            for name, value in values.items()
        ]
        await editor.client.execute_script(
            f'UPDATE "{new._meta.db_table}" SET {", ".join(assignments)}'
        )
    dropped = (before.keys() - after.keys()) | replaced
    await _alter_table(editor, new, (f'DROP COLUMN "{name}"' for name in sorted(dropped)))
    for name in replaced:
        await _alter_table(editor, new, [f'RENAME COLUMN "{_NEW}{name}" TO "{name}"'])
    await _alter_table(editor, new, _last_changes(old, new, replaced))
    for index in _only_in(new._meta.indexes, old._meta.indexes):
        await editor.add_index(new, index)
    await _comment(editor, old, new, replaced)


def _first_changes(
    editor: Any,  # noqa: ANN401
    old: type[Model],
    new: type[Model],
    replaced: Container[str],
) -> Iterator[str]:
    """Yield the changes before the rows are written. New columns may be null until then."""
    before = _columns(old)
    for constraint in _only_in(old._meta.constraints, new._meta.constraints):
        yield f'DROP CONSTRAINT "{constraint.name}"'
    for name in _unique_only_in(old, new):
        yield f'DROP CONSTRAINT "{_unique_key(new, name)}"'
    for name, field in _columns(new).items():
        if name not in before:
            yield f"ADD COLUMN {_definition(editor, new, name, field)}"
        elif name in replaced:
            yield f'ADD COLUMN "{_NEW}{name}" {_type(field)}'
        else:
            if field.null and not before[name].null:
                yield f'ALTER COLUMN "{name}" DROP NOT NULL'
            if _type(before[name]) != _type(field):
                yield f'ALTER COLUMN "{name}" TYPE {_type(field)}'


def _last_changes(old: type[Model], new: type[Model], replaced: Container[str]) -> Iterator[str]:
    """Yield the changes after the rows are written."""
    before = _columns(old)
    for name, field in _columns(new).items():
        was_null = name not in before or name in replaced or before[name].null
        if was_null and not field.null:
            yield f'ALTER COLUMN "{name}" SET NOT NULL'
    for constraint in _only_in(new._meta.constraints, old._meta.constraints):
        if isinstance(constraint, CheckConstraint):
            yield f'ADD CONSTRAINT "{constraint.name}" CHECK ({constraint.check})'
        else:
            columns = ", ".join(f'"{column}"' for column in constraint.fields)
            yield f'ADD CONSTRAINT "{constraint.name}" UNIQUE ({columns})'
    for name in _unique_only_in(new, old):
        yield f'ADD CONSTRAINT "{_unique_key(new, name)}" UNIQUE ("{name}")'


def _unique_only_in(these: type[Model], others: type[Model]) -> list[str]:
    """Return the columns of both models that are unique by themselves in `these` only."""
    known = _columns(others)
    return [
        name
        for name, field in _columns(these).items()
        if field.unique and name in known and not known[name].unique
    ]


def _unique_key(model: type[Model], column: str) -> str:
    """Return PostgreSQL's name for the constraint of a column that is declared UNIQUE."""
    return f"{model._meta.db_table}_{column}_key"


async def _alter_table(
    editor: Any,  # noqa: ANN401
    model: type[Model],
    changes: Iterable[str],
) -> None:
    """Run the changes as one statement, which reads or writes the table at most once."""
    if text := ", ".join(changes):
        await editor.client.execute_script(f'ALTER TABLE "{model._meta.db_table}" {text}')


async def _comment(
    editor: Any,  # noqa: ANN401
    old: type[Model],
    new: type[Model],
    replaced: Container[str],
) -> None:
    """Describe the table and its columns as `create_table` would."""
    before = _columns(old)
    for name, field in _columns(new).items():
        kept = name in before and name not in replaced
        if (before[name].description if kept else None) != field.description:
            await editor._alter_column_comment(new, field, field)
    if new._meta.table_description != old._meta.table_description:
        await editor.client.execute_script(
            editor.TABLE_COMMENT_TEMPLATE.format(
                table=f'"{new._meta.db_table}"',
                comment=editor._escape_comment(new._meta.table_description),
            )
        )


def _definition(
    editor: Any,  # noqa: ANN401
    model: type[Model],
    column: str,
    field: Field[Any],
) -> str:
    """Return a new column's definition: nullable, unless it has a default."""
    if getattr(field, "reference", None):
        definition: str = editor._get_fk_field_definition(model, field.model_field_name)
        return definition.replace(" NOT NULL", "")
    unique = " UNIQUE" if field.unique else ""
    if not field.has_db_default():
        return f'"{column}" {_type(field)}{unique}'
    default = editor._escape_default_value(field.to_db_value(field.db_default, model))
    return f'"{column}" {_type(field)} NOT NULL DEFAULT {default}'


def _type(field: Field[Any]) -> str:
    return str(field.get_for_dialect("postgres", "SQL_TYPE"))


def _only_in(these: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return the constraints or indexes of `these` that aren't the same in `others`."""
    known = set(map(_identity, others))
    return [one for one in these if _identity(one) not in known]


def _identity(rule: Any) -> tuple[object, ...]:  # noqa: ANN401  # a constraint or an index
    if isinstance(rule, CheckConstraint):
        return rule.name, rule.check
    if isinstance(rule, UniqueConstraint):
        return rule.name, rule.condition, *rule.fields
    assert isinstance(rule, Index)
    return rule.name, *rule.field_names
