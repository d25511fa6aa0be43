"""Queries whose SQL is built once. They load rows and their parents in one statement.

The ORM builds its SQL again for each query, and rows value by value, which takes longer than
running it. Compiled queries are for what every public request loads, and for lists.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from tortoise.expressions import RawSQL
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model
from tortoise.queryset import QuerySet

from db.connections import connection
from db.statements import adapt, fetch_together

M = TypeVar("M", bound=Model)
Record: TypeAlias = Any
"""The values of a row, as the database's driver returns them."""
RecordWithChildren: TypeAlias = tuple[Record, Sequence[Record]]
"""The record of a row, and those of its children."""
Convert: TypeAlias = Callable[[Any], Any]

_NOTHING: Final[Mapping[str, Model]] = {}
_ALL: Final[Mapping[str, Collection[str]]] = {}


class Columns(Generic[M]):
    """The columns of `model` and of the named parents, and the rows that are made of them.

    Of the table of the model, or of a named parent, there can be `only` some columns. Such rows
    can't be saved.
    """

    def __init__(
        self, model: type[M], *parents: str, only: Mapping[str, Collection[str]] = _ALL
    ) -> None:
        self._model = model
        self._parents = parents
        self._only = only

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
            alias = name or model._meta.db_table
            columns = self._only.get(alias, model._meta.db_fields)
            tables.append((model, sorted(columns), alias))
        return tables

    @cached_property
    def names(self) -> str:
        """The columns, as a SELECT lists them."""
        return ", ".join(self._names)

    def arrays(self, found: str) -> str:
        """Return a SELECT of one record with an array of each column, null if there are no rows.

        `found` says which rows, as a SELECT of these columns goes on after them. Only PostgreSQL
        has arrays. Its driver reads them in a third of the time that it needs for an array of rows.
        """
        aliases = [f"c{at}" for at in range(self.count)]
        aliased = zip(self._names, aliases, strict=True)
        columns = ", ".join(f"{name} AS {alias}" for name, alias in aliased)
        arrays = ", ".join(f"array_agg({alias})" for alias in aliases)
        return f"SELECT {arrays} FROM (SELECT {columns} {found}) AS found"

    @cached_property
    def _names(self) -> list[str]:
        return [f'"{alias}"."{column}"' for _, columns, alias in self._tables for column in columns]

    @cached_property
    def count(self) -> int:
        """How many columns there are."""
        return len(self._names)

    @cached_property
    def joins(self) -> str:
        """What joins the parents to the model's table."""
        [_, _, table], *parents = self._tables
        return "".join(
            f' LEFT JOIN "{model._meta.db_table}" "{alias}"'
            f' ON "{alias}"."{model._meta.db_pk_column}" = "{table}"."{alias}_id"'
            for model, _, alias in parents
        )

    def build(self, records: Sequence[Record], known: Mapping[str, Model] = _NOTHING) -> list[M]:
        """Return the rows of `records`, which begin with these columns.

        `known` has parents by name that all rows share and that were loaded before.
        """
        if not records:
            return []
        base, *parents = self._builders[_dialect_of(records[0])]
        shared = {f"_{name}": parent for name, parent in known.items()}
        rows: list[M] = [base.build(record) for record in records]
        if shared:
            for row in rows:
                row.__dict__.update(shared)
        for parent in parents:
            for row, record in zip(rows, records, strict=True):
                exists = record[parent.key_at] is not None
                row.__dict__[parent.attribute] = parent.build(record) if exists else None
        return rows

    @cached_property
    def _builders(self) -> "_Builders":
        return _Builders(self._tables)


@dataclass(frozen=True, slots=True)
class Children:
    """Rows that belong to one of another table, such as the lines of a document."""

    model: type[Model]
    owner: str
    """The column with the id of the row that they belong to."""
    order: str
    """The column by which they are sorted."""
    attribute: str
    """The attribute of that row in which they are found."""


class CompiledQuery(Generic[M]):
    """Finds rows of `model` for which `where` holds, joined with the named parents.

    `where` names the model's table, and has `$1`, `$2` … for values.
    """

    def __init__(
        self,
        model: type[M],
        *parents: str,
        where: str,
        only: Mapping[str, Collection[str]] = _ALL,
        children: Children | None = None,
    ) -> None:
        """Find rows with all columns, or of some tables with `only` some, as for `Columns`."""
        self._model = model
        self.columns: Columns[M] = Columns(model, *parents, only=only)
        self._where = where
        self._children = children

    @cached_property
    def _sql(self) -> str:
        return self._select(self.columns.names)

    @cached_property
    def _sql_with_children(self) -> str:
        return self.select_with(self.children)

    @cached_property
    def children(self) -> str:
        """PostgreSQL's SELECT of an array of each column of the children, for `select_with`."""
        children = self._children
        assert children
        found = self._find_children(f'= "{self._model._meta.db_table}"."id"')
        return _columns_of(children.model).arrays(found)

    @cached_property
    def _sql_of_children(self) -> str:
        """The statement for SQLite, which has no arrays."""
        children = self._children
        assert children
        owner = self._select(f'"{self._model._meta.db_table}"."id"')
        return f"SELECT {_columns_of(children.model).names} {self._find_children(f'IN ({owner})')}"

    def _find_children(self, owners: str) -> str:
        """Return how the children of `owners` are found, as a SELECT goes on after its columns."""
        children = self._children
        assert children
        table = children.model._meta.db_table
        return (
            f'FROM "{table}" WHERE "{table}"."{children.owner}" {owners}'
            f' ORDER BY "{table}"."{children.order}"'
        )

    def select_with(self, *selects: str) -> str:
        """Return the statement, with the record of each of `selects` behind what `build` reads."""
        names, joined = self.columns.names, ""
        for at, select in enumerate(selects):
            names += f", more{at}.*"
            joined += f" LEFT JOIN LATERAL ({select}) more{at} ON true"
        return self._select(names, joined)

    def _select(self, names: str, joined: str = "") -> str:
        table, joins = self._model._meta.db_table, self.columns.joins
        return f'SELECT {names} FROM "{table}"{joins}{joined} WHERE {self._where}'

    async def all(self, *values: object) -> list[M]:
        """Return every row that matches."""
        return self.build(await self.fetch(*values))

    async def first(self, *values: object) -> M | None:
        """Return the row that matches, or None."""
        rows = await self.all(*values)
        return rows[0] if rows else None

    async def first_with_children(self, *values: object) -> M | None:
        """Return the row that matches, with its children, or None."""
        found = await self.fetch_with_children(*values)
        return self.build_with_children(found[0]) if found else None

    async def fetch_with_children(self, *values: object) -> list[RecordWithChildren]:
        """Return the records of every row that matches, for `build_with_children`."""
        children = self._children
        assert children
        client = connection()
        if client.capabilities.dialect == "sqlite":
            records, of_children = await fetch_together(
                (self._sql, values), (self._sql_of_children, values)
            )
            by_owner: defaultdict[object, list[Record]] = defaultdict(list)
            for record in of_children:
                by_owner[record[children.owner]].append(record)
            return [(record, by_owner[record["id"]]) for record in records]
        _, records = await client.execute_query(self._sql_with_children, list(values))
        count = self.columns.count
        return [(record, records_of_arrays(record[count:])) for record in records]

    def build_with_children(self, found: RecordWithChildren) -> M:
        """Return the row of a record, with its children."""
        children = self._children
        assert children
        record, records_of_children = found
        [row] = self.build([record])
        rows_of: Columns[Any] = _columns_of(children.model)
        row.__dict__[children.attribute] = rows_of.build(records_of_children)
        return row

    async def fetch(self, *values: object) -> Sequence[Record]:
        """Return the record of every row that matches, from which `build` makes the row."""
        client = connection()
        _, records = await client.execute_query(*adapt(client, self._sql, values))
        return records

    def build(self, records: Sequence[Record], known: Mapping[str, Model] = _NOTHING) -> list[M]:
        """Return the rows of `records`, with `known` parents that all of them share."""
        return self.columns.build(records, known)


async def load_list(rows: QuerySet[M]) -> list[M]:
    """Return what awaiting `rows` returns, several times faster.

    The rows are in an order of columns, of those of parents or of an annotation's SQL, and
    `select_related` names parents only.
    """
    found: Any = rows.values_list(rows.model._meta.pk_attr)
    found._choose_db_if_not_chosen()
    found._make_query()
    sql, values = found.query.get_parameterized_sql()
    _, _, conditions = sql.partition(" FROM ")
    table = rows.model._meta.db_table
    columns: Columns[M] = _columns_of(rows.model, *sorted(rows._select_related))
    order = ", ".join(f"{_ordering(rows, name)} {way.value}" for name, way in rows._orderings)
    _, records = await connection().execute_query(
        f'SELECT {columns.names} FROM (SELECT "{table}".* FROM {conditions}) "{table}"'
        f"{columns.joins} ORDER BY {order}",
        values,
    )
    return columns.build(records)


def _ordering(rows: QuerySet[M], name: str) -> str:
    """Return what orders the rows by a column, one of a parent, or an annotation."""
    if annotation := rows._annotations.get(name):
        assert isinstance(annotation, RawSQL)
        return annotation.sql
    of, _, column = name.rpartition("__")
    return f'"{of or rows.model._meta.db_table}"."{column}"'


def records_of_arrays(arrays: Sequence[Sequence[Any] | None]) -> Sequence[Record]:
    """Return the records that were selected as an array of each column."""
    if not arrays or arrays[0] is None:
        return ()
    return list(zip(*cast("Sequence[Sequence[Any]]", arrays), strict=True))


@lru_cache(maxsize=256)
def _columns_of(model: type[Model], *parents: str) -> Columns[Any]:
    return Columns(model, *parents)


def _dialect_of(record: Record) -> str:
    return "sqlite" if isinstance(record, sqlite3.Row) else "postgres"


class _Builders(dict[str, list["_Builder"]]):
    """The builders of each table in a record, by the dialect of the database."""

    def __init__(self, tables: Sequence[tuple[type[Model], list[str], str]]) -> None:
        super().__init__()
        self._tables = tables

    def __missing__(self, dialect: str) -> list["_Builder"]:
        start, builders = 0, []
        for model, columns, alias in self._tables:
            builders.append(
                _Builder(
                    attribute=f"_{alias}",
                    key_at=start + columns.index(model._meta.db_pk_column),
                    build=_row_builder(model, columns, start, dialect),
                )
            )
            start += len(columns)
        self[dialect] = builders
        return builders


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes rows of a model from a part of a record."""

    attribute: str
    """The attribute in which the ORM keeps such a row, if it is a parent."""
    key_at: int
    """Where the record has the primary key."""
    build: Callable[[Record], Any]


def _row_builder(
    model: type[Model], columns: Sequence[str], start: int, dialect: str
) -> Callable[[Record], Any]:
    """Return a function that makes rows as the ORM does, but several times faster.

    It is compiled, with the names of the attributes in it. The values are set on an object of a
    plain class, which then becomes a row, because a model looks up each attribute that is set.
    """
    meta = model._meta
    attributes = [meta.fields_db_projection_reverse[column] for column in columns]
    targets = ", ".join(f"row.{attribute}" for attribute in attributes)
    state = {
        "_partial": len(columns) < len(meta.db_fields),
        "_saved_in_db": True,
        "_custom_generated_pk": meta.db_pk_column not in meta.generated_db_fields,
        "_await_when_save": {},
    }
    names: dict[str, Any] = {"model": model, "new": object.__new__, "Blank": type("Blank", (), {})}
    lines = [
        "def build(record):",
        "row = new(Blank)",
        f"{targets}, = record[{start}:{start + len(columns)}]",
        *(f"row.{name} = {value}" for name, value in state.items()),
    ]
    for name, convert in _conversions(model, dialect):
        if name in attributes:
            names[f"convert_{name}"] = convert
            lines.append(f"if row.{name} is not None: row.{name} = convert_{name}(row.{name})")
    lines += ["row.__class__ = model", "return row"]
    exec("\n    ".join(lines), names)  # noqa: S102  # made of nothing but the names of columns
    return cast("Callable[[Record], Any]", names["build"])


def _conversions(model: type[Model], dialect: str) -> Iterable[tuple[str, Convert]]:
    """Yield how the values that the driver returns become those of a row, by attribute.

    PostgreSQL's driver returns numbers, UUIDs, days and times (in UTC) as they are in a row.
    """
    meta = model._meta
    enums = {
        name: {member.value: member for member in field.enum_type}
        for _, name, field in meta.db_complex_fields
        if isinstance(field, CharEnumFieldInstance)
    }
    for name, members in enums.items():
        yield name, members.__getitem__
    if dialect == "sqlite":
        for _, name, field in meta.db_default_fields:
            yield name, cast("Convert", field.field_type)
        for _, name, field in meta.db_complex_fields:
            if name not in enums:
                yield name, field.to_python_value
