"""The one write that counts opens exactly: its rows, its counters, and the order it gives them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

from db.connections import ROLLBACK_ERRORS
from db.signals import Signal
from db.statements import execute_many, fetch, placeholders
from db.transactions import transactional
from models import ViewSource

VIEWS_RECORDED: Final = Signal()
_MAX_GROUP: Final = 200
"""Opens that one transaction writes at most."""


@dataclass(frozen=True, slots=True)
class NewView:
    """One open of an invoice through `token`, ready to be written."""

    invoice_id: UUID
    company_id: UUID
    token: str
    source: ViewSource
    ip: str | None
    user_agent: str
    automated: bool
    portal_of: UUID | None = None
    """The customer whose portal's token it is; None for the invoice's own."""


_Waiting: TypeAlias = tuple[NewView, asyncio.Future[bool]]


class Recorder:
    """Writes a company's opens in groups: those that arrive during one write form the next.

    So a hot invoice costs one wait for its lock per group rather than per open, an open that comes
    alone is written at once, and no company waits for another.
    """

    def __init__(self) -> None:
        self._waiting: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        self._writers: dict[UUID, asyncio.Task[None]] = {}

    async def record(self, opened: NewView) -> bool:
        """Write `opened`, even if the caller leaves; False if its link has died meanwhile."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        company_id = opened.company_id
        self._waiting[company_id].append((opened, written))
        if company_id not in self._writers:
            # In a context of its own: it goes on for others, whose request this is not.
            writer = asyncio.create_task(self._write_waiting(company_id), context=Context())
            self._writers[company_id] = writer
        return await written

    async def close(self) -> None:
        """Wait until everything that was handed in is written."""
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
            live = await write_views([opened for opened, _ in group])
        except ROLLBACK_ERRORS as refusal:
            await self._write_apart(group, refusal)
            return
        except Exception as fault:  # noqa: BLE001  # handed to those who wait for it
            _fail(group, fault)
            return
        for opened, written in group:
            if not written.done():
                written.set_result(opened in live)

    async def _write_apart(self, group: Sequence[_Waiting], refusal: Exception) -> None:
        """Write each invoice's opens by themselves: what stops one must not stop the others."""
        by_invoice: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        for waiting in group:
            by_invoice[waiting[0].invoice_id].append(waiting)
        if len(by_invoice) > 1:
            await asyncio.gather(*map(self._write, by_invoice.values()))
        else:
            _fail(group, refusal)


def _fail(group: Sequence[_Waiting], fault: Exception) -> None:
    for _, written in group:
        if not written.done():
            written.set_exception(fault)


@transactional
async def write_views(opens: Sequence[NewView]) -> set[NewView]:
    """Write the rows of `opens` and everything that is counted of them, in one transaction.

    Returns those whose link was still alive. Locks are taken in one order everywhere, customers
    before invoices before feeds and each by id, so that two writers can't wait for one another.
    """
    live = await _lock_live(opens)
    if not live:
        return set()
    rows = []
    for company_id in sorted({opened.company_id for opened in live}):
        of_company = [opened for opened in live if opened.company_id == company_id]
        sequence, viewed_at = await _advance_feed(company_id, len(of_company))
        VIEWS_RECORDED.send_after_commit(company_id)
        rows += [(sequence + n, viewed_at, opened) for n, opened in enumerate(of_company, start=1)]
    await _insert_views(rows)
    await _count(rows)
    return set(live)


async def _lock_live(opens: Sequence[NewView]) -> list[NewView]:
    """Return those whose link is alive, and will be until the transaction ends."""
    portals = await _lock_portals({opened.portal_of for opened in opens if opened.portal_of})
    ids = sorted({opened.invoice_id for opened in opens})
    shared = {
        str(row["id"]): str(row["share_token"])
        for row in await fetch(
            f"SELECT id, share_token FROM invoice WHERE id IN {placeholders(1, len(ids))}"
            " ORDER BY id FOR NO KEY UPDATE",
            *ids,
        )
    }
    return [
        opened
        for opened in opens
        if opened.token
        == (portals if opened.portal_of else shared).get(str(opened.portal_of or opened.invoice_id))
    ]


async def _lock_portals(customer_ids: set[UUID]) -> dict[str, str]:
    if not customer_ids:
        return {}
    rows = await fetch(
        f"SELECT id, portal_token FROM customer WHERE id IN {placeholders(1, len(customer_ids))}"
        " ORDER BY id FOR SHARE",
        *sorted(customer_ids),
    )
    return {str(row["id"]): str(row["portal_token"]) for row in rows}


async def _advance_feed(company_id: UUID, by: int) -> tuple[int, datetime]:
    """Reserve `by` sequences; returns the last one before them, and when the views happened."""
    [row] = await fetch(
        "UPDATE view_feed SET sequence = sequence + $1,"
        " viewed_at = CASE WHEN viewed_at > $2 THEN viewed_at ELSE $2 END"
        " WHERE company_id = $3 RETURNING sequence, viewed_at",
        by,
        datetime.now(UTC),
        company_id,
    )
    viewed_at = row["viewed_at"]
    return row["sequence"] - by, (
        viewed_at if isinstance(viewed_at, datetime) else datetime.fromisoformat(viewed_at)
    )


async def _insert_views(rows: Sequence[tuple[int, datetime, NewView]]) -> None:
    await execute_many(
        "INSERT INTO invoice_view"
        " (company_id, invoice_id, sequence, viewed_at, source, ip, user_agent, automated)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                opened.company_id,
                opened.invoice_id,
                sequence,
                viewed_at,
                opened.source.value,
                opened.ip,
                opened.user_agent,
                opened.automated,
            )
            for sequence, viewed_at, opened in rows
        ],
    )


async def _count(rows: Sequence[tuple[int, datetime, NewView]]) -> None:
    counted = [(viewed_at, opened) for _, viewed_at, opened in rows if not opened.automated]
    opens = Counter(opened.invoice_id for _, opened in counted)
    new_viewers = await _insert_viewers({(o.invoice_id, o.ip) for _, o in counted if o.ip})
    viewed_at = {opened.invoice_id: at for at, opened in counted}
    if opens:
        await execute_many(
            "UPDATE invoice SET view_count = view_count + $1, unique_ips = unique_ips + $2,"
            " first_viewed_at = COALESCE(first_viewed_at, $3), last_viewed_at = $3 WHERE id = $4",
            [(n, new_viewers[str(id_)], viewed_at[id_], id_) for id_, n in opens.items()],
        )


async def _insert_viewers(viewers: set[tuple[UUID, str]]) -> Counter[str]:
    """Add the addresses that are new to their invoice; returns how many each invoice has gained."""
    if not viewers:
        return Counter()
    added = await fetch(
        f"INSERT INTO invoice_viewer (invoice_id, ip) VALUES {placeholders(len(viewers), 2)}"
        " ON CONFLICT (invoice_id, ip) DO NOTHING RETURNING invoice_id",
        *(value for viewer in sorted(viewers) for value in viewer),
    )
    return Counter(str(row["invoice_id"]) for row in added)
