"""The list of invoices, and the latest views."""

from dataclasses import dataclass
from typing import Final, Self

from starlette.datastructures import QueryParams
from starlette.responses import Response
from tortoise.queryset import QuerySet

import models
from auth.permissions import Permission
from auth.staff import Staff
from models import InvoiceStatus
from schema.invoices import Invoice
from services.billing.lists import filters
from services.billing.lists.orders import InvoiceOrder
from services.common.pagination import Page
from services.sharing.latest_views import load_latest_views
from services.sharing.streams import load_stream_cursors
from web.dashboard.documents.lookups import INVOICES_PATH
from web.dashboard.lists.orders import NEWEST_FIRST, Head, ListOrder
from web.dashboard.lists.pagination import PageLinks, build_url, search_text
from web.dashboard.requests import DashboardRequest, login_required

_PAGE_SIZE: Final = 25
_FEED_SIZE: Final = 20
"""Views next to the list."""
_OVERDUE: Final = "overdue"
_STATUSES: Final = {status.lower(): status for status in InvoiceStatus}
_SHARED: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """The values of the filter form; an empty one doesn't filter."""

    text: str = ""
    status: str = ""
    shared: str = ""
    order: ListOrder = NEWEST_FIRST

    @classmethod
    def from_query(cls, query: QueryParams) -> Self:
        """Return the filter in the query parameters, without unknown values."""
        status, shared = query.get("status", ""), query.get("shared", "")
        return cls(
            text=search_text(query),
            status=status if status in {*_STATUSES, _OVERDUE} else "",
            shared=shared if shared in _SHARED else "",
            order=ListOrder.of(query, InvoiceOrder),
        )

    async def rows(self, staff: Staff) -> QuerySet[models.Invoice]:
        """Return the company's invoices that match."""
        shared = _SHARED.get(self.shared)
        wanted = filters.InvoiceFilter(
            status=_STATUSES.get(self.status),
            shared=shared,
            overdue=self.status == _OVERDUE,
            search=self.text,
        )
        return await wanted.rows(staff)

    async def page(self, staff: Staff, after: str | None) -> Page[models.Invoice]:
        """Return the invoices after a cursor, with their customers loaded. Raises BadInput."""
        rows = (await self.rows(staff)).select_related("customer")
        given = {name: value or None for name, value in self._query.items()}
        return await self.order.page(rows, staff, _PAGE_SIZE, after, **given)

    def url(self, after: str | None = None) -> str:
        """Return the address of the page after a cursor, or of the first page."""
        query = {**self._query, "order": self.order.parameter, "after": after or ""}
        return build_url(INVOICES_PATH, query)

    def head(self, column: str) -> Head:
        """Return the head of a column that orders the list."""
        return self.order.head(column, INVOICES_PATH, self._query)

    @property
    def _query(self) -> dict[str, str]:
        return {"q": self.text, "status": self.status, "shared": self.shared}


@login_required(Permission.VIEW_INVOICES)
async def invoices_page(request: DashboardRequest) -> Response:
    """Show a page of the invoices, and the latest views."""
    query, viewer = request.query, request.viewer
    invoice_filter = InvoiceFilter.from_query(query)
    after = query.get("after") or None
    [cursors] = await load_stream_cursors([request.staff.company_id])
    page = await invoice_filter.page(request.staff, after)
    values = {
        "filter": invoice_filter,
        "statuses": (*_STATUSES, _OVERDUE),
        "invoices": [(Invoice.of(row, viewer), row.customer) for row in page.rows],
        "pages": PageLinks(
            newest_url=invoice_filter.url() if after else None,
            older_url=invoice_filter.url(page.end_cursor) if page.has_next else None,
        ),
        "all_url": InvoiceFilter(order=invoice_filter.order).url(),
        "latest_views": await load_latest_views(request.staff, _FEED_SIZE),
        "cursors": cursors,
    }
    return await request.render("invoices/list.html", values)
