"""Queries whose SQL is built once. They load rows and their parents in one statement.

The ORM builds its SQL again for each query, which takes longer than running it. Compiled queries
are for what every public request loads.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from db.connections import connection
from db.statements import adapt

M = TypeVar("M", bound=Model)
Record: TypeAlias = Any
"""The values of a row, as the database's driver returns them."""


class CompiledQuery(Generic[M]):
    """Finds rows of `model` for which `where` holds, joined with the named parents.

    `where` names the model's table, and has `$1`, `$2` … for values.
    """

    def __init__(self, model: type[M], *parents: str, where: str) -> None:
        self._model = model
        self._parents = parents
        self._where = where

    @cached_property
    def _tables(self) -> list[tuple[type[Model], list[str], str]]:
        """Each model in the row, with its columns and the alias under which it is joined."""
        tables: list[tuple[type[Model], list[str], str]] = []
        for name in ("", *self._parents):
            model: type[Model] = self._model
            if name:
                field = self._model._meta.fields_map[name]
                assert isinstance(field, ForeignKeyFieldInstance)
                model = field.related_model
            tables.append((model, sorted(model._meta.db_fields), name or model._meta.db_table))
        return tables

    @cached_property
    def _sql(self) -> str:
        columns = ", ".join(
            f'"{alias}"."{column}"' for _, names, alias in self._tables for column in names
        )
        base, *parents = self._tables
        table = base[0]._meta.db_table
        joins = "".join(
            f' LEFT JOIN "{model._meta.db_table}" "{alias}"'
            f' ON "{alias}"."{model._meta.db_pk_column}" = "{table}"."{alias}_id"'
            for model, _, alias in parents
        )
        return f'SELECT {columns} FROM "{table}"{joins} WHERE {self._where}'

    async def all(self, *values: object) -> list[M]:
        """Return every row that matches."""
        return self.build(await self.fetch(*values))

    async def first(self, *values: object) -> M | None:
        """Return the row that matches, or None."""
        rows = await self.all(*values)
        return rows[0] if rows else None

    async def fetch(self, *values: object) -> Sequence[Record]:
        """Return the record of every row that matches, from which `build` makes the row."""
        client = connection()
        _, records = await client.execute_query(*adapt(client, self._sql, values))
        return records

    def build(self, records: Iterable[Record]) -> list[M]:
        """Return the rows of `records`."""
        base, *parents = self._builders[connection().capabilities.dialect]
        rows: list[M] = []
        for record in map(tuple, records):
            row = base.build(record)
            for parent in parents:
                if record[parent.key_at] is not None:
                    setattr(row, parent.alias, parent.build(record))
            rows.append(row)
        return rows

    @cached_property
    def _builders(self) -> "_Builders":
        return _Builders(self._tables)


class _Builders(dict[str, list["_Builder"]]):
    """The builders of each table in a record, by the dialect of the database."""

    def __init__(self, tables: Sequence[tuple[type[Model], list[str], str]]) -> None:
        super().__init__()
        self._tables = tables

    def __missing__(self, dialect: str) -> list["_Builder"]:
        start, builders = 0, []
        for model, columns, alias in self._tables:
            builders.append(_Builder(model, columns, alias, start))
            start += len(columns)
        self[dialect] = builders
        return builders


class _Builder:
    """Makes rows of a model from a part of a record, as the ORM does, but faster."""

    def __init__(self, model: type[Model], columns: list[str], alias: str, start: int) -> None:
        meta = model._meta
        self.alias = alias
        self.key_at = start + columns.index(meta.db_pk_column)
        self._model = model
        self._part = slice(start, start + len(columns))
        self._attributes = [meta.fields_db_projection_reverse[column] for column in columns]
        # The ORM asks the driver of the current database what it converts by itself.
        self._conversions: list[tuple[str, Callable[[Any], Any]]] = [
            *((name, field.field_type) for _, name, field in meta.db_default_fields),
            *((name, field.to_python_value) for _, name, field in meta.db_complex_fields),
        ]
        self._has_custom_key = meta.db_pk_column not in meta.generated_db_fields

    def build(self, record: tuple[object, ...]) -> Any:  # noqa: ANN401  # a row of the model
        row = self._model.__new__(self._model)
        values = row.__dict__
        values["_partial"] = False
        values["_saved_in_db"] = True
        values["_custom_generated_pk"] = self._has_custom_key
        values["_await_when_save"] = {}
        values.update(zip(self._attributes, record[self._part], strict=True))
        for name, convert in self._conversions:
            if values[name] is not None:
                values[name] = convert(values[name])
        return row
