"""Views of invoices per day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from auth.staff import Staff
from db.statements import fetch
from errors import BadInput, Text

MAX_DAYS: Final = 90
"""Days whose views are counted at once."""


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

    It takes a statement for those with the same days.
    """
    loaded: dict[tuple[UUID, Days], list[int]] = {}
    for days in {days for _, days in keys}:
        invoice_ids = [invoice_id for invoice_id, each in keys if each == days]
        counts = await _count(invoice_ids, days)
        loaded |= {(id_, days): counts.get(id_, [0] * days.count) for id_ in invoice_ids}
    return [loaded[key] for key in keys]


async def _count(invoice_ids: list[UUID], days: Days) -> dict[UUID, list[int]]:
    # $1 has the invoices, so the bounds of the first day are $2 and $3.
    counts = ", ".join(
        f"count(*) FILTER (WHERE viewed_at >= ${day + 2} AND viewed_at < ${day + 3}) AS day_{day}"
        for day in range(days.count)
    )
    rows = await fetch(
        f"SELECT invoice_id, {counts} FROM invoice_view WHERE invoice_id = ANY($1)"
        f" AND NOT automated AND viewed_at >= $2 AND viewed_at < ${days.count + 2}"
        " GROUP BY invoice_id",
        invoice_ids,
        *days.bounds,
    )
    return {
        UUID(str(row["invoice_id"])): [row[f"day_{day}"] for day in range(days.count)]
        for row in rows
    }
