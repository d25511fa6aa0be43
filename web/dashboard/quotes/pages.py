"""The list of quotes, and the page of one."""

from starlette.responses import Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from schema.lines import LineItem
from schema.quote_actions import quote_actions
from schema.quotes import Quote
from schema.taxes import TaxSummary
from services.billing.documents import get_document
from services.billing.loaders import lines_of
from services.sharing.streams import load_stream_cursors
from web.dashboard.activity.entries import show_timeline
from web.dashboard.documents.lookups import quote_url
from web.dashboard.lists.kinds import QUOTES
from web.dashboard.lists.pages import ListPage
from web.dashboard.questions.threads import thread_values
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.panels import sent_email


@login_required(Permission.VIEW_INVOICES)
async def quotes_page(request: DashboardRequest) -> Response:
    """Show a page of the quotes."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    listed = await ListPage.of(request, QUOTES, "customer")
    viewer = request.viewer
    values = {
        "listed": listed,
        "quotes": [(Quote.of(row, viewer), row.customer) for row in listed.page.rows],
        "cursors": cursors,
    }
    return await request.render("quotes/list.html", values)


@login_required(Permission.VIEW_INVOICES)
async def quote_page(request: DashboardRequest) -> Response:
    """Show the quote."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    row = await get_document(models.Quote, request.staff, request.path_id)
    invoice = await models.Invoice.get_or_none(id=row.invoice_id) if row.invoice_id else None
    language = request.staff.language
    lines = await lines_of(row)
    values = {
        "quote": Quote.of(row, request.viewer),
        "can": quote_actions(row, invoice, request.staff),
        "sent": await sent_email(request, row.id),
        "url": quote_url(row),
        "customer": row.customer,
        "lines": LineItem.all_of(lines, row, language),
        "taxes": TaxSummary.all_of(row, lines, language),
        "invoice": invoice,
        "pdf_url": PATHS.document_pdf("quotes", row.id),
        "cursors": cursors,
        "timeline": await show_timeline(request, row),
        **await thread_values(row),
    }
    return await request.render("quotes/page.html", values)
