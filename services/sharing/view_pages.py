"""Pages of the views of many invoices, in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, Self
from uuid import UUID

from db.compiled_queries import Columns
from db.connections import connection
from db.statements import adapt, fetch
from models import InvoiceView
from services.common.pagination import BY_SEQUENCE, MAX_BIGINT, Page, check_first, decode_cursor

_columns = Columns(InvoiceView)
_NEWEST: Final = """
    WHERE invoice_id = {invoice} AND sequence < $2 AND (NOT automated OR $3)
    ORDER BY sequence DESC LIMIT $4
"""
_PAGES: Final = {
    "postgres": "FROM unnest($1::uuid[]) AS wanted(id) CROSS JOIN LATERAL"
    f" (SELECT * FROM invoice_view {_NEWEST.format(invoice='wanted.id')}) AS invoice_view",
    # SQLite has no LATERAL.
    "sqlite": "FROM json_each($1) AS wanted JOIN invoice_view ON invoice_view.id IN"
    f" (SELECT id FROM invoice_view {_NEWEST.format(invoice='wanted.value')})",
}
_COUNTS: Final = """
    SELECT invoice_id, COUNT(*) AS count FROM invoice_view
    WHERE invoice_id = ANY($1) AND (NOT automated OR $2) GROUP BY invoice_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLog:
    """The views of an invoice; automated ones only if they are included."""

    invoice_id: UUID
    include_automated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPage:
    """Which views of a log are wanted: the `first` ones that are older than `before`, if given."""

    log: ViewLog
    first: int
    before: int | None

    @classmethod
    def of(cls, log: ViewLog, first: int, after: str | None) -> Self:
        """Return the page after the cursor `after`.

        Raises BadInput for a page size out of range or a cursor of another list.
        """
        check_first(first)
        [before] = [None] if after is None else decode_cursor(after, BY_SEQUENCE)
        return cls(log=log, first=first, before=before)

    @property
    def shape(self) -> tuple[bool, int, int]:
        """What pages have in common that are loaded in one statement."""
        before = MAX_BIGINT if self.before is None else self.before
        return self.log.include_automated, self.first, before


async def load_view_pages(pages: Sequence[ViewPage]) -> list[Page[InvoiceView]]:
    """Return the pages, newest views first, in one statement for those of the same shape."""
    loaded: dict[ViewPage, Page[InvoiceView]] = {}
    by_shape = attrgetter("shape")
    for _, alike in groupby(sorted(pages, key=by_shape), key=by_shape):
        loaded |= await _load_alike(list(alike))
    return [loaded[page] for page in pages]


async def _load_alike(pages: Sequence[ViewPage]) -> dict[ViewPage, Page[InvoiceView]]:
    include_automated, first, before = pages[0].shape
    client = connection()
    invoice_ids = [page.log.invoice_id for page in pages]
    values = (invoice_ids, before, include_automated, first + 1)
    sql = _sql(client.capabilities.dialect)
    _, records = await client.execute_query(*adapt(client, sql, values))
    views: defaultdict[UUID, list[InvoiceView]] = defaultdict(list)
    for view in _columns.build(records):
        views[view.invoice_id].append(view)
    return {page: _page(page, views[page.log.invoice_id]) for page in pages}


@cache
def _sql(dialect: str) -> str:
    pages = _PAGES["sqlite" if dialect == "sqlite" else "postgres"]
    return f"SELECT {_columns.names} {pages} ORDER BY invoice_view.sequence DESC"


def _page(page: ViewPage, views: Sequence[InvoiceView]) -> Page[InvoiceView]:
    return Page(
        rows=views[: page.first],
        key=BY_SEQUENCE,
        has_next=len(views) > page.first,
        has_previous=page.before is not None,
    )


async def count_views(logs: Sequence[ViewLog]) -> list[int]:
    """Return the number of views in each log, in one statement for each kind of log."""
    counts: dict[ViewLog, int] = {}
    for include_automated in {log.include_automated for log in logs}:
        ids = [log.invoice_id for log in logs if log.include_automated == include_automated]
        rows: Sequence[Any] = await fetch(_COUNTS, ids, include_automated)
        for row in rows:
            log = ViewLog(
                invoice_id=UUID(str(row["invoice_id"])), include_automated=include_automated
            )
            counts[log] = int(row["count"])
    return [counts.get(log, 0) for log in logs]
