"""The list of credit notes, and the page of one."""

from starlette.responses import Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from schema.credit_applications import CreditApplication
from schema.credit_note_actions import credit_note_actions
from schema.credit_payouts import CreditPayout
from schema.invoices import CreditNote
from schema.lines import LineItem
from schema.taxes import TaxSummary
from services.billing.credit_applications import can_reverse_application
from services.billing.credit_payouts import can_reverse_payout
from services.billing.documents import get_document
from services.billing.loaders import (
    AppliedCredit,
    lines_of,
    load_applications_of,
    load_payouts,
)
from services.sharing.streams import load_stream_cursors
from web.dashboard.activity.entries import show_timeline
from web.dashboard.documents.e_invoices import EInvoiceCard
from web.dashboard.documents.lookups import credit_note_url
from web.dashboard.lists.kinds import CREDIT_NOTES
from web.dashboard.lists.pages import ListPage
from web.dashboard.questions.threads import thread_values
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.panels import sent_email


@login_required(Permission.VIEW_INVOICES)
async def credit_notes_page(request: DashboardRequest) -> Response:
    """Show a page of the credit notes, with the invoices that they correct."""
    listed = await ListPage.of(request, CREDIT_NOTES, "customer", "invoice")
    viewer = request.viewer
    notes = [(CreditNote.of(row, viewer), row.customer, row.invoice) for row in listed.page.rows]
    return await request.render("credit_notes/list.html", {"listed": listed, "notes": notes})


@login_required(Permission.VIEW_INVOICES)
async def credit_note_page(request: DashboardRequest) -> Response:
    """Show the credit note, and what its credit was used for."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    row = await get_document(models.CreditNote, request.staff, request.path_id)
    lines = await lines_of(row)
    [applications] = await load_applications_of([row.id])
    [payouts] = await load_payouts([row.id])
    origin = await models.Surplus.get_or_none(credit_note_id=row.id)
    may_manage = Permission.MANAGE_INVOICES in request.staff.permissions
    language = request.staff.language
    values = {
        "note": CreditNote.of(row, request.viewer),
        "can": credit_note_actions(row, request.staff, is_surplus=origin is not None),
        "sent": await sent_email(request, row.id),
        "url": credit_note_url(row),
        "e_invoice": await EInvoiceCard.of(row, request.staff, credit_note_url(row)),
        "invoice": await models.Invoice.get(id=row.invoice_id) if row.invoice_id else None,
        "lines": LineItem.all_of(lines, row, language),
        "taxes": TaxSummary.all_of(row, lines, language),
        "customer": row.customer,
        "applications": [
            (
                CreditApplication.of(credit, language),
                credit.application.invoice_id,
                may_manage and _can_remove(credit, origin),
            )
            for credit in applications
        ],
        "payouts": [
            (
                CreditPayout.of(payout, row, language),
                may_manage and not can_reverse_payout(is_reversed=payout.reversal is not None),
            )
            for payout in payouts
        ],
        "pdf_url": PATHS.document_pdf("credit-notes", row.id),
        "cursors": cursors,
        "timeline": await show_timeline(request, row),
        **await thread_values(row),
    }
    return await request.render("credit_notes/page.html", values)


def _can_remove(credit: AppliedCredit, origin: models.Surplus | None) -> bool:
    """Return whether credit can be removed; `origin` is the surplus that the note became."""
    refusal = can_reverse_application(
        is_reversed=credit.reversal is not None,
        is_own_surplus=origin is not None and origin.invoice_id == credit.application.invoice_id,
    )
    return refusal is None
