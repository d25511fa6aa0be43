"""Operations for migrations, where those of Tortoise don't do what is needed."""

from typing import Any, TypeAlias

from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    CreateModel,
    FieldLike,
    RemoveField,
    TortoiseOperation,
)
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.models import Model

Rule: TypeAlias = Index | UniqueConstraint


class CreateTables(TortoiseOperation):
    """Creates tables with the CHECKs, unique keys and indexes that their options name.

    Tortoise's `CreateModel` alone ignores the constraints. Tortoise also copies all models before
    each operation of a migration, so one operation for all tables is much faster than many.
    """

    def __init__(self, *tables: CreateModel) -> None:
        self.tables = tables

    def describe(self) -> str:
        """Return the line for `tortoise sqlmigrate`."""
        return f"Create tables of {', '.join(table.name for table in self.tables)}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Add the models to the state."""
        for table in self.tables:
            model = ModelState.make_from_model(app_label, table.model)
            state.models[(app_label, table.name)] = model
        state.reload_models((app_label, table.name) for table in self.tables)

    async def database_forward(
        self,
        app_label: str,
        old_state: State,  # noqa: ARG002  # Tortoise's signature
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create the tables in the order in which they are listed."""
        if state_editor is None:
            return
        for table in self.tables:
            await create_table(new_state.apps.get_model(app_label, table.name), state_editor)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,  # noqa: ARG002  # Tortoise's signature
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Drop the tables, the last one first."""
        if state_editor is None:
            return
        for table in reversed(self.tables):
            await state_editor.delete_model(old_state.apps.get_model(app_label, table.name))


async def create_table(model: type[Model], editor: Any) -> None:  # noqa: ANN401  # we set a hook
    """Create the table of `model` with its constraints and indexes."""
    constraints = model._meta.constraints
    # A CHECK must be in CREATE TABLE: SQLite can't add one later.
    checks = [
        editor.CHECK_CONSTRAINT_CREATE_TEMPLATE.format(name=check.name, check=check.check)
        for check in constraints
        if isinstance(check, CheckConstraint)
    ]
    editor._get_inner_statements = lambda: checks
    try:
        await editor.create_model(model)
    finally:
        del editor._get_inner_statements
    for constraint in constraints:
        if isinstance(constraint, UniqueConstraint):
            await add_unique_key(model, constraint, editor)


async def add_unique_key(model: type[Model], key: UniqueConstraint, editor: Any) -> None:  # noqa: ANN401  # Tortoise's editor
    """Add a unique key of all rows, or of those for which its condition holds."""
    if key.condition is None:
        await editor.add_constraint(model, key)
    else:
        await editor._run_sql(_index_sql(model, key, key.name, editor))


def _index_sql(model: type[Model], rule: Rule, name: str | None, editor: BaseSchemaEditor) -> str:
    """Return the statement that creates an index, or that of a unique key."""
    if isinstance(rule, UniqueConstraint):
        kind, columns = "UNIQUE INDEX", list(rule.fields)
        condition = f" WHERE {rule.condition}" if rule.condition else ""
    else:
        kind, columns, condition = "INDEX", list(rule.field_names), rule.extra
    fields = editor._format_index_fields(columns)
    return f'CREATE {kind} "{name}" ON "{model._meta.db_table}" ({fields}){condition}'


class AddColumn(AddField):
    """Adds a field that no index and no constraint but its `check` names, and keeps the table.

    On SQLite, going back from Tortoise's `AddField` copies the table without its indexes and unique
    keys, and drops the old one, which deletes the rows that refer to it.
    """

    def __init__(
        self, model_name: str, name: str, field: FieldLike, check: CheckConstraint | None = None
    ) -> None:
        super().__init__(model_name, name, field)
        self.check = check

    def state_forward(self, app_label: str, state: State) -> None:
        """Add the field and its check to the model."""
        super().state_forward(app_label, state)
        if self.check:
            AddConstraint(self.model_name, self.check).state_forward(app_label, state)

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: Any = None,  # noqa: ANN401  # we set a template
    ) -> None:
        """Add the column, with its description, which Tortoise's `AddField` leaves out."""
        if state_editor is None:
            return
        if self.check:
            # It is part of the column: SQLite can't add one later.
            check = state_editor.CHECK_CONSTRAINT_CREATE_TEMPLATE.format(
                name=self.check.name, check=self.check.check
            )
            state_editor.ADD_FIELD_TEMPLATE += f" {check}"
        try:
            await super().database_forward(app_label, old_state, new_state, state_editor)
        finally:
            vars(state_editor).pop("ADD_FIELD_TEMPLATE", None)
        model = new_state.apps.get_model(app_label, self.model_name)
        field = model._meta.fields_map[self.name]
        if field.description:
            await state_editor._alter_column_comment(model, field, field)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,  # noqa: ARG002  # Tortoise's signature
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Drop the column."""
        if state_editor is not None:
            await _drop(
                old_state.apps.get_model(app_label, self.model_name), self.name, state_editor
            )


class DropColumn(RemoveField):
    """Removes a field that no index and no constraint names, and leaves its table in place.

    On SQLite, Tortoise's `RemoveField` copies the table and drops the old one, which deletes the
    rows that refer to it.
    """

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,  # noqa: ARG002  # Tortoise's signature
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Drop the column."""
        if state_editor is not None:
            await _drop(
                old_state.apps.get_model(app_label, self.model_name), self.name, state_editor
            )


async def _drop(model: type[Model], column: str, editor: BaseSchemaEditor) -> None:
    await editor._run_sql(f'ALTER TABLE "{model._meta.db_table}" DROP COLUMN "{column}"')


class AddIndexConcurrently(AddIndex):
    """Adds an index while others go on writing to the table.

    The migration's `atomic` must be False, because PostgreSQL refuses that in a transaction. If it
    is interrupted, running it again builds the index anew, unless it was complete.
    """

    async def database_forward(
        self,
        app_label: str,
        old_state: State,  # noqa: ARG002  # Tortoise's signature
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Build the index, unless there is one that is complete."""
        if state_editor is None:
            return
        model = new_state.apps.get_model(app_label, self.model_name)
        index = self.index
        sql = state_editor._get_index_sql(
            model,
            list(index.field_names),
            index_name=index.name,
            index_type=index.INDEX_TYPE,
            extra=index.extra,
        )
        if state_editor.DIALECT == "sqlite":
            await state_editor._run_sql(sql.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
            return
        if await state_editor.client.execute_query_dict(
            "SELECT 1 AS found FROM pg_index WHERE indisvalid AND indexrelid = to_regclass($1)",
            [f'"{index.name}"'],
        ):
            return
        await state_editor._run_sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"')
        await state_editor._run_sql(sql.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1))


class ReplaceConcurrently(TortoiseOperation):
    """Replaces indexes and unique keys by those of some rows, or of all, while others write.

    They keep their names. The migration's `atomic` must be False, because PostgreSQL refuses that
    in a transaction. If it is interrupted, run it again: there is always the old or the new one.
    """

    def __init__(self, model_name: str, *rules: tuple[Rule, Rule]) -> None:
        """Replace the first of each pair with the second."""
        self.model_name = model_name
        self.rules = rules

    def describe(self) -> str:
        """Return the line for `tortoise sqlmigrate`."""
        return f"Replace indexes of {self.model_name}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Replace them in the state."""
        new = {old.name: new for old, new in self.rules}
        options = state.models[(app_label, self.model_name)].options
        for key in ("indexes", "constraints"):
            options[key] = tuple(new.get(each.name, each) for each in options[key])
        state.reload_model(app_label, self.model_name)

    async def database_forward(
        self,
        app_label: str,
        old_state: State,  # noqa: ARG002  # Tortoise's signature
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Build the new ones."""
        if state_editor is not None:
            model = new_state.apps.get_model(app_label, self.model_name)
            for _, new in self.rules:
                await _replace(model, new, state_editor)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,  # noqa: ARG002  # Tortoise's signature
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Build the old ones."""
        if state_editor is not None:
            model = old_state.apps.get_model(app_label, self.model_name)
            for old, _ in self.rules:
                await _replace(model, old, state_editor)


async def _replace(model: type[Model], rule: Rule, editor: BaseSchemaEditor) -> None:
    name, table = rule.name, model._meta.db_table
    if editor.DIALECT == "sqlite":
        await editor._run_sql(f'DROP INDEX IF EXISTS "{name}"')
        await editor._run_sql(_index_sql(model, rule, name, editor))
        return
    is_partial = bool(rule.condition if isinstance(rule, UniqueConstraint) else rule.extra)
    if await editor.client.execute_query_dict(
        "SELECT 1 AS found FROM pg_index"
        " WHERE indexrelid = to_regclass($1) AND (indpred IS NOT NULL) = $2",
        [f'"{name}"', is_partial],
    ):
        return
    new = f"{name}__new"
    await editor._run_sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{new}"')
    created = _index_sql(model, rule, new, editor)
    await editor._run_sql(created.replace("INDEX", "INDEX CONCURRENTLY", 1))
    if isinstance(rule, UniqueConstraint) and not is_partial:
        take_over = f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE USING INDEX "{new}"'
    else:
        take_over = f'ALTER INDEX "{new}" RENAME TO "{name}"'
    # One script is one transaction.
    await editor._run_sql(
        f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}";'
        f' DROP INDEX IF EXISTS "{name}"; {take_over}'
    )
