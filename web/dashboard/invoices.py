"""The list of invoices, and what of them was opened last."""

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
from services.billing import queries
from services.common.pagination import newest_first
from web.dashboard.pagination import address, searched_for
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.stream_cursors import cursors

_PAGE: Final = 25
"""Invoices on a page."""
_FEED: Final = 20
"""Opens beside it."""
_OVERDUE: Final = "overdue"
_STATUSES: Final = {status.lower(): status for status in InvoiceStatus}
_SHARED: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which invoices are asked for, as the form and the address have it; empty: all."""

    text: str = ""
    status: str = ""
    shared: str = ""

    @classmethod
    def of(cls, query: QueryParams) -> Self:
        """Return what a query string asks for; of what is none of our choices, all."""
        status, shared = query.get("status", ""), query.get("shared", "")
        return cls(
            text=searched_for(query),
            status=status if status in {*_STATUSES, _OVERDUE} else "",
            shared=shared if shared in _SHARED else "",
        )

    def rows(self, staff: Staff) -> QuerySet[models.Invoice]:
        """Return the company's invoices that are asked for."""
        shared = _SHARED.get(self.shared)
        if self.status == _OVERDUE:
            rows = queries.overdue_invoices(staff, shared=shared)
        else:
            rows = queries.invoices(staff, _STATUSES.get(self.status), shared=shared)
        return queries.search(rows, staff, self.text)

    def url(self, after: str | None = None) -> str:
        """Return the address of the page behind the cursor `after`, or of the first."""
        given = {"q": self.text, "status": self.status, "shared": self.shared}
        return address("/dashboard/invoices", given | {"after": after or ""})


@login_required(Permission.VIEW_INVOICES)
async def invoices_page(request: DashboardRequest) -> Response:
    """Show a page of the invoices, the newest first, and the latest opens of any."""
    query = request.query
    wanted, after = Filter.of(query), query.get("after")
    live = await cursors(request)
    page = await newest_first(
        wanted.rows(request.staff).select_related("customer"), _PAGE, after or None
    )
    values = {
        "filter": wanted,
        "statuses": (*_STATUSES, _OVERDUE),
        "invoices": [(Invoice.of(row, request.viewer), row.customer) for row in page.rows],
        "newest_url": wanted.url() if after else None,
        "older_url": wanted.url(page.cursors[-1]) if page.has_next else None,
        "all_url": Filter().url(),
        "opens": await queries.latest_views(request.staff).limit(_FEED),
        "live": live,
    }
    return await request.render("invoices.html", values)
