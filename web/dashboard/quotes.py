"""The list of quotes, and a quote's page."""

from typing import Final

from starlette.responses import Response

import models
from auth.permissions import Permission
from models import QuoteStatus
from schema.lines import LineItem
from schema.quote import Quote
from services import listing
from services.documents import lines_of
from services.ids import find
from services.paging import newest_first
from web.dashboard.pages import Pages, searched_for
from web.dashboard.visit import Visit, staff_page

_PATH: Final = "/dashboard/quotes"
_PAGE: Final = 25
"""Quotes on a page."""
_STATUSES: Final = {status.lower(): status for status in QuoteStatus}


@staff_page(Permission.VIEW_INVOICES)
async def quotes_page(visit: Visit) -> Response:
    """Show a page of the quotes, the newest first."""
    query = visit.request.query_params
    text, status = searched_for(query), _STATUSES.get(query.get("status", ""))
    rows = listing.search(listing.quotes(visit.staff, status), visit.staff, text)
    page = await newest_first(rows.select_related("customer"), _PAGE, query.get("after") or None)
    wanted = {"q": text, "status": status.lower() if status else ""}
    values = {
        "text": text,
        "status": wanted["status"],
        "statuses": list(_STATUSES),
        "quotes": [(Quote.of(row, visit.viewer), row.customer) for row in page.rows],
        "pages": Pages.of(page, _PATH, wanted),
    }
    return await visit.show("quotes.html", values)


@staff_page(Permission.VIEW_INVOICES)
async def quote_page(visit: Visit) -> Response:
    """Show the quote."""
    row = await find(models.Quote, visit.staff, visit.request.path_params["id"])
    invoice = await models.Invoice.get_or_none(id=row.invoice_id) if row.invoice_id else None
    language = visit.staff.language
    values = {
        "quote": Quote.of(row, visit.viewer),
        "customer": await models.Customer.get(id=row.customer_id),
        "lines": [LineItem.of(line, row, language) for line in await lines_of(row)],
        "invoice": invoice,
        "pdf_url": f"/quotes/{row.id}.pdf",
    }
    return await visit.show("quote.html", values)
