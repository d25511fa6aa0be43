"""The list of invoices."""

from datetime import date

from starlette.responses import Response

import models
from auth.permissions import Permission
from i18n.locales import DEFAULT_LANGUAGE
from models import InvoiceStatus
from schema.invoices import Invoice
from services.sharing.streams import load_stream_cursors
from web.dashboard.lists.kinds import INVOICES
from web.dashboard.lists.pages import ListPage
from web.dashboard.requests import DashboardRequest, login_required
from web.http.pills import Pill, due_pills


@login_required(Permission.VIEW_INVOICES)
async def invoices_page(request: DashboardRequest) -> Response:
    """Show a page of the invoices."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    listed = await ListPage.of(request, INVOICES, "customer")
    viewer = request.viewer
    values = {
        "listed": listed,
        "invoices": [
            (Invoice.of(row, viewer), row.customer, _pills(row, viewer.today))
            for row in listed.page.rows
        ],
        "cursors": cursors,
    }
    if "overdue" in listed.counts:
        values["overdue_count"] = listed.counts["overdue"]
    return await request.render("invoices/list.html", values)


def _pills(invoice: models.Invoice, today: date) -> list[Pill]:
    """Return the state of an invoice, in the dashboard's language."""
    if invoice.status is InvoiceStatus.DRAFT:
        return [Pill("is-draft", "file", "Draft")]
    invoice.read_in = DEFAULT_LANGUAGE
    return due_pills(invoice, today)
