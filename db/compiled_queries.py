"""Queries whose SQL is built once. They load rows and their parents in one statement.

The ORM builds its SQL again for each query, which takes longer than running it. Compiled queries
are for what every public request loads.
"""

from functools import cached_property
from typing import Generic, TypeVar

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from db.connections import connection
from db.statements import adapt

M = TypeVar("M", bound=Model)


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
        client = connection()
        _, records = await client.execute_query(*adapt(client, self._sql, values))
        return [self._build(tuple(record)) for record in records]

    async def first(self, *values: object) -> M | None:
        """Return the row that matches, or None."""
        rows = await self.all(*values)
        return rows[0] if rows else None

    def _build(self, record: tuple[object, ...]) -> M:
        row: M | None = None
        start = 0
        for model, columns, alias in self._tables:
            values = dict(zip(columns, record[start : start + len(columns)], strict=True))
            start += len(columns)
            if row is None:
                row = self._model._init_from_db(**values)
            elif values[model._meta.db_pk_column] is not None:
                setattr(row, alias, model._init_from_db(**values))
        assert row is not None
        return row
