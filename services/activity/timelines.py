"""Timelines: rows of several tables merged by time, opens in a row folded, in pages.

A position has a place in each table, so each row is on exactly one page, even where clocks differ,
and rows that are added later are on none that follows. Opens are folded only within a day of the
company and within FOLD places of its sequence. So the same opens are folded together on every page
and at any time, and a page reads a limited number of rows, however often something was opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from heapq import merge
from operator import attrgetter
from typing import Final, Self
from zoneinfo import ZoneInfo

from auth.staff import Staff
from db.statements import instant_of
from services.activity.details import load_details
from services.activity.entries import Entry
from services.activity.rows import (
    Row,
    Runs,
    Source,
    load_emails,
    load_entries,
    load_updates,
    load_views,
)
from services.activity.scopes import EARLIEST, Position, Scope
from services.common.pagination import check_first

FOLD: Final = 100
"""Places of the company's sequence of views within which opens are folded."""
_USUAL_FOLD: Final = 4
"""Views for each entry that are read at first. Only if they aren't enough, more are read."""
_FOLDED_DAYS: Final = 90
"""Days before the newest view whose views the database folds, if there are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """A page of a timeline, newest entries first, with a cursor for each."""

    entries: Sequence[Entry]
    cursors: Sequence[str]
    end_cursor: str | None
    """The cursor after which the next page begins. None without entries, unless there is one."""
    has_next: bool
    has_previous: bool


async def load_timeline(
    staff: Staff, scope: Scope, first: int, after: str | None = None
) -> TimelinePage:
    """Return at most `first` entries after a cursor, in at most eight statements.

    Raises BadInput for a page size out of range or a cursor of another timeline.
    """
    check_first(first)
    position = Position.of(after, scope)
    others = [
        *await load_updates(scope, position, first + 1),
        *await load_emails(scope, position, first + 1),
        *await load_entries(scope, position, first + 1),
    ]
    zone = ZoneInfo(staff.time_zone)
    limit = (first + 1) * _USUAL_FOLD
    views = await load_views(scope, position, limit)
    merged = _merge([*views, *others], first, zone, _floor(views, limit))
    if merged.is_cut:
        limit, runs = (first + 1) * FOLD, Runs(FOLD, _limits(views[0], others, zone))
        views = await load_views(scope, position, limit, runs)
        merged = _merge([*views, *others], first, zone, _floor(views, limit))
    details = await load_details(merged.groups)
    cursors = [end.cursor(scope) for end in merged.ends]
    return TimelinePage(
        entries=[details.entry(group) for group in merged.groups],
        cursors=cursors,
        end_cursor=merged.end.cursor(scope) if cursors or merged.has_more else None,
        has_next=merged.has_more,
        has_previous=bool(after),
    )


async def load_happenings(staff: Staff, limit: int) -> Sequence[Entry]:
    """Return what the company's clients did last, newest first."""
    scope = Scope.of_company(staff.company_id, only_clients=True)
    page = await load_timeline(staff, scope, limit)
    return page.entries


def _floor(views: Sequence[Row], limit: int) -> Row | None:
    """Return the oldest of `views`; None if these are all, fewer than `limit`."""
    if sum(row.values["views"] for row in views) < limit:
        return None
    oldest = min(views, key=lambda row: row.values["first_sequence"])
    return oldest._replace(
        key=oldest.values["first_sequence"], at=instant_of(oldest.values["first_viewed_at"])
    )


def _limits(newest: Row, others: Sequence[Row], zone: ZoneInfo) -> Sequence[datetime]:
    """Return the times between which opens can be one entry, in order: midnights and `others`."""
    tomorrow = newest.at.astimezone(zone).date() + timedelta(days=1)
    days = [tomorrow - timedelta(days=ago) for ago in range(_FOLDED_DAYS)]
    midnights = [datetime.combine(day, time(), zone) for day in days]
    return sorted([*midnights, *(row.at for row in others if row.at > midnights[-1])])


@dataclass(frozen=True, slots=True)
class _Fold:
    """What opens must have in common to be one entry: an invoice, a day and a part of places."""

    invoice_id: object
    part: int
    begins_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, row: Row, zone: ZoneInfo) -> Self | None:
        """Return how a row can be folded; None if it stands alone."""
        if row.source is not Source.VIEWS or row.values["is_first_read"]:
            return None
        day = row.at.astimezone(zone).date()
        begins_at, ends_at = (
            datetime.combine(each, time(), zone).astimezone(UTC)
            for each in (day, day + timedelta(days=1))
        )
        return cls(row.values["invoice_id"], row.key // FOLD, begins_at, ends_at)

    def takes(self, row: Row) -> bool:
        """Whether a row is folded into the same entry."""
        return (
            row.source is Source.VIEWS
            and row.key // FOLD == self.part
            and row.values["invoice_id"] == self.invoice_id
            and self.begins_at <= row.at < self.ends_at
            and not row.values["is_first_read"]
        )


@dataclass(slots=True)
class _Merged:
    """Rows as entries: those of each, and the position after each."""

    groups: list[list[Row]] = field(default_factory=list)
    ends: list[Position] = field(default_factory=list)
    end: Position = field(default_factory=Position)
    has_more: bool = False
    is_cut: bool = False
    """Whether it ends early because views follow that weren't read."""


def _merge(rows: Sequence[Row], first: int, zone: ZoneInfo, floor: Row | None) -> _Merged:
    """Fold the newest rows into at most `first` entries.

    `floor` is the oldest view that was read; None if there are no others.
    """
    merged = _Merged()
    of_each = {source: _of(source, rows) for source in Source}
    places = dict.fromkeys(Source, 0)
    view_count = len(of_each[Source.VIEWS])
    fold: _Fold | None = None
    # Of rows with the same time, those of the first source come first.
    for row in merge(*of_each.values(), key=attrgetter("at"), reverse=True):
        if floor is not None and places[Source.VIEWS] == view_count and row.at <= floor.at:
            break
        if fold is None or not fold.takes(row):
            if merged.groups:
                merged.ends.append(_position(of_each, places, floor))
            if len(merged.groups) == first:
                merged.has_more = True
                break
            merged.groups.append([])
            fold = _Fold.of(row, zone)
        merged.groups[-1].append(row)
        places[row.source] += 1
    merged.end = _position(of_each, places, floor)
    if len(merged.ends) < len(merged.groups):
        merged.ends.append(merged.end)
    if floor is not None and places[Source.VIEWS] == view_count:
        merged.has_more = True
        merged.is_cut = fold is not None or len(merged.groups) < first
    return merged


def _of(source: Source, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a source that people caused."""
    own = [row for row in rows if row.source is source]
    if source is Source.VIEWS:
        return [view for view in own if not view.values["automated"]]
    return own


def _position(
    of_each: Mapping[Source, list[Row]], places: Mapping[Source, int], floor: Row | None
) -> Position:
    """Return the position whose newest rows have these places among those of each source."""
    keys = {
        source: rows[place].key
        for source, rows in of_each.items()
        if (place := places[source]) < len(rows)
    }
    return Position(
        views=keys.get(Source.VIEWS, 0 if floor is None else floor.key - 1),
        updates=keys.get(Source.UPDATES, 0),
        emails=keys.get(Source.EMAILS, EARLIEST),
        entries=keys.get(Source.ENTRIES, EARLIEST),
    )
