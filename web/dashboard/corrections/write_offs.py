"""Writing off what is due on an invoice, and claiming it again."""

from decimal import Decimal

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount, format_money
from models import Invoice
from schema.money import Money
from services.billing import write_offs
from values.money import to_minor
from web.dashboard.corrections.pages import (
    Correction,
    Question,
    ReasonForm,
    correction_page,
    reason_page,
)
from web.dashboard.documents.lookups import get_invoice, invoice_url
from web.dashboard.forms.fields import Field, parse_amount
from web.dashboard.requests import DashboardRequest, login_required


class WriteOffForm(ReasonForm):
    """How much is written off, and why."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)


@login_required(Permission.MANAGE_INVOICES)
async def write_off_page(request: DashboardRequest) -> Response:
    """Show the form, and write the amount off."""
    invoice = await get_invoice(request)
    due = invoice.money(invoice.amount_due)
    form = WriteOffForm(
        request.form,
        request.staff.language,
        amount=format_amount(due, request.staff.language),
    )

    async def write_off(reason: str) -> None:
        await write_offs.write_off(
            request.staff,
            str(invoice.id),
            reason,
            form.amount.value,
            idempotency_key=form.idempotency_key,
        )

    correction = Correction(
        invoice=invoice,
        act=write_off,
        done=lambda: f"{_money(request, invoice, form.amount.value)} written off.",
        back_url=invoice_url(invoice),
    )
    values = {
        "form": form,
        "number": invoice.label,
        "due": Money.of(due, request.staff.language),
        "back_url": invoice_url(invoice),
    }
    return await correction_page(request, "corrections/write_off.html", values, correction)


def _money(request: DashboardRequest, invoice: Invoice, amount: Decimal) -> str:
    minor = to_minor(amount, invoice.currency, field="amount")
    return format_money(invoice.money(minor), request.staff.language)


@login_required(Permission.MANAGE_INVOICES)
async def reverse_page(request: DashboardRequest) -> Response:
    """Ask why, then make what is written off due again."""
    invoice = await get_invoice(request)
    amount = format_money(invoice.money(invoice.written_off), request.staff.language)
    form = ReasonForm(request.form)

    async def reverse(reason: str) -> None:
        await write_offs.reverse_write_off(
            request.staff, str(invoice.id), reason, idempotency_key=form.idempotency_key
        )

    question = Question(
        title=f"Reverse the write-off of {amount}?",
        text="Both entries stay in the invoice's history.",
        button="Reverse write-off",
    )
    correction = Correction(
        invoice=invoice,
        act=reverse,
        done=lambda: f"Write-off of {amount} reversed.",
        back_url=invoice_url(invoice),
    )
    return await reason_page(request, question, correction, form)
