"""What staff can do with a credit note: issue, share, apply, void and delete it."""

from starlette.responses import Response

from auth.permissions import Permission
from models import Invoice
from services.billing import credit_applications, credit_notes
from services.ledger.document_numbers import upcoming_number
from web.dashboard.documents.lookups import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def issue_page(request: DashboardRequest) -> Response:
    """Ask, then issue the draft, and if staff want, apply it to the invoice that it corrects."""
    note = await get_credit_note(request)
    invoice = await Invoice.get(id=note.invoice_id) if note.invoice_id else None

    async def issue() -> str:
        verb = credit_notes.issue_credit_note
        if request.form.get("apply"):
            verb = credit_applications.issue_and_apply_credit_note
        await verb(request.staff, str(note.id))
        return credit_note_url(note)

    values = {
        "note": note,
        "number": await upcoming_number(note, request.staff.today),
        "invoice": invoice if invoice and invoice.is_open else None,
        "back_url": credit_note_url(note),
    }
    return await form_page(request, "credit_notes/issue.html", values, issue)


@login_required(Permission.MANAGE_INVOICES)
async def void_page(request: DashboardRequest) -> Response:
    """Ask, then void the credit note."""
    note = await get_credit_note(request)

    async def void() -> str:
        await credit_notes.void_credit_note(request.staff, str(note.id))
        return credit_note_url(note)

    confirmation = Confirmation(
        title=f"Void {note.name}?",
        text="Your customer can't use it any more. You can't undo this.",
        button="Void",
        back_url=credit_note_url(note),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, void)


@login_required(Permission.MANAGE_INVOICES)
async def delete_page(request: DashboardRequest) -> Response:
    """Ask, then delete the draft."""
    note = await get_credit_note(request)

    async def delete() -> str:
        await credit_notes.delete_credit_note(request.staff, str(note.id))
        return CREDIT_NOTES_PATH

    confirmation = Confirmation(
        title=f"Delete {note.name}?",
        text="This can't be undone.",
        button="Delete draft",
        back_url=credit_note_url(note),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, delete)
