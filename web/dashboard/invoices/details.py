"""An invoice's page: its amounts, lines, payments and views."""

from typing import Final

from starlette.responses import Response

import models
from auth.permissions import Permission
from auth.staff import Staff
from core.urls import PATHS
from schema.invoice_actions import invoice_actions
from schema.invoices import CreditNote, Invoice
from schema.lines import LineItem
from schema.taxes import TaxSummary
from services.billing.creditable import credited_by
from services.billing.documents import get_document
from services.billing.loaders import lines_of, load_credit_notes
from services.billing.manual_payments import can_record_payment, can_record_surplus
from services.billing.write_offs import can_reverse_write_off
from services.checkout.refunds import can_refund
from services.common.listings import Window
from services.ledger.payment_history import payment_history
from services.sharing.streams import load_stream_cursors
from services.sharing.user_agents import device_name
from services.sharing.view_pages import ViewLog, ViewPage, load_view_pages
from services.sharing.view_stats import Days, load_views_per_day
from web.dashboard.activity.entries import show_timeline
from web.dashboard.corrections.history import invoice_history, load_refundable_payments
from web.dashboard.documents.e_invoices import EInvoiceCard
from web.dashboard.documents.lookups import invoice_url
from web.dashboard.invoices.charts import Chart
from web.dashboard.questions.threads import thread_values
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.documents import INVOICES
from web.dashboard.sharing.panels import sent_email

_VIEWS_PAGE_SIZE: Final = 20
_CHART_DAYS: Final = 30


@login_required(Permission.VIEW_INVOICES)
async def invoice_page(request: DashboardRequest) -> Response:
    """Show the invoice, with the page of its views that starts after the cursor `views_after`."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    row = await get_document(models.Invoice, request.staff, request.path_id)
    customer = row.customer
    after = request.query.get("views_after")
    log = ViewLog(invoice_id=row.id, include_automated=True)
    [page] = await load_view_pages(
        [ViewPage.of(log, Window(size=_VIEWS_PAGE_SIZE, cursor=after or None))]
    )
    path, language = invoice_url(row), request.staff.language
    [notes] = await load_credit_notes([row.id])
    lines = await lines_of(row)
    history = await payment_history(row.id)
    refundable = await load_refundable_payments(history)
    can = invoice_actions(
        row,
        customer,
        credited_by(notes),
        sum(each.amount for each in refundable.values()),
        request.staff,
    )
    values = {
        "invoice": Invoice.of(row, request.viewer),
        "customer": customer,
        "can": can,
        "can_reclaim": bool(can) and can_reverse_write_off(row) is None,
        "refundable_payments": [
            payment_id for payment_id, each in refundable.items() if can and not can_refund(each)
        ],
        "days_left": _days_left(row, request.staff),
        "share": await INVOICES.panel(request, row) if can else None,
        "sent": await sent_email(request, row.id),
        "lines": LineItem.all_of(lines, row, language),
        "taxes": TaxSummary.all_of(row, lines, language),
        "history": await invoice_history(row, history, refundable, request.staff),
        "takes_surplus": _takes_surplus(row, request.staff),
        "credit_notes": [CreditNote.of(note, request.viewer) for note in notes],
        "chart": await _chart(row, request.staff),
        "view_log": [(view, device_name(view.user_agent)) for view in page.rows],
        "newest_views_url": f"{path}#views" if after else None,
        "older_views_url": (
            f"{path}?views_after={page.end_cursor}#views" if page.has_next else None
        ),
        "url": path,
        "pdf_url": PATHS.document_pdf("invoices", row.id),
        "e_invoice": await EInvoiceCard.of(row, request.staff, path),
        "cursors": cursors,
        "timeline": await show_timeline(request, row),
        **await thread_values(row),
    }
    return await request.render("invoices/page.html", values)


def _days_left(row: models.Invoice, staff: Staff) -> int | None:
    """Return how many days are left until it is due; None if nothing is."""
    return (row.due_date - staff.today).days if row.is_open and row.due_date else None


def _takes_surplus(row: models.Invoice, staff: Staff) -> bool:
    """Return whether money can be recorded that isn't due, and none that is."""
    may_manage = Permission.MANAGE_INVOICES in staff.permissions
    return may_manage and bool(can_record_payment(row)) and not can_record_surplus(row)


async def _chart(row: models.Invoice, staff: Staff) -> Chart | None:
    """Return the chart of the last days' opens; None if there are none."""
    if not row.view_count:
        return None
    [counts] = await load_views_per_day([(row.id, Days.of(staff, _CHART_DAYS))])
    return Chart.of(counts, staff.today)
