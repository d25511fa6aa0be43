"""Writing off what is due on an invoice, and claiming it again."""

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount
from schema.money import Money
from services.billing import write_offs
from web.dashboard.corrections.reasons import Question, ReasonForm, reason_page
from web.dashboard.documents.lookups import get_invoice, invoice_url
from web.dashboard.forms.fields import Field, parse_amount
from web.dashboard.forms.pages import form_page
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

    async def write_off() -> str:
        await write_offs.write_off(
            request.staff,
            str(invoice.id),
            form.reason.value,
            form.amount.value,
            idempotency_key=form.idempotency_key,
        )
        return f"{invoice_url(invoice)}#payments"

    values = {
        "form": form,
        "number": invoice.label,
        "due": Money.of(due, request.staff.language),
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "corrections/write_off.html", values, write_off)


@login_required(Permission.MANAGE_INVOICES)
async def reverse_page(request: DashboardRequest) -> Response:
    """Ask why, then make what is written off due again."""
    invoice = await get_invoice(request)
    amount = Money.of(invoice.money(invoice.written_off), request.staff.language)

    async def reverse(form: ReasonForm) -> None:
        await write_offs.reverse_write_off(
            request.staff,
            str(invoice.id),
            form.reason.value,
            idempotency_key=form.idempotency_key,
        )

    question = Question(
        title=f"Reverse the write-off of {amount.formatted()}?",
        text=f"It is due again on invoice {invoice.label}.",
        button="Reverse write-off",
        back_url=f"{invoice_url(invoice)}#payments",
    )
    return await reason_page(request, question, reverse)
