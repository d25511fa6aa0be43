"""The rows of views, numbered in their order, and the counters of their invoices."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import LockNotAvailableError

from db.availability import raising_unavailable
from db.connections import connection
from db.statements import execute_many, fetch, placeholders
from db.transactions import transactional, wait_briefly_for_locks
from models import SubjectType, WebhookEvent
from models.views import VIEWS_PER_TALLY, hour_of
from services.common.webhook_events import Subject, publish
from services.sharing.new_views import VIEWS_RECORDED, NewView
from services.sharing.view_statement import write_in_one_statement

MAX_GROUP: Final = 200
"""Views that one transaction writes."""


@dataclass(frozen=True, slots=True)
class _NumberedView:
    sequence: int
    viewed_at: datetime
    view: NewView


async def write_views(views: Sequence[NewView], *, briefly: bool = False) -> set[NewView]:
    """Write views and update the counters of their invoices, in one transaction.

    Returns the views whose link still works; the others are not written. Locks are taken in the
    same order everywhere, customers before invoices before feeds, each by id, so that two writers
    can't deadlock. Raises Unavailable if a row is locked that all of the company's views need, so
    that it is no use to try them one by one. `briefly`: wait 0.2 seconds for locks.
    """
    is_postgres = connection().capabilities.dialect == "postgres"
    if briefly or not is_postgres or len({view.company_id for view in views}) != 1:
        return await _write_in_steps(views, briefly=briefly)
    try:
        return await write_in_one_statement(views)
    except LockNotAvailableError:
        # The steps tell which row is locked.
        return await _write_in_steps(views, briefly=True)


@transactional
async def _write_in_steps(views: Sequence[NewView], *, briefly: bool) -> set[NewView]:
    if briefly:
        await wait_briefly_for_locks()
    live = await lock_live(views)
    with raising_unavailable():
        await write_live(live)
    return set(live)


@transactional
async def write_views_again(views: Sequence[NewView]) -> None:
    """Write those of `views` that no earlier attempt has written, as `write_views` does.

    It is safe even if the earlier attempt hasn't ended at the database: that one has the locks on
    the invoices, so this one waits for it and then sees what it wrote. It waits for 0.2 seconds
    only, or those who record views of the company now would wait for it.
    """
    await wait_briefly_for_locks()
    live = await lock_live(views)
    written = await _written(live)
    await write_live([view for view in live if view.id not in written])


async def _written(views: Collection[NewView]) -> set[int]:
    """Return the ids of the views that are written."""
    if not views:
        return set()
    rows = await fetch(
        f"SELECT id FROM invoice_view WHERE id IN {placeholders(1, len(views))}",
        *(view.id for view in views),
    )
    return {row["id"] for row in rows}


async def write_live(views: Sequence[NewView]) -> None:
    """Write views whose links are locked, and update the counters of their invoices."""
    if not views:
        return
    numbered: list[_NumberedView] = []
    for company_id in sorted({view.company_id for view in views}):
        numbered += await _number(company_id, [v for v in views if v.company_id == company_id])
        VIEWS_RECORDED.send_after_commit(company_id)
    await _insert_views(numbered)
    await _update_counters(numbered)
    for row in numbered:
        if not row.view.automated:
            publish(
                row.view.company_id,
                WebhookEvent.INVOICE_VIEWED,
                Subject(SubjectType.INVOICE_VIEW, row.view.id),
            )


async def lock_live(views: Sequence[NewView]) -> list[NewView]:
    """Return the views whose link works, and keep it working until the transaction ends."""
    customer_ids = {view.portal_customer_id for view in views if view.portal_customer_id}
    portal_tokens = await _lock_portal_tokens(customer_ids)
    share_tokens = await _lock_share_tokens({view.invoice_id for view in views})
    disabled = await _disabled_companies({view.company_id for view in views})

    def is_live(view: NewView) -> bool:
        if view.company_id in disabled:
            return False
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


async def _disabled_companies(ids: set[UUID]) -> set[UUID]:
    if not ids:
        return set()
    rows = await fetch(
        "SELECT id FROM company WHERE disabled_at IS NOT NULL"
        f" AND id IN {placeholders(1, len(ids))}",
        *ids,
    )
    return {UUID(str(row["id"])) for row in rows}


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
        "INSERT INTO invoice_view (id, company_id, invoice_id, customer_id, sequence, viewed_at,"
        " source, ip, user_agent, automated, suspected) VALUES"
        " ($1, $2, $3, (SELECT customer_id FROM invoice WHERE id = $3), $4, $5, $6, $7, $8, $9,"
        " $10)",
        [
            (
                row.view.id,
                row.view.company_id,
                row.view.invoice_id,
                row.sequence,
                row.viewed_at,
                row.view.source.value,
                row.view.ip,
                row.view.user_agent,
                row.view.automated,
                row.view.suspected,
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
        " last_viewed_at = $3, last_viewed_hour = $4 WHERE id = $5",
        [
            (count, new_viewers[id_], viewed_at[id_], hour_of(viewed_at[id_]), id_)
            for id_, count in views.items()
        ],
    )
    await _tally(views, numbered)


async def _tally(views: Counter[UUID], numbered: Sequence[_NumberedView]) -> None:
    """Note the counts of invoices that have passed a multiple of VIEWS_PER_TALLY."""
    last_of_company = {row.view.company_id: row for row in numbered}
    last = {row.view.invoice_id: last_of_company[row.view.company_id] for row in numbered}
    await execute_many(
        "INSERT INTO view_tally (invoice_id, viewed_at, sequence, view_count)"
        " SELECT id, $1, $2, view_count FROM invoice WHERE id = $4"
        f" AND view_count / {VIEWS_PER_TALLY} > (view_count - $3) / {VIEWS_PER_TALLY}",
        [(last[id_].viewed_at, last[id_].sequence, count, id_) for id_, count in views.items()],
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
