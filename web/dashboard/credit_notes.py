"""The list of credit notes, and a credit note's page."""

from typing import Final

from starlette.responses import Response

import models
from auth.permissions import Permission
from models import CreditNoteStatus
from schema.credit import CreditApplication, CreditNote
from services import listing
from services.documents import load_applications_of
from services.ids import find
from services.paging import newest_first
from web.dashboard.pages import Pages, searched_for
from web.dashboard.visit import Visit, staff_page

_PATH: Final = "/dashboard/credit-notes"
_PAGE: Final = 25
"""Credit notes on a page."""
_STATUSES: Final = {status.lower(): status for status in CreditNoteStatus}


@staff_page(Permission.VIEW_INVOICES)
async def credit_notes_page(visit: Visit) -> Response:
    """Show a page of the credit notes, the newest first."""
    query = visit.request.query_params
    text, status = searched_for(query), _STATUSES.get(query.get("status", ""))
    rows = listing.search(listing.credit_notes(visit.staff, status), visit.staff, text)
    page = await newest_first(rows.select_related("customer"), _PAGE, query.get("after") or None)
    wanted = {"q": text, "status": status.lower() if status else ""}
    values = {
        "text": text,
        "status": wanted["status"],
        "statuses": list(_STATUSES),
        "notes": [(CreditNote.of(row, visit.viewer), row.customer) for row in page.rows],
        "pages": Pages.of(page, _PATH, wanted),
    }
    return await visit.show("credit_notes.html", values)


@staff_page(Permission.VIEW_INVOICES)
async def credit_note_page(visit: Visit) -> Response:
    """Show the credit note, and to which invoices it was applied."""
    row = await find(models.CreditNote, visit.staff, visit.request.path_params["id"])
    [applications] = await load_applications_of([row.id])
    language = visit.staff.language
    values = {
        "note": CreditNote.of(row, visit.viewer),
        "customer": await models.Customer.get(id=row.customer_id),
        "applications": [
            (CreditApplication.of(application, language), application.invoice_id)
            for application in applications
        ],
        "pdf_url": f"/credit-notes/{row.id}.pdf",
    }
    return await visit.show("credit_note.html", values)
