"""The forms of credit notes: the draft, and applying its credit to an invoice."""

from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from auth.staff import Staff
from i18n.formatting import format_amount, format_money
from models import OPEN_STATUSES, CreditNote, Invoice
from schema.money import Money
from services.billing import credit_applications, credit_notes, queries
from services.billing.credit_note_drafts import CreditAmount, CreditNoteChanges
from services.billing.drafts import can_edit
from services.common.lookups import get_owned
from web.dashboard.corrections.pages import Correction, correction_page
from web.dashboard.credit_notes.crediting import edit_correction
from web.dashboard.documents.customers import customer_choices
from web.dashboard.documents.lookups import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.documents.prices import MAX_DOCUMENT_FORM_SIZE
from web.dashboard.forms.choices import currency_choices
from web.dashboard.forms.fields import (
    Field,
    Form,
    optional,
    parse_amount,
    parse_text,
)
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required

_MAX_INVOICES: Final = 100
"""Open invoices to choose from, newest first."""


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

    def content(self) -> CreditAmount:
        """Return what was entered. Raises BadInput."""
        return CreditAmount(
            customer_id=self.customer.value,
            amount=self.amount.value,
            currency=self.currency.value,
            reason=self.reason.value,
        )

    def changes(self) -> CreditNoteChanges:
        """Return what was entered for a draft. Raises BadInput."""
        return CreditNoteChanges(
            customer_id=self.customer.value,
            amount=self.amount.value,
            currency=self.currency.value,
            reason=self.reason.value or "",
        )


@login_required(Permission.MANAGE_INVOICES)
async def new_note(request: DashboardRequest) -> Response:
    """Show the form, and create a draft."""
    company = request.company
    form = CreditNoteForm(
        request.form,
        request.staff.language,
        customer=request.query.get("customer", ""),
        currency=company.currency,
    )

    async def create() -> str:
        note = await credit_notes.create_credit_note(
            request.staff, form.content(), idempotency_key=form.idempotency_key
        )
        return credit_note_url(note)

    values = await _values(request, form, "New credit note", CREDIT_NOTES_PATH)
    return await form_page(request, "credit_notes/form.html", values, create)


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def edit_note(request: DashboardRequest) -> Response:
    """Show the form with a draft, and change the draft."""
    note = await get_credit_note(request)
    if not request.is_post and can_edit(note):
        return RedirectResponse(credit_note_url(note), 303)
    if note.invoice_id is not None:
        return await edit_correction(request, note)
    form = CreditNoteForm(
        request.form,
        request.staff.language,
        customer=str(note.customer_id),
        amount=format_amount(note.money(note.total), request.staff.language),
        currency=note.currency,
        reason=note.reason or "",
    )

    async def update() -> str:
        await credit_notes.update_credit_note(request.staff, str(note.id), form.changes())
        return credit_note_url(note)

    values = await _values(request, form, f"Edit {note.name}", credit_note_url(note))
    return await form_page(request, "credit_notes/form.html", values, update)


async def _values(
    request: DashboardRequest, form: CreditNoteForm, heading: str, back_url: str
) -> dict[str, Any]:
    return {
        "form": form,
        "heading": heading,
        "back_url": back_url,
        "customers": await customer_choices(request.staff, form.customer.text),
        "currencies": currency_choices(request.staff.language),
    }


class CreditApplicationForm(Form):
    """How much credit is applied, and to which invoice."""

    invoice = Field("Invoice", parse_text, required=True, error_name="invoiceId")
    amount = Field("Amount", optional(parse_amount), max_length=40)


@login_required(Permission.MANAGE_INVOICES)
async def apply_page(request: DashboardRequest) -> Response:
    """Show what applying credit does, and apply it. Without an amount it is as much as possible."""
    staff, note = request.staff, await get_credit_note(request)
    invoices = await _open_invoices(staff, note)
    form = CreditApplicationForm(
        request.form, staff.language, invoice=str(invoices[0].id) if invoices else ""
    )

    async def apply(_: str) -> None:
        await credit_applications.apply_credit_note(
            staff,
            str(note.id),
            form.invoice.value,
            form.amount.value,
            idempotency_key=form.idempotency_key,
        )

    remaining = note.money(note.remaining)
    values = {
        "form": form,
        "invoices": [_choice(invoice, staff.language) for invoice in invoices],
        "number": note.label,
        "remaining": Money.of(remaining, staff.language),
        "maximum": format_amount(remaining, staff.language),
        "back_url": credit_note_url(note),
    }
    template = "credit_notes/application.html"
    if not invoices and not request.is_post:
        return await request.render(template, values)
    correction = Correction(
        invoice=await get_owned(Invoice, staff, form.invoice.text),
        act=apply,
        done=lambda: "Credit applied.",
        back_url=credit_note_url(note),
    )
    return await correction_page(request, template, values, correction)


async def _open_invoices(staff: Staff, note: CreditNote) -> list[Invoice]:
    """Return the customer's open invoices in the credit note's currency, newest first."""
    rows = queries.invoices(staff).filter(
        customer_id=note.customer_id, currency=note.currency, status__in=list(OPEN_STATUSES)
    )
    return await rows.order_by("-created_at", "-id").limit(_MAX_INVOICES)


def _choice(invoice: Invoice, language: str) -> tuple[str, str]:
    due = format_money(invoice.money(invoice.amount_due), language)
    return str(invoice.id), f"{invoice.label}: {due} due"
