"""Writing views in groups, and keeping those that can't be written yet."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from uuid import UUID

from structlog import get_logger

from core.telemetry.metrics import VIEWS
from db.availability import as_unavailable
from db.connections import ROLLBACK_ERRORS
from services.sharing.kept_views import KeptViews
from services.sharing.new_views import NewView
from services.sharing.view_rows import MAX_GROUP, write_views

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    view: NewView
    keep: bool
    written: asyncio.Future[bool]


class ViewRecorder:
    """Writes the views of each company in groups: those that arrive during a write form the next.

    So a popular invoice costs one wait for its lock per group rather than per view. A view that
    arrives alone is written at once, and no company waits for another.
    """

    def __init__(self) -> None:
        self._waiting: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        self._writers: dict[UUID, asyncio.Task[None]] = {}
        self._kept = KeptViews()

    async def record(self, view: NewView, *, keep: bool = False) -> bool:
        """Write a view, even if the caller is cancelled. False if its link no longer works.

        With `keep`, a view that can't be written now is kept and written later, and the result is
        True. That is for callers that can't tell anyone to try again.
        """
        if keep and self._kept.has_views_of(view.invoice_id) and self._kept.keep(view):
            return True
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(view=view, keep=keep, written=written)
        self._waiting[view.company_id].append(waiting)
        if view.company_id not in self._writers:
            # In a context of its own, since it also writes the views of other requests.
            writer = asyncio.create_task(self._write_waiting(view.company_id), context=Context())
            self._writers[view.company_id] = writer
        return await written

    async def close(self) -> None:
        """Wait until all views are written, and some seconds for those that are kept."""
        while self._writers:
            await asyncio.wait(self._writers.values())
        await self._kept.close()

    async def _write_waiting(self, company_id: UUID) -> None:
        try:
            while waiting := self._waiting.pop(company_id, []):
                for start in range(0, len(waiting), MAX_GROUP):
                    await self._write(waiting[start : start + MAX_GROUP])
        finally:
            del self._writers[company_id]

    async def _write(self, group: Sequence[_Waiting], *, briefly: bool = False) -> None:
        try:
            views = [waiting.view for waiting in group]
            recorded = await write_views(views, briefly=briefly)
        except ROLLBACK_ERRORS as error:
            await self._write_by_invoice(group, error)
            return
        except Exception as error:  # noqa: BLE001  # raised again where the views are awaited
            # Those that came meanwhile have waited, too, and would meet the same.
            company_id = group[0].view.company_id
            self._fail([*group, *self._waiting.pop(company_id, [])], error)
            return
        VIEWS.labels("recorded").inc(len(recorded))
        for waiting in group:
            if not waiting.written.done():
                waiting.written.set_result(waiting.view in recorded)

    async def _write_by_invoice(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Write each invoice's views by themselves, so that one invoice can't block the others."""
        by_invoice: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        for waiting in group:
            by_invoice[waiting.view.invoice_id].append(waiting)
        if len(by_invoice) > 1:
            # Those that are free can be written at once, and the others have waited already.
            writes = (self._write(views, briefly=True) for views in by_invoice.values())
            await asyncio.gather(*writes)
        else:
            self._fail(group, error)

    def _fail(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Keep the views for later if that may help, and tell the other callers of the error."""
        keepable = [waiting for waiting in group if waiting.keep and as_unavailable(error)]
        kept = {waiting.view for waiting in keepable if self._kept.keep(waiting.view)}
        if kept:
            log.warning("views.kept", count=len(kept), cause=repr(error))
        for waiting in group:
            if waiting.written.done():
                continue
            if waiting.view in kept:
                waiting.written.set_result(True)
            else:
                waiting.written.set_exception(error)
