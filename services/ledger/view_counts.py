"""Comparing what invoices say about their views with the views, without changing anything.

The views of an invoice are counted from its last tally on, and those before a tally from the one
before it. So what is read depends on how many views there are to compare, and every view is counted
once all tallies are compared.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from db.statements import fetch, instant_of
from models.views import hour_of
from services.ledger.integrity import Difference

_COUNTED: Final = """
    SELECT count(*) FROM invoice_view WHERE invoice_id = entry.id AND NOT automated
    AND sequence > entry.counted_to
"""
_INVOICES: Final = f"""
    SELECT entry.*, ({_COUNTED}) + COALESCE((SELECT max(view_count) FROM view_tally
            WHERE invoice_id = entry.id AND sequence = entry.counted_to), 0) AS views,
        (SELECT viewed_at FROM invoice_view WHERE invoice_id = entry.id AND NOT automated
            ORDER BY sequence DESC LIMIT 1) AS viewed_at
    FROM (
        SELECT invoice.id, number, company.name AS company, view_count, last_viewed_at,
            last_viewed_hour, COALESCE((
                SELECT sequence FROM view_tally WHERE invoice_id = invoice.id
                ORDER BY viewed_at DESC, sequence DESC LIMIT 1
            ), 0) AS counted_to
        FROM invoice JOIN company ON company.id = company_id WHERE invoice.id = ANY($1)
    ) AS entry
"""
_TALLIES: Final = f"""
    SELECT entry.*, ({_COUNTED} AND sequence <= entry.sequence)
        + COALESCE((SELECT max(view_count) FROM view_tally
            WHERE invoice_id = entry.id AND sequence = entry.counted_to), 0) AS views
    FROM (
        SELECT invoice.id, number, company.name AS company, sequence, tally.view_count,
            COALESCE((
                SELECT sequence FROM view_tally AS earlier WHERE invoice_id = invoice.id
                AND viewed_at <= tally.viewed_at AND sequence < tally.sequence
                ORDER BY viewed_at DESC, sequence DESC LIMIT 1
            ), 0) AS counted_to
        FROM view_tally AS tally JOIN invoice ON invoice.id = invoice_id
        JOIN company ON company.id = company_id
        WHERE invoice_id = ANY($1) AND sequence > $2 AND sequence <= $3
    ) AS entry
"""

Row = Mapping[str, Any]


async def compare_views(
    ids: Sequence[UUID], begin: int, end: int
) -> AsyncGenerator[list[Difference], None]:
    """Yield the differences of each of the invoices.

    Only the tallies from after the view number `begin` up to the one numbered `end` are compared.
    """
    tallies: dict[UUID | str, list[Difference]] = {}
    for row in await fetch(_TALLIES, list(ids), begin, end):
        tallies.setdefault(row["id"], []).extend(_compare_tally(row))
    for row in await fetch(_INVOICES, list(ids)):
        yield [*_compare_invoice(row), *tallies.get(row["id"], ())]


def _compare_tally(row: Row) -> Iterator[Difference]:
    if row["view_count"] != row["views"]:
        figure = f"number of opens up to view {row['sequence']}"
        yield _difference(row, figure, row["view_count"], row["views"])


def _compare_invoice(row: Row) -> Iterator[Difference]:
    last = _time(row["viewed_at"])
    for figure, stored, expected in (
        ("number of opens", row["view_count"], row["views"]),
        ("time of the last open", _time(row["last_viewed_at"]), last),
        ("hour of the last open", _time(row["last_viewed_hour"]), last and hour_of(last)),
    ):
        if stored != expected:
            yield _difference(row, figure, stored, expected)


def _difference(row: Row, figure: str, stored: object, expected: object) -> Difference:
    return Difference(
        company=row["company"],
        document=f"invoice {row['number'] or row['id']}",
        figure=figure,
        stored=str(stored),
        expected=str(expected),
    )


def _time(value: datetime | str | None) -> datetime | None:
    return None if value is None else instant_of(value)
