"""Crediting an invoice."""

from starlette.responses import Response

from auth.permissions import Permission
from schema.money import Money
from services.billing import credit_notes
from services.billing.creditable import load_creditable
from web.dashboard.documents import credit_note_url, get_invoice, invoice_url
from web.dashboard.fields import Field, Form, parse_text
from web.dashboard.forms import form_page
from web.dashboard.requests import DashboardRequest, login_required


class CreditForm(Form):
    """Why an invoice is credited."""

    reason = Field(
        "Reason", parse_text, required=True, max_length=2000, hint="Your client sees it."
    )


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
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "invoice_credit.html", values, credit)
