"""Rows for operators, read in pages, so that memory use doesn't grow with their number."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

from auth.staff import Staff, system_actor
from db.statements import fetch, instant_of
from errors import BadInput

Row: TypeAlias = Mapping[str, Any]
_PAGE_SIZE: Final = 500


async def rows_of(sql: str, *values: object) -> AsyncIterator[Row]:
    """Yield the rows of a statement by their `id`, of which `$1` is the last one before a page.

    The statement ends before its ORDER BY.
    """
    last: object = UUID(int=0)
    while rows := await fetch(f"{sql} ORDER BY 1 LIMIT {_PAGE_SIZE}", last, *values):
        for row in rows:
            yield listed(row)
        last = rows[-1]["id"]


def listed(row: Row) -> Row:
    """Return a row with its times, the columns `…_at`, as times, which SQLite has as texts."""
    return {
        name: instant_of(value) if value and name.endswith("_at") else value
        for name, value in row.items()
    }


def operator(company_id: UUID) -> Staff:
    """Return the operator as the actor of the audit log of a company."""
    return system_actor(company_id, "Operator")


def parse_id(text: str, field: str) -> UUID:
    """Return an id that somebody typed. Raises BadInput."""
    try:
        return UUID(text.strip())
    except ValueError:
        raise BadInput("Enter an id like those that the lists show.", field=field) from None
