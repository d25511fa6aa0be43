"""The list of credit notes, and the page of one."""

from starlette.responses import Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from models import CreditNoteStatus
from schema.credit_applications import CreditApplication
from schema.invoices import CreditNote
from services.billing import queries
from services.billing.loaders import load_applications_of
from web.dashboard.credit_notes.actions import credit_note_actions
from web.dashboard.documents import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.pagination import search_page
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.VIEW_INVOICES)
async def credit_notes_page(request: DashboardRequest) -> Response:
    """Show a page of the credit notes, newest first."""
    rows, values = await search_page(
        request, CREDIT_NOTES_PATH, CreditNoteStatus, queries.credit_notes
    )
    values["notes"] = [(CreditNote.of(row, request.viewer), row.customer) for row in rows]
    return await request.render("credit_notes.html", values)


@login_required(Permission.VIEW_INVOICES)
async def credit_note_page(request: DashboardRequest) -> Response:
    """Show the credit note, and the invoices it was applied to."""
    row = await get_credit_note(request)
    [applications] = await load_applications_of([row.id])
    language = request.staff.language
    values = {
        "note": CreditNote.of(row, request.viewer),
        "can": await credit_note_actions(row, request.staff),
        "url": credit_note_url(row),
        "customer": await models.Customer.get(id=row.customer_id),
        "applications": [
            (CreditApplication.of(credit, language), credit.application.invoice_id)
            for credit in applications
        ],
        "pdf_url": PATHS.document_pdf("credit-notes", row.id),
    }
    return await request.render("credit_note.html", values)
