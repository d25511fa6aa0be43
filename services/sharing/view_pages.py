"""Pages of the views of many invoices, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from models import Invoice, InvoiceView
from services.common.listings import Window
from services.common.pages_of_each import PageOf, PagesOfEach
from services.common.pagination import BY_SEQUENCE, Page

_ALL: Final = PagesOfEach(InvoiceView, "invoice_id", key=BY_SEQUENCE)
_BY_PEOPLE: Final = PagesOfEach(InvoiceView, "invoice_id", key=BY_SEQUENCE, where="NOT automated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLog:
    """The views of an invoice; automated ones only if they are included."""

    invoice_id: UUID
    include_automated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPage:
    """A page of a log."""

    log: ViewLog
    window: Window

    @classmethod
    def of(cls, log: ViewLog, window: Window) -> Self:
        """Return the page of a window. Raises BadInput for a cursor of another list."""
        window.position(BY_SEQUENCE)
        return cls(log=log, window=window)


async def load_view_pages(pages: Sequence[ViewPage]) -> list[Page[InvoiceView]]:
    """Return the pages, newest views first, in one statement for those that are alike."""
    loaded: dict[ViewPage, Page[InvoiceView]] = {}
    for include_automated in {page.log.include_automated for page in pages}:
        alike = [page for page in pages if page.log.include_automated == include_automated]
        wanted = [PageOf(owner_id=page.log.invoice_id, window=page.window) for page in alike]
        logs = _ALL if include_automated else _BY_PEOPLE
        loaded |= zip(alike, await logs.load(wanted), strict=True)
    return [loaded[page] for page in pages]


async def count_views(logs: Sequence[ViewLog]) -> list[int]:
    """Return the number of views in each log, in one statement for each kind of log.

    Invoices count their views by people. With automated ones, at most MAX_COUNT are counted.
    """
    counts: dict[ViewLog, int] = {}
    if by_people := [log for log in logs if not log.include_automated]:
        ids = [log.invoice_id for log in by_people]
        rows = await Invoice.filter(id__in=ids).values_list("id", "view_count")
        known = dict(rows)
        counts |= {log: known[log.invoice_id] for log in by_people}
    if all_views := [log for log in logs if log.include_automated]:
        counted = await _ALL.count([log.invoice_id for log in all_views])
        counts |= zip(all_views, counted, strict=True)
    return [counts[log] for log in logs]
