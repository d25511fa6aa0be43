"""The form that creates or edits the draft of a credit note."""

from typing import Any

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount
from services.billing import credit_notes, queries
from services.billing.credit_notes import CreditNoteDraft
from web.dashboard.document_forms import customer_choices
from web.dashboard.documents import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.fields import Field, Form, currency_choices, optional, parse_amount, parse_text
from web.dashboard.forms import form_page
from web.dashboard.requests import DashboardRequest, login_required


class CreditNoteForm(Form):
    """A credit note while it is a draft."""

    customer = Field("Customer", parse_text, required=True, error_name="customerId")
    amount = Field("Amount", parse_amount, required=True, max_length=40)
    currency = Field("Currency", optional(parse_text))
    reason = Field(
        "Reason",
        optional(parse_text),
        max_length=2000,
        hint="Optional. Your client sees it.",
    )

    def draft(self) -> CreditNoteDraft:
        """Return what was entered. Raises BadInput."""
        return CreditNoteDraft(
            customer_id=self.customer.value,
            amount=self.amount.value,
            currency=self.currency.value,
            reason=self.reason.value,
        )


@login_required(Permission.MANAGE_INVOICES)
async def new_note(request: DashboardRequest) -> Response:
    """Show the form, and create a draft."""
    company = await queries.company_of(request.staff)
    form = CreditNoteForm(
        request.form,
        request.staff.language,
        customer=request.query.get("customer", ""),
        currency=company.currency,
    )

    async def create() -> str:
        note = await credit_notes.create_credit_note(
            request.staff, form.draft(), idempotency_key=form.idempotency_key
        )
        return credit_note_url(note)

    values = await _values(request, form, "New credit note", CREDIT_NOTES_PATH)
    return await form_page(request, "credit_note_form.html", values, create)


@login_required(Permission.MANAGE_INVOICES)
async def edit_note(request: DashboardRequest) -> Response:
    """Show the form with a draft, and replace the draft."""
    note = await get_credit_note(request)
    form = CreditNoteForm(
        request.form,
        request.staff.language,
        customer=str(note.customer_id),
        amount=format_amount(note.money(note.total), request.staff.language),
        currency=note.currency,
        reason=note.reason or "",
    )

    async def update() -> str:
        await credit_notes.update_credit_note(request.staff, str(note.id), form.draft())
        return credit_note_url(note)

    values = await _values(request, form, f"Edit credit note {note.number}", credit_note_url(note))
    return await form_page(request, "credit_note_form.html", values, update)


async def _values(
    request: DashboardRequest, form: CreditNoteForm, heading: str, back_url: str
) -> dict[str, Any]:
    return {
        "form": form,
        "heading": heading,
        "back_url": back_url,
        "customers": await customer_choices(request.staff, form.customer.text),
        "currencies": currency_choices(),
    }
