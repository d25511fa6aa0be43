"""Crediting an invoice in full or in part, and editing what is credited."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from db.availability import raising_unavailable
from errors import PortalError, gather_refusals
from i18n.formatting import format_amount, format_money
from models import CreditNote, Invoice
from schema.money import Money
from services.billing import credit_applications, credit_notes
from services.billing.credit_note_drafts import (
    CreditedPart,
    CreditNoteChanges,
    lines_to_choose_from,
)
from services.billing.creditable import load_creditable
from services.billing.pricing import Discount
from values.money import to_minor
from web.dashboard.corrections.pages import Correction, ReasonForm, correction_page
from web.dashboard.documents.forms import entered_discount
from web.dashboard.documents.lines import (
    LineInput,
    all_lines,
    entered_lines,
    format_discount,
    line_values,
    parse_document_discount,
    parse_lines,
    stored_lines,
    submitted_lines,
)
from web.dashboard.documents.lookups import credit_note_url, get_invoice, invoice_url
from web.dashboard.documents.prices import MAX_DOCUMENT_FORM_SIZE, PriceTerms, PriceView
from web.dashboard.documents.rearranging import rearrange
from web.dashboard.forms.fields import Field, parse_amount, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required


class CreditForm(ReasonForm):
    """Why an invoice is credited."""

    reason = Field(
        "Reason", parse_text, required=True, max_length=2000, hint="Your client sees it."
    )


class AmountForm(CreditForm):
    """How much of an invoice is credited, and why."""

    amount = Field(
        "Amount",
        parse_amount,
        required=True,
        max_length=40,
        hint="With tax. A part is spread over the taxes of the invoice.",
    )


class CorrectionForm(CreditForm):
    """What is credited of an invoice, and why; its lines are parsed by `parse_lines`."""

    discount = Field(
        "Discount", parse_text, max_length=40, hint="On all lines: an amount or a percentage."
    )

    def check(self) -> None:
        """Raise BadInput about all that can't be parsed, in the lines, too."""
        with gather_refusals() as refusals:
            refusals.of(super().check)
            refusals.of(parse_lines, self)
            refusals.of(self.parsed_discount)

    def parsed_discount(self) -> Discount:
        """Return the discount. Raises BadInput."""
        return parse_document_discount(self.discount.text, self.locale)


@login_required(Permission.MANAGE_INVOICES)
async def credit_page(request: DashboardRequest) -> Response:
    """Ask how much and why, and credit the invoice, or create the draft of a credit note."""
    invoice, language = await get_invoice(request), request.staff.language
    left = invoice.money((await load_creditable(invoice)).total)
    form = AmountForm(request.form, language, amount=format_amount(left, language))

    async def draft() -> str:
        note = await credit_notes.credit_invoice(
            request.staff,
            str(invoice.id),
            form.reason.value,
            CreditedPart(amount=form.amount.value),
            idempotency_key=form.idempotency_key,
        )
        return credit_note_url(note)

    async def credit(reason: str) -> None:
        await credit_applications.credit_at_once(
            request.staff,
            str(invoice.id),
            reason,
            CreditedPart(amount=form.amount.value),
            idempotency_key=form.idempotency_key,
        )

    def done() -> str:
        minor = to_minor(form.amount.value, invoice.currency, field="amount")
        return f"Credited {format_money(invoice.money(minor), language)}."

    values = {
        "form": form,
        "invoice": invoice,
        "left": Money.of(left, language),
        "url": f"{invoice_url(invoice)}/credit",
        "back_url": invoice_url(invoice),
    }
    template = "credit_notes/invoice.html"
    if request.form.get("draft"):
        return await form_page(request, template, {**values, "effect": ""}, draft)
    correction = Correction(
        invoice=invoice,
        act=credit,
        done=done,
        back_url=invoice_url(invoice),
    )
    return await correction_page(request, template, values, correction)


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
            CreditedPart(lines=parse_lines(form), discount=form.parsed_discount()),
            idempotency_key=form.idempotency_key,
        )
        return credit_note_url(note)

    values = {
        "heading": f"Credit part of invoice {invoice.label}",
        "invoice": invoice,
        "left": await _left(invoice, language),
        "prices_include_tax": invoice.prices_include_tax,
        "back_url": invoice_url(invoice),
    }
    return await _lines_page(
        request,
        form,
        credit,
        values,
        lines=entered_lines(lines, invoice.currency, language),
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
        "prices_include_tax": note.prices_include_tax,
        "back_url": credit_note_url(note),
    }
    return await _lines_page(
        request,
        form,
        update,
        values,
        lines=await stored_lines(note, language),
    )


async def _lines_page(
    request: DashboardRequest,
    form: CorrectionForm,
    save: Callable[[], Awaitable[str]],
    values: Mapping[str, Any],
    *,
    lines: Sequence[LineInput],
) -> Response:
    """Show the form; once submitted, save and redirect to the address of `save`.

    The buttons of the lines only change the form. What is wrong is shown with it.
    """
    blank, error, focus = LineInput(), None, ""
    if request.form:
        lines = submitted_lines(form.submitted)
    if request.is_post:
        action = str(request.form.get("do", "draft"))
        if action != "draft":
            lines, focus = rearrange(all_lines(form.submitted), blank, action)
        else:
            try:
                form.check()
                with raising_unavailable():
                    return RedirectResponse(await save(), 303)
            except PortalError as refusal:
                error = refusal
    lines = lines or [blank]
    terms = replace(
        PriceTerms.of(form),
        currency=values["invoice"].currency,
        prices_include_tax=values["prices_include_tax"],
    )
    common = {
        "form": form,
        "price": PriceView.of(lines, terms, request.company),
        "focus": focus,
        **line_values(lines, blank),
    }
    return await request.render("credit_notes/correction.html", {**common, **values}, error=error)


async def _left(invoice: Invoice, language: str) -> Money:
    creditable = await load_creditable(invoice)
    return Money.of(invoice.money(creditable.total), language)
