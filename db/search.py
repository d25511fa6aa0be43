"""Rows that are found by parts of words, by the same rules on both databases.

PostgreSQL indexes every piece of one to three characters of a text, hashed together with the
company. SQLite compares the company's texts one by one.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_
from secrets import randbits
from typing import Any, ClassVar, Final
from uuid import UUID

from pypika_tortoise.enums import Comparator
from pypika_tortoise.queries import Table
from pypika_tortoise.terms import BasicCriterion, Criterion, Function, Term, ValueWrapper
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q, RawSQL, ResolveContext
from tortoise.models import Model
from tortoise.query_utils import QueryModifier

from core.search_texts import searchable
from db.connections import connection
from db.statements import fetch

PIECE: Final = 3
"""Characters of a term that are looked up at once."""
_FUNCTION: Final = """
    CREATE FUNCTION search_pieces(company uuid, content text, shortest int, longest int)
    RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
    DECLARE
        pieces bigint[] := '{}';
        salt bigint := uuid_hash_extended(company, 0);
    BEGIN
        FOR size IN shortest .. longest LOOP
            FOR start IN 1 .. length(content) - size + 1 LOOP
                pieces := pieces
                    || hashtextextended(substr(content, start, size) COLLATE "C", salt);
            END LOOP;
        END LOOP;
        RETURN pieces;
    END $$
"""
"""Hashes of the company and each piece of a text. A loop is faster here than a set of rows.

Its cost keeps PostgreSQL from computing it for each row where it could use the index.
"""
_TEXT_BITS: Final = 62
_SAMPLE: Final = 50
"""Rows at each end of a table by which common terms are told from rare ones."""
_COMMON: Final = 0.2
"""The share of those rows from which a term is common."""
_FILL_SIZE: Final = 5_000
"""Rows that are written at once when existing rows become searchable."""


class SearchableModel(Model):
    """Rows of a company that are searched by the texts in some columns."""

    search_text = fields.TextField(default="", db_default="")
    """The texts as `searchable` returns them. Saving a row keeps it up to date."""
    searched: ClassVar[tuple[str, ...]]
    """The columns with the texts."""

    class Meta:
        abstract = True

    async def save(
        self,
        using_db: BaseDBAsyncClient | None = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,
        force_update: bool = False,
    ) -> None:
        """Save the row with its search text, if that can have changed."""
        fields_ = None if update_fields is None else set(update_fields)
        if not self._partial and (fields_ is None or fields_.intersection(self.searched)):
            self.search_text = searchable(*(getattr(self, column) for column in self.searched))
            fields_ = fields_ and fields_ | {"search_text"}
        await super().save(using_db, fields_, force_create, force_update)


class _Condition(Q):
    """A condition that isn't one of a column and a value."""

    def __bool__(self) -> bool:
        return True

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        """Return the condition on the table."""
        return QueryModifier(where_criterion=self._of(resolve_context.table))

    def _of(self, table: Table) -> Criterion:
        raise NotImplementedError


class Contains(_Condition):
    """The condition that a row contains a term, which `searchable` returned."""

    __slots__ = ("_term",)

    def __init__(self, term: str) -> None:
        super().__init__()
        self._term = term

    def _of(self, table: Table) -> Criterion:
        text, term = table.search_text, ValueWrapper(self._term)
        if _on_sqlite():
            return Function("instr", text, term) > 0
        return (Function("strpos", text, term) > 0) & _planned_anew()


class MayContain(_Condition):
    """The condition, which the index of texts answers, that a row may contain all of some terms.

    It finds the rows for `Contains`, which says whether they do. Without an index it takes long for
    each row: leave it out for terms that many rows contain, see `terms_for_index`, and let nothing
    but what has an index be its alternative.
    """

    __slots__ = ("_company_id", "_terms")

    def __init__(self, company_id: UUID, terms: Sequence[str]) -> None:
        super().__init__()
        self._company_id = company_id
        self._terms = terms

    def _of(self, table: Table) -> Criterion:
        of_row = Function("search_pieces", table.company_id, table.search_text, *_sizes(1, PIECE))
        of_terms = (
            BasicCriterion(_Operator.contains, of_row, self._pieces(t)) for t in self._terms
        )
        return reduce(and_, of_terms)

    def _pieces(self, term: str) -> Term:
        size = min(len(term), PIECE)
        company_id, content = ValueWrapper(self._company_id), ValueWrapper(term)
        return Function("search_pieces", company_id, content, *_sizes(size, size))


async def terms_for_index(
    model: type[SearchableModel],
    owner_id: UUID,
    terms: Sequence[str],
    *,
    owner: str = "company_id",
) -> Sequence[str]:
    """Return the terms by which the index finds rows faster than reading them in their order does.

    These are the terms that few of the owner's rows contain, or all if few contain them together.
    They are told by the newest and the oldest rows: at least one end has few. None on SQLite,
    which has no index.
    """
    if _on_sqlite() or not terms:
        return []
    ends = " UNION ALL ".join(
        f'(SELECT search_text, {n} AS "end" FROM {model._meta.db_table} WHERE {owner} = $1'
        f" ORDER BY created_at {way}, id {way} LIMIT {_SAMPLE})"
        for n, way in enumerate(("ASC", "DESC"))
    )
    rows = await fetch(
        'SELECT "end", ARRAY(SELECT strpos(search_text, term) > 0 FROM unnest($2::text[]) AS term)'
        f" AS has FROM ({ends}) AS sample",
        owner_id,
        list(terms),
    )
    samples = [[row["has"] for row in rows if row["end"] == end] for end in range(2)]
    rare = [term for place, term in enumerate(terms) if _are_rare(samples, [place])]
    return rare or (terms if _are_rare(samples, range(len(terms))) else [])


def _are_rare(samples: Iterable[Sequence[Sequence[bool]]], places: Sequence[int]) -> bool:
    """Whether few rows of a sample have all the terms with these places."""
    return any(
        sum(all(has[place] for place in places) for has in rows) < _COMMON * len(rows)
        for rows in samples
    )


class OneOf(_Condition):
    """The condition that a column has one of many values, which are one value of the statement."""

    __slots__ = ("_column", "_values")

    def __init__(self, column: str, values: Sequence[UUID] | Sequence[str]) -> None:
        super().__init__()
        self._column = column
        self._values = values

    def _of(self, table: Table) -> Criterion:
        column: Term = table[self._column]
        if _on_sqlite():
            return column.isin(list(map(str, self._values)))
        return BasicCriterion(_Operator.any_of, column, Function("ANY", ValueWrapper(self._values)))


class Equals(_Condition):
    """The condition that an SQL expression over the row, which an index has, has a value."""

    __slots__ = ("_expression", "_value")

    def __init__(self, expression: str, value: int) -> None:
        super().__init__()
        self._expression = expression
        self._value = value

    def _of(self, table: Table) -> Criterion:  # noqa: ARG002  # it names its table
        return RawSQL(self._expression) == ValueWrapper(self._value)


class Holds(_Condition):
    """The condition that an SQL expression over the row, which an index has, is true."""

    __slots__ = ("_expression",)

    def __init__(self, expression: str) -> None:
        super().__init__()
        self._expression = expression

    def _of(self, table: Table) -> Criterion:  # noqa: ARG002  # it names its table
        return RawSQL(self._expression) == ValueWrapper(True, allow_parametrize=False)  # noqa: FBT003


def _planned_anew() -> Criterion:
    """Return a true condition that makes the text of the statement unique.

    PostgreSQL plans a text that it has run five times for any value, although the best plan for a
    term that every row contains is the worst for one that few do.
    """
    number = ValueWrapper(randbits(_TEXT_BITS), allow_parametrize=False)
    return number == number  # noqa: PLR0124


def _sizes(*sizes: int) -> list[ValueWrapper]:
    return [ValueWrapper(size, allow_parametrize=False) for size in sizes]


def _on_sqlite() -> bool:
    return bool(connection().capabilities.dialect == "sqlite")


class _Operator(Comparator):
    any_of = " = "
    contains = " @> "


async def create_indexes(editor: Any, *tables: str) -> None:  # noqa: ANN401  # Tortoise's editor
    """Create the indexes of tables of searchable rows, which only PostgreSQL has."""
    if editor.DIALECT == "sqlite":
        return
    await editor.client.execute_script(_FUNCTION)
    for table in tables:
        await editor.client.execute_script(
            f"CREATE INDEX {table}_search ON {table}"
            f" USING gin (search_pieces(company_id, search_text, 1, {PIECE}))"
        )


async def drop_indexes(editor: Any, *tables: str) -> None:  # noqa: ANN401  # Tortoise's editor
    """Drop what `create_indexes` created."""
    if editor.DIALECT == "sqlite":
        return
    for table in tables:
        await editor.client.execute_script(f"DROP INDEX {table}_search")
    await editor.client.execute_script("DROP FUNCTION search_pieces(uuid, text, int, int)")


async def fill(editor: Any, table: str, columns: Iterable[str]) -> None:  # noqa: ANN401
    """Make the rows of a table searchable by the texts in `columns`, for a migration."""
    names, last = ", ".join(columns), None
    for_sqlite = editor.DIALECT == "sqlite"
    update = f"UPDATE {table} SET search_text = $1 WHERE id = $2"
    while True:
        beyond = "" if last is None else f" WHERE id > '{last}'"
        rows = await editor.client.execute_query_dict(
            f"SELECT id, {names} FROM {table}{beyond} ORDER BY id LIMIT {_FILL_SIZE}"
        )
        if not rows:
            return
        last = rows[-1]["id"]
        values = [[searchable(*(row[c] for c in columns)), row["id"]] for row in rows]
        if for_sqlite:
            update = f"UPDATE {table} SET search_text = ? WHERE id = ?"
        await editor.client.execute_many(update, values)
