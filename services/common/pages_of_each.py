"""Pages of the lists of many rows at once, such as the invoices of each customer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, Generic, Self, TypeVar
from uuid import UUID

from tortoise.models import Model

from db.compiled_queries import Columns
from db.connections import connection
from db.statements import adapt, fetch
from services.common.listings import MAX_COUNT, Window
from services.common.pagination import BY_CREATION, Key, Page

M = TypeVar("M", bound=Model)

_OWNERS: Final = {
    "postgres": "unnest($1::uuid[]) AS wanted(id)",
    "sqlite": "(SELECT value AS id FROM json_each($1)) AS wanted",
}
_PAGES: Final = {
    "postgres": f"FROM {_OWNERS['postgres']} CROSS JOIN LATERAL"
    " (SELECT * FROM {table} WHERE {owner} = wanted.id {rest}) AS {table}",
    # SQLite has no LATERAL.
    "sqlite": f"FROM {_OWNERS['sqlite']} JOIN {{table}} ON {{table}}.id IN"
    " (SELECT id FROM {table} WHERE {owner} = wanted.id {rest})",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """A page of the list of one row, the owner."""

    owner_id: UUID
    window: Window

    @classmethod
    def of(cls, owner_id: UUID, window: Window, key: Key) -> Self:
        """Return the page of a window. Raises BadInput for a cursor of another list."""
        window.position(key)
        return cls(owner_id=owner_id, window=window)


class PagesOfEach(Generic[M]):
    """Pages of the rows of `model` that each owner has, newest first, by statements built once."""

    def __init__(
        self, model: type[M], owner: str, *, key: Key = BY_CREATION, where: str = "true"
    ) -> None:
        """`owner` is the column with the id of the owner, and `where` narrows the rows."""
        self._model = model
        self._owner = owner
        self.key = key
        self._where = where
        self._sql = cache(self._make_sql)

    async def load(self, wanted: Sequence[PageOf]) -> list[Page[M]]:
        """Return the pages, in one statement for those with the same window."""
        loaded: dict[PageOf, Page[M]] = {}
        by_window = attrgetter("window")
        for window, alike in groupby(sorted(wanted, key=_sorted_by), key=by_window):
            loaded |= await self._load_alike(window, list(alike))
        return [loaded[page] for page in wanted]

    async def _load_alike(self, window: Window, pages: Sequence[PageOf]) -> dict[PageOf, Page[M]]:
        position = window.position(self.key)
        client = connection()
        sql = self._sql(client.capabilities.dialect, position is not None, window.backwards)
        values = ([page.owner_id for page in pages], window.size + 1, *(position or ()))
        _, records = await client.execute_query(*adapt(client, sql, values))
        rows: defaultdict[UUID, list[M]] = defaultdict(list)
        for row in self._columns.build(records):
            rows[getattr(row, self._owner)].append(row)
        return {page: window.page_of(rows[page.owner_id], self.key) for page in pages}

    @cached_property
    def _columns(self) -> Columns[M]:
        return Columns(self._model)

    def _make_sql(self, dialect: str, has_cursor: bool, backwards: bool) -> str:
        """Return the statement. It takes the owners, the limit and, with a cursor, the position."""
        table = self._model._meta.db_table
        columns = [f"{table}.{column}" for column, _ in self.key]
        direction, sign = ("ASC", ">") if backwards else ("DESC", "<")
        beyond = ""
        if has_cursor:
            position = ", ".join(f"${at}" for at, _ in enumerate(columns, 3))
            beyond = f"AND ({', '.join(columns)}) {sign} ({position})"
        order = ", ".join(f"{column} {direction}" for column in columns)
        rest = f"AND {self._where} {beyond} ORDER BY {order} LIMIT $2"
        pages = _PAGES["sqlite" if dialect == "sqlite" else "postgres"]
        found = pages.format(table=table, owner=self._owner, rest=rest)
        return f"SELECT {self._columns.names} {found} ORDER BY {order}"

    async def count(self, owner_ids: Sequence[UUID]) -> list[int]:
        """Return how many rows each owner has, up to MAX_COUNT, in one statement."""
        on_sqlite = connection().capabilities.dialect == "sqlite"
        owners = _OWNERS["sqlite" if on_sqlite else "postgres"]
        rows: Sequence[Any] = await fetch(
            f"SELECT wanted.id, (SELECT COUNT(*) FROM (SELECT 1 FROM {self._model._meta.db_table}"
            f" WHERE {self._owner} = wanted.id AND {self._where} LIMIT {MAX_COUNT}) AS counted)"
            f" AS count FROM {owners}",
            list(owner_ids),
        )
        counts = {UUID(str(row["id"])): int(row["count"]) for row in rows}
        return [counts[owner_id] for owner_id in owner_ids]


def _sorted_by(page: PageOf) -> tuple[bool, int, str]:
    window = page.window
    return window.backwards, window.size, window.cursor or ""
