"""Removing credit from invoices, and recording that it was paid out."""

from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount, format_money
from models import CreditApplication, CreditNote, CreditPayout, Invoice
from schema.money import Money
from services.billing import credit_applications, credit_payouts
from services.common.lookups import get_owned
from web.dashboard.corrections.pages import Correction, Question, ReasonForm, reason_page
from web.dashboard.documents.lookups import credit_note_url, get_credit_note, invoice_url
from web.dashboard.forms.fields import Field, Form, optional, parse_amount, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required

_METHODS: Final = ("Bank transfer", "Cash", "Cheque")
"""Suggestions for how credit was paid out; any other text is fine."""


@login_required(Permission.MANAGE_INVOICES)
async def remove_page(request: DashboardRequest) -> Response:
    """Ask why, then remove the credit from its invoice."""
    application = await get_owned(CreditApplication, request.staff, request.path_id)
    note = await CreditNote.get(id=application.credit_note_id)
    invoice = await Invoice.get(id=application.invoice_id)
    amount = format_money(note.money(application.amount), request.staff.language)
    form = ReasonForm(request.form)

    async def remove(reason: str) -> None:
        await credit_applications.reverse_credit_application(
            request.staff, str(application.id), reason, idempotency_key=form.idempotency_key
        )

    question = Question(
        title=f"Remove {amount} of credit from invoice {invoice.label}?",
        text=f"Credit note {note.label} gets it back.",
        button="Remove credit",
    )
    correction = Correction(
        invoice=invoice,
        act=remove,
        done=lambda: f"{amount} of credit from credit note {note.label} removed.",
        back_url=invoice_url(invoice),
    )
    return await reason_page(request, question, correction, form)


class PayoutForm(Form):
    """How much credit was paid out, and how."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)
    method = Field("Paid by", parse_text, required=True, max_length=50)
    reference = Field("Reference", optional(parse_text), max_length=200, hint="Optional")


@login_required(Permission.MANAGE_INVOICES)
async def pay_out_page(request: DashboardRequest) -> Response:
    """Show the form, and record the payout."""
    note = await get_credit_note(request)
    left = note.money(note.remaining)
    form = PayoutForm(
        request.form,
        request.staff.language,
        amount=format_amount(left, request.staff.language),
    )

    async def pay_out() -> str:
        await credit_payouts.pay_out_credit(
            request.staff,
            str(note.id),
            form.amount.value,
            form.method.value,
            reference=form.reference.value,
            idempotency_key=form.idempotency_key,
        )
        return f"{credit_note_url(note)}#payouts"

    values = {
        "form": form,
        "methods": [(method, "") for method in _METHODS],
        "number": note.label,
        "left": Money.of(left, request.staff.language),
        "back_url": credit_note_url(note),
    }
    return await form_page(request, "corrections/payout.html", values, pay_out)


@login_required(Permission.MANAGE_INVOICES)
async def reverse_payout_page(request: DashboardRequest) -> Response:
    """Ask why, then reverse the payout."""
    payout = await get_owned(CreditPayout, request.staff, request.path_id)
    note = await CreditNote.get(id=payout.credit_note_id)
    amount = format_money(note.money(payout.amount), request.staff.language)
    left = note.money(note.remaining + payout.amount)
    form, back_url = ReasonForm(request.form), f"{credit_note_url(note)}#payouts"

    async def reverse() -> str:
        await credit_payouts.reverse_credit_payout(
            request.staff, str(payout.id), form.reason.value, idempotency_key=form.idempotency_key
        )
        return request.url_with_notice(back_url, f"Payout of {amount} reversed.")

    question = Question(
        title=f"Reverse the payout of {amount}?",
        text="Do this if it was recorded by mistake, or if the money came back. Credit note"
        f" {note.label} will have {format_money(left, request.staff.language)} left.",
        button="Reverse payout",
    )
    values = {"form": form, "question": question, "effect": "", "back_url": back_url}
    return await form_page(request, "corrections/reason.html", values, reverse)
