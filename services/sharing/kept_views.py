"""Views that couldn't be written yet, because the database is away, read-only, full or busy."""

import asyncio
import time
from contextvars import Context
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from structlog import get_logger

from core.background import finish_or_cancel
from core.telemetry.metrics import VIEWS
from db.availability import as_unavailable
from services.sharing.new_views import NewView
from services.sharing.view_rows import MAX_GROUP, write_views_again

MAX_KEPT: Final = 10_000
"""Views that a process keeps; each takes about 1 KiB."""
_KEPT_FOR: Final = 90.0
"""Seconds for which a view is kept: a minute, and the longest time that one attempt takes."""
_RETRY_INTERVAL: Final = 0.5
"""Seconds between two rounds of attempts."""
_SHUTDOWN_TIMEOUT: Final = 5.0
"""Seconds that a process which stops keeps trying."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _KeptView:
    view: NewView
    until: float
    """On the monotonic clock."""


class KeptViews:
    """Tries again for a minute, and at shutdown, to write the views that are given to it.

    Each is written once, even if an attempt broke off after its commit, and an invoice's views are
    written in the order in which they came. They are in memory, so they are lost with the process.
    """

    def __init__(self) -> None:
        self._by_invoice: dict[UUID, list[_KeptView]] = {}
        self._count = 0
        self._retrying: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return the number of views."""
        return self._count

    def has_views_of(self, invoice_id: UUID) -> bool:
        """Whether views of the invoice wait here."""
        return invoice_id in self._by_invoice

    def keep(self, view: NewView) -> bool:
        """Keep `view`. Returns False if there are too many."""
        if self._count >= MAX_KEPT:
            return False
        kept = _KeptView(view=view, until=time.monotonic() + _KEPT_FOR)
        self._by_invoice.setdefault(view.invoice_id, []).append(kept)
        self._count += 1
        VIEWS.labels("kept").inc()
        if self._retrying is None or self._retrying.done():
            # In a context of its own, since it writes the views of many requests.
            self._retrying = asyncio.create_task(self._retry_until_written(), context=Context())
        return True

    async def close(self) -> None:
        """Try for some more seconds, and log how many views are lost."""
        if self._retrying is not None:
            await finish_or_cancel([self._retrying], _SHUTDOWN_TIMEOUT)
        if self._count:
            VIEWS.labels("lost").inc(self._count)
            log.error("views.lost", count=self._count)

    async def _retry_until_written(self) -> None:
        while self._by_invoice:
            await asyncio.sleep(_RETRY_INTERVAL)
            for invoice_id in list(self._by_invoice):
                if not await self._write(invoice_id):
                    break

    async def _write(self, invoice_id: UUID) -> bool:
        """Write an invoice's views. If that fails, it is the last one to be tried again."""
        kept = self._by_invoice[invoice_id]
        while group := kept[:MAX_GROUP]:
            try:
                await write_views_again([each.view for each in group])
            except Exception as error:  # noqa: BLE001  # logged when it is given up
                self._postpone(invoice_id, error)
                return False
            del kept[: len(group)]
            self._count -= len(group)
            VIEWS.labels("recorded").inc(len(group))
        del self._by_invoice[invoice_id]
        return True

    def _postpone(self, invoice_id: UUID, error: Exception) -> None:
        """Keep the views that are worth another attempt."""
        kept = self._by_invoice.pop(invoice_id)
        now = time.monotonic() if as_unavailable(error) else float("inf")
        left = [each for each in kept if each.until > now]
        if left:
            self._by_invoice[invoice_id] = left
        if lost := len(kept) - len(left):
            self._count -= lost
            VIEWS.labels("lost").inc(lost)
            log.error("views.lost", count=lost, invoice_id=invoice_id, cause=repr(error))
