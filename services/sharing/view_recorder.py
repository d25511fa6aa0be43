"""Writing views, numbered in their order, and the counters of their invoices."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from db.connections import ROLLBACK_ERRORS
from db.signals import Signal
from db.statements import execute_many, fetch, placeholders
from db.transactions import transactional
from models import ViewSource

VIEWS_RECORDED: Final = Signal()
_MAX_GROUP: Final = 200
"""Views that one transaction writes."""


@dataclass(frozen=True, slots=True)
class NewView:
    """A view of an invoice through a link with `token`, ready to be written."""

    invoice_id: UUID
    company_id: UUID
    token: str
    source: ViewSource
    ip: str | None
    user_agent: str
    automated: bool
    portal_customer_id: UUID | None = None
    """The customer whose portal `token` opens; None if it is the invoice's own."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    view: NewView
    written: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class _NumberedView:
    sequence: int
    viewed_at: datetime
    view: NewView


class ViewRecorder:
    """Writes the views of each company in groups: those that arrive during a write form the next.

    So a popular invoice costs one wait for its lock per group rather than per view. A view that
    arrives alone is written at once, and no company waits for another.
    """

    def __init__(self) -> None:
        self._waiting: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        self._writers: dict[UUID, asyncio.Task[None]] = {}

    async def record(self, view: NewView) -> bool:
        """Write a view, even if the caller is cancelled. False if its link no longer works."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[view.company_id].append(_Waiting(view=view, written=written))
        if view.company_id not in self._writers:
            # In a context of its own, since it also writes the views of other requests.
            writer = asyncio.create_task(self._write_waiting(view.company_id), context=Context())
            self._writers[view.company_id] = writer
        return await written

    async def close(self) -> None:
        """Wait until all views are written."""
        while self._writers:
            await asyncio.wait(self._writers.values())

    async def _write_waiting(self, company_id: UUID) -> None:
        try:
            while waiting := self._waiting.pop(company_id, []):
                for start in range(0, len(waiting), _MAX_GROUP):
                    await self._write(waiting[start : start + _MAX_GROUP])
        finally:
            del self._writers[company_id]

    async def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            recorded = await write_views([waiting.view for waiting in group])
        except ROLLBACK_ERRORS as error:
            await self._write_by_invoice(group, error)
            return
        except Exception as error:  # noqa: BLE001  # raised again where the views are awaited
            _fail(group, error)
            return
        for waiting in group:
            if not waiting.written.done():
                waiting.written.set_result(waiting.view in recorded)

    async def _write_by_invoice(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Write each invoice's views by themselves, so that one invoice can't block the others."""
        by_invoice: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        for waiting in group:
            by_invoice[waiting.view.invoice_id].append(waiting)
        if len(by_invoice) > 1:
            await asyncio.gather(*map(self._write, by_invoice.values()))
        else:
            _fail(group, error)


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.written.done():
            waiting.written.set_exception(error)


@transactional
async def write_views(views: Sequence[NewView]) -> set[NewView]:
    """Write views and update the counters of their invoices, in one transaction.

    Returns the views whose link still works; the others are not written. Locks are taken in the
    same order everywhere, customers before invoices before feeds, each by id, so that two writers
    can't deadlock.
    """
    live = await _lock_live(views)
    if not live:
        return set()
    numbered: list[_NumberedView] = []
    for company_id in sorted({view.company_id for view in live}):
        numbered += await _number(company_id, [v for v in live if v.company_id == company_id])
        VIEWS_RECORDED.send_after_commit(company_id)
    await _insert_views(numbered)
    await _update_counters(numbered)
    return set(live)


async def _lock_live(views: Sequence[NewView]) -> list[NewView]:
    """Return the views whose link works, and keep it working until the transaction ends."""
    customer_ids = {view.portal_customer_id for view in views if view.portal_customer_id}
    portal_tokens = await _lock_portal_tokens(customer_ids)
    share_tokens = await _lock_share_tokens({view.invoice_id for view in views})

    def is_live(view: NewView) -> bool:
        if view.portal_customer_id is None:
            return view.token == share_tokens.get(view.invoice_id)
        return view.token == portal_tokens.get(view.portal_customer_id)

    return [view for view in views if is_live(view)]


async def _lock_portal_tokens(customer_ids: set[UUID]) -> dict[UUID, str]:
    if not customer_ids:
        return {}
    rows = await fetch(
        "SELECT id, portal_token AS token FROM customer"
        f" WHERE id IN {placeholders(1, len(customer_ids))} ORDER BY id FOR SHARE",
        *sorted(customer_ids),
    )
    return _tokens_by_id(rows)


async def _lock_share_tokens(invoice_ids: set[UUID]) -> dict[UUID, str]:
    rows = await fetch(
        "SELECT id, share_token AS token FROM invoice"
        f" WHERE id IN {placeholders(1, len(invoice_ids))} ORDER BY id FOR NO KEY UPDATE",
        *sorted(invoice_ids),
    )
    return _tokens_by_id(rows)


def _tokens_by_id(rows: Sequence[Any]) -> dict[UUID, str]:
    return {UUID(str(row["id"])): str(row["token"]) for row in rows}


async def _number(company_id: UUID, views: Sequence[NewView]) -> list[_NumberedView]:
    """Give the views of a company their numbers, from its feed, and the database's time."""
    [row] = await fetch(
        "UPDATE view_feed SET sequence = sequence + $1, viewed_at = clock_timestamp()"
        " WHERE company_id = $2 RETURNING sequence, viewed_at",
        len(views),
        company_id,
    )
    viewed_at = row["viewed_at"]
    if not isinstance(viewed_at, datetime):  # SQLite
        viewed_at = datetime.fromisoformat(viewed_at)
    first = row["sequence"] - len(views) + 1
    return [
        _NumberedView(sequence=sequence, viewed_at=viewed_at, view=view)
        for sequence, view in enumerate(views, start=first)
    ]


async def _insert_views(numbered: Sequence[_NumberedView]) -> None:
    await execute_many(
        "INSERT INTO invoice_view"
        " (company_id, invoice_id, sequence, viewed_at, source, ip, user_agent, automated)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                row.view.company_id,
                row.view.invoice_id,
                row.sequence,
                row.viewed_at,
                row.view.source.value,
                row.view.ip,
                row.view.user_agent,
                row.view.automated,
            )
            for row in numbered
        ],
    )


async def _update_counters(numbered: Sequence[_NumberedView]) -> None:
    """Count the views that are not automated."""
    counted = [row for row in numbered if not row.view.automated]
    if not counted:
        return
    views = Counter(row.view.invoice_id for row in counted)
    new_viewers = await _insert_viewers(
        {(row.view.invoice_id, row.view.ip) for row in counted if row.view.ip}
    )
    viewed_at = {row.view.invoice_id: row.viewed_at for row in counted}
    await execute_many(
        "UPDATE invoice SET view_count = view_count + $1, unique_ips = unique_ips + $2,"
        " first_viewed_at = CASE WHEN first_viewed_at < $3 THEN first_viewed_at ELSE $3 END,"
        " last_viewed_at = $3 WHERE id = $4",
        [(count, new_viewers[id_], viewed_at[id_], id_) for id_, count in views.items()],
    )


async def _insert_viewers(viewers: set[tuple[UUID, str]]) -> Counter[UUID]:
    """Add the addresses that are new to their invoice. Returns how many are new to each."""
    if not viewers:
        return Counter()
    added = await fetch(
        f"INSERT INTO invoice_viewer (invoice_id, ip) VALUES {placeholders(len(viewers), 2)}"
        " ON CONFLICT (invoice_id, ip) DO NOTHING RETURNING invoice_id",
        *(value for viewer in sorted(viewers) for value in viewer),
    )
    return Counter(UUID(str(row["invoice_id"])) for row in added)
