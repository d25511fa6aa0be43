"""Rows that are found by parts of words, by the same rules on both databases.

PostgreSQL has an index of each piece of one to three characters of a text together with the
company. SQLite compares the company's texts one by one.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from pypika_tortoise.enums import Comparator
from pypika_tortoise.terms import BasicCriterion, Function, ValueWrapper
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q, ResolveContext
from tortoise.models import Model
from tortoise.query_utils import QueryModifier

from core.search_texts import searchable
from db.connections import connection

PIECE: Final = 3
"""Characters of a term that are looked up at once."""
_FUNCTION: Final = """
    CREATE FUNCTION search_pieces(company uuid, content text, shortest int, longest int)
    RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
"""Hashes of the company and each piece of a text. A loop is faster here than a set of rows."""
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
        if fields_ is None or fields_.intersection(self.searched):
            self.search_text = searchable(*(getattr(self, column) for column in self.searched))
            fields_ = fields_ and fields_ | {"search_text"}
        await super().save(using_db, fields_, force_create, force_update)


class Contains(Q):
    """The condition that a row of a company contains a term, which `searchable` returned."""

    __slots__ = ("_company_id", "_term")

    def __init__(self, company_id: object, term: str) -> None:
        super().__init__()
        self._company_id = company_id
        self._term = term

    def __bool__(self) -> bool:
        return True

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        """Return the condition on the table."""
        text, term = resolve_context.table.search_text, ValueWrapper(self._term)
        if connection().capabilities.dialect == "sqlite":
            return QueryModifier(where_criterion=Function("instr", text, term) > 0)
        sizes = [ValueWrapper(min(len(self._term), PIECE), allow_parametrize=False)] * 2
        of_row = Function(
            "search_pieces",
            resolve_context.table.company_id,
            text,
            ValueWrapper(1, allow_parametrize=False),
            ValueWrapper(PIECE, allow_parametrize=False),
        )
        of_term = Function("search_pieces", ValueWrapper(self._company_id), term, *sizes)
        has_pieces = BasicCriterion(_Array.contains, of_row, of_term)
        return QueryModifier(where_criterion=has_pieces & (Function("strpos", text, term) > 0))


class _Array(Comparator):
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
