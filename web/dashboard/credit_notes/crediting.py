"""Crediting an invoice in full or in part, and editing what is credited."""

from starlette.responses import Response

from auth.permissions import Permission
from errors import gather_refusals
from models import CreditNote, Invoice
from schema.money import Money
from services.billing import credit_notes
from services.billing.credit_note_drafts import CreditNoteChanges, lines_to_choose_from
from services.billing.creditable import load_creditable
from services.billing.pricing import Discount
from web.dashboard.documents.forms import (
    MAX_DOCUMENT_FORM_SIZE,
    entered_discount,
    lines_page,
    parsed_discount,
)
from web.dashboard.documents.lines import (
    LineInput,
    entered_lines,
    format_discount,
    parse_lines,
    stored_lines,
)
from web.dashboard.documents.lookups import credit_note_url, get_invoice, invoice_url
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required


class CreditForm(Form):
    """Why an invoice is credited."""

    reason = Field(
        "Reason", parse_text, required=True, max_length=2000, hint="Your client sees it."
    )


class CorrectionForm(CreditForm):
    """What is credited of an invoice, and why; its lines are parsed by `parse_lines`."""

    discount = Field(
        "Discount", parse_text, max_length=40, hint="Off all lines: an amount, or like 10%."
    )

    def check(self) -> None:
        """Raise BadInput about all that can't be parsed, in the lines, too."""
        with gather_refusals() as refusals:
            refusals.of(super().check)
            refusals.of(parse_lines, self)
            refusals.of(self.parsed_discount)

    def parsed_discount(self) -> Discount:
        """Return the discount. Raises BadInput."""
        return parsed_discount(self.discount, self.locale)


@login_required(Permission.MANAGE_INVOICES)
async def credit_page(request: DashboardRequest) -> Response:
    """Ask why, and create the draft of a credit note over all that isn't credited yet."""
    invoice = await get_invoice(request)
    form = CreditForm(request.form)
    creditable = await load_creditable(invoice)

    async def credit() -> str:
        note = await credit_notes.credit_invoice(
            request.staff,
            str(invoice.id),
            form.reason.value,
            idempotency_key=form.idempotency_key,
        )
        return credit_note_url(note)

    values = {
        "form": form,
        "invoice": invoice,
        "amount": Money.of(invoice.money(creditable.total), request.staff.language),
        "is_rest": creditable.credited > 0,
        "url": f"{invoice_url(invoice)}/credit",
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "credit_notes/invoice.html", values, credit)


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def credit_lines_page(request: DashboardRequest) -> Response:
    """Show the lines that aren't credited yet, and create a draft over those that are kept."""
    invoice, language = await get_invoice(request), request.staff.language
    lines, discount = await lines_to_choose_from(await load_creditable(invoice))
    form = CorrectionForm(
        request.form,
        language,
        discount=format_discount(discount.amount, discount.percent, invoice.currency, language),
    )

    async def credit() -> str:
        note = await credit_notes.credit_invoice(
            request.staff,
            str(invoice.id),
            form.reason.value,
            parse_lines(form),
            discount=form.parsed_discount(),
            idempotency_key=form.idempotency_key,
        )
        return credit_note_url(note)

    values = {
        "heading": f"Credit part of invoice {invoice.label}",
        "invoice": invoice,
        "left": await _left(invoice, language),
        "back_url": invoice_url(invoice),
    }
    return await lines_page(
        request,
        form,
        credit,
        "credit_notes/correction.html",
        values,
        lines=entered_lines(lines, invoice.currency, language),
        blank=LineInput(),
    )


async def edit_correction(request: DashboardRequest, note: CreditNote) -> Response:
    """Show the lines of a draft that corrects an invoice, and replace them."""
    invoice, language = await Invoice.get(id=note.invoice_id), request.staff.language
    form = CorrectionForm(
        request.form,
        language,
        discount=entered_discount(note, language),
        reason=note.reason or "",
    )

    async def update() -> str:
        changes = CreditNoteChanges(
            lines=parse_lines(form), discount=form.parsed_discount(), reason=form.reason.value
        )
        await credit_notes.update_credit_note(request.staff, str(note.id), changes)
        return credit_note_url(note)

    values = {
        "heading": f"Edit credit note {note.label}",
        "invoice": invoice,
        "left": await _left(invoice, language),
        "back_url": credit_note_url(note),
    }
    return await lines_page(
        request,
        form,
        update,
        "credit_notes/correction.html",
        values,
        lines=await stored_lines(note, language),
        blank=LineInput(),
    )


async def _left(invoice: Invoice, language: str) -> Money:
    creditable = await load_creditable(invoice)
    return Money.of(invoice.money(creditable.total), language)
