"""The pages of timelines: one for each document and customer, and everything that happened."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from models import Customer
from models.documents import PricedDocument
from services.common.lookups import get_owned
from services.sharing.streams import load_stream_cursors
from web.dashboard.activity.entries import (
    show_everything,
    show_timeline,
)
from web.dashboard.documents.lookups import get_credit_note, get_invoice, get_quote
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.VIEW_INVOICES)
async def activity_page(request: DashboardRequest) -> Response:
    """Show what happened in the company."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    timeline = await show_everything(request, request.query.get("after") or None)
    values = {"timeline": timeline, "cursors": cursors, "name": None}
    values |= {"back": "Home", "back_url": "/dashboard"}
    return await request.render("activity/page.html", values)


def timeline_page(
    find: Callable[[DashboardRequest], Awaitable[PricedDocument | Customer]],
) -> Callable[..., Awaitable[Response]]:
    """Return the page with the whole timeline of a document or customer, which `find` finds."""

    @login_required(Permission.VIEW_INVOICES)
    async def page(request: DashboardRequest) -> Response:
        [cursors] = await load_stream_cursors([request.staff.company_id])
        row = await find(request)
        timeline = await show_timeline(request, row, after=request.query.get("after") or None)
        values: dict[str, object] = {
            "timeline": timeline,
            "cursors": cursors,
            "name": row.name,
            "back": row.name if isinstance(row, Customer) else row.name[0].upper() + row.name[1:],
            "back_url": timeline.url.removesuffix("/timeline"),
        }
        return await request.render("activity/page.html", values)

    return page


async def _get_customer(request: DashboardRequest) -> Customer:
    return await get_owned(Customer, request.staff, request.path_id)


invoice_timeline: Final = timeline_page(get_invoice)
quote_timeline: Final = timeline_page(get_quote)
credit_note_timeline: Final = timeline_page(get_credit_note)
customer_timeline: Final = timeline_page(_get_customer)
