"""What staff can do with a credit note: issue, share, apply, void and delete it."""

from starlette.responses import Response

from auth.permissions import Permission
from models import Invoice
from services.billing import credit_applications, credit_notes
from services.billing.loaders import load_is_surplus
from services.checkout.effects import carry_out
from services.ledger.document_numbers import upcoming_number
from web.dashboard.corrections.effects import what_it_did, what_it_will_do
from web.dashboard.documents.deletion import deletion_page
from web.dashboard.documents.lookups import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def issue_page(request: DashboardRequest) -> Response:
    """Ask, then issue the draft, and if staff want, apply it to the invoice that it corrects."""
    note = await get_credit_note(request)
    if not request.is_post and (refusal := credit_notes.can_issue(note)):
        raise refusal
    invoice = await Invoice.get(id=note.invoice_id) if note.invoice_id else None

    async def issue() -> str:
        await credit_notes.issue_credit_note(request.staff, str(note.id))
        return credit_note_url(note)

    async def issue_and_apply() -> None:
        await credit_applications.issue_and_apply_credit_note(request.staff, str(note.id))

    async def act() -> str:
        if invoice is None or not request.form.get("apply"):
            return await issue()
        effect = await carry_out(request.staff, invoice.id, issue_and_apply)
        text = what_it_did(effect, request.staff.language)
        return request.url_with_notice(credit_note_url(note), text)

    applies = invoice is not None and invoice.is_open
    effect = ""
    if invoice is not None and applies and not request.is_post:
        effect = await what_it_will_do(request, invoice, issue_and_apply)
    values = {
        "effect": effect,
        "note": note,
        "number": await upcoming_number(note, request.staff.today),
        "invoice": invoice if applies else None,
        "back_url": credit_note_url(note),
    }
    return await form_page(request, "credit_notes/issue.html", values, act)


@login_required(Permission.MANAGE_INVOICES)
async def void_page(request: DashboardRequest) -> Response:
    """Ask, then void the credit note."""
    note = await get_credit_note(request)
    [is_surplus] = await load_is_surplus([note.id])
    if not request.is_post and (refusal := credit_notes.can_void(note, is_surplus=is_surplus)):
        raise refusal

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
    draft = await get_credit_note(request)
    return await deletion_page(request, draft, credit_notes.delete_credit_note, CREDIT_NOTES_PATH)
