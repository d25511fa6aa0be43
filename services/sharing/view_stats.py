"""Views of invoices per day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from auth.staff import Staff
from db.statements import fetch, id_of
from errors import BadInput, Text
from models.views import VIEWS_PER_TALLY
from services.common.pagination import MAX_BIGINT

MAX_DAYS: Final = 90
"""Days whose views are counted at once."""
MANY: Final = 10 * VIEWS_PER_TALLY
"""Views from which those of an invoice aren't counted one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Some days up to `last`, which begin and end in an IANA time zone."""

    last: date
    count: int
    time_zone: str

    @classmethod
    def of(cls, staff: Staff, count: int) -> Self:
        """Return the company's last days, today included. Raises BadInput for too many of them."""
        if not 1 <= count <= MAX_DAYS:
            raise BadInput(Text("Choose 1 to %(most)s days.", most=MAX_DAYS), field="days")
        return cls(last=staff.today, count=count, time_zone=staff.time_zone)

    @property
    def first(self) -> date:
        """The earliest day."""
        return self.last - timedelta(days=self.count - 1)

    @property
    def all(self) -> Sequence[date]:
        """The days, in order."""
        return [self.first + timedelta(days=day) for day in range(self.count)]

    @property
    def bounds(self) -> Sequence[datetime]:
        """When each day begins, and when the last one ends.

        A day on which clocks are changed has 23 or 25 hours.
        """
        zone = ZoneInfo(self.time_zone)
        days = range(self.count + 1)
        return [datetime.combine(self.first + timedelta(days=day), time(), zone) for day in days]


async def load_views_per_day(keys: Sequence[tuple[UUID, Days]]) -> list[list[int]]:
    """Return how many views of each invoice count on each of the days.

    It takes a statement for those with the same days, and one for each that has MANY views.
    """
    loaded: dict[tuple[UUID, Days], list[int]] = {}
    for days in {days for _, days in keys}:
        invoice_ids = [invoice_id for invoice_id, each in keys if each == days]
        loaded |= {(id_, days): counts for id_, counts in (await _count(invoice_ids, days)).items()}
    return [loaded[key] for key in keys]


async def _count(invoice_ids: list[UUID], days: Days) -> dict[UUID, list[int]]:
    # $1 has the invoices, so the bounds of the first day are $2 and $3.
    counts = ", ".join(
        f"count(*) FILTER (WHERE viewed_at >= ${day + 2} AND viewed_at < ${day + 3}) AS day_{day}"
        for day in range(days.count)
    )
    rows = await fetch(
        f"SELECT invoice.id, invoice.view_count, {counts} FROM invoice"
        f" LEFT JOIN invoice_view ON invoice_id = CASE WHEN view_count < {MANY} THEN invoice.id END"
        f" AND NOT automated AND viewed_at >= $2 AND viewed_at < ${days.count + 2}"
        " WHERE invoice.id = ANY($1) GROUP BY invoice.id, invoice.view_count",
        invoice_ids,
        *days.bounds,
    )
    return {
        id_of(row["id"]): await _count_by_tallies(row["id"], days)
        if row["view_count"] >= MANY
        else [row[f"day_{day}"] for day in range(days.count)]
        for row in rows
    }


def _before(time: str) -> str:
    """Return SQL that counts the views of the invoice $1 before a time, from the nearest tally."""
    tally = "SELECT {} FROM view_tally WHERE invoice_id = $1 AND viewed_at {} ORDER BY viewed_at {}"
    last = f"{tally.format('{}', f'< {time}', 'DESC')}, sequence DESC LIMIT 1"
    following = f"{tally.format('sequence', f'>= {time}', 'ASC')}, sequence LIMIT 1"
    return (
        f"COALESCE(({last.format('view_count')}), 0) + (SELECT count(*) FROM invoice_view"
        f" WHERE invoice_id = $1 AND NOT automated AND viewed_at < {time}"
        f" AND sequence > COALESCE(({last.format('sequence')}), 0)"
        f" AND sequence <= COALESCE(({following}), {MAX_BIGINT}))"
    )


async def _count_by_tallies(invoice_id: UUID, days: Days) -> list[int]:
    bounds = range(days.count + 1)
    counts = ", ".join(f"{_before(f'${at + 2}')} AS before_{at}" for at in bounds)
    [row] = await fetch(f"SELECT {counts}", invoice_id, *days.bounds)
    before = [int(row[f"before_{at}"]) for at in bounds]
    return [following - count for count, following in pairwise(before)]
