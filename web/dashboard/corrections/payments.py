"""Reversing payments that staff recorded, and refunding those that came through Stripe."""

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount
from models import Invoice, Payment
from schema.money import Money
from services.billing import manual_payments
from services.billing.creditable import can_credit, load_creditable
from services.checkout.refunds import RefundRequest, load_refundable, refund_payment
from services.common.lookups import get_owned
from services.common.validation import MAX_REASON
from web.dashboard.corrections.reasons import Question, ReasonForm, reason_page
from web.dashboard.documents.lookups import invoice_url
from web.dashboard.forms.fields import (
    Field,
    Form,
    optional,
    parse_amount,
    parse_checkbox,
    parse_text,
)
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def reverse_page(request: DashboardRequest) -> Response:
    """Ask why, then reverse the payment."""
    payment = await get_owned(Payment, request.staff, request.path_id)
    invoice = await Invoice.get(id=payment.invoice_id)
    amount = Money.of(invoice.money(payment.amount), request.staff.language)

    async def reverse(form: ReasonForm) -> None:
        await manual_payments.reverse_payment(
            request.staff,
            str(payment.id),
            form.reason.value,
            idempotency_key=form.idempotency_key,
        )

    question = Question(
        title=f"Reverse the payment of {amount.formatted()}?",
        text=f"Do this if it was recorded by mistake. It no longer counts for invoice"
        f" {invoice.label}, and both entries stay in the invoice's history.",
        button="Reverse payment",
        back_url=f"{invoice_url(invoice)}#payments",
    )
    return await reason_page(request, question, reverse)


class RefundForm(Form):
    """What of a payment is refunded."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)
    reason = Field(
        "Reason",
        optional(parse_text),
        max_length=MAX_REASON,
        hint="Optional. Your client sees it on the credit note, if there is one.",
    )
    credit = Field("Credit the invoice, too", parse_checkbox, error_name="creditInvoice")


@login_required(Permission.MANAGE_INVOICES)
async def refund_page(request: DashboardRequest) -> Response:
    """Show the form, and refund the payment through Stripe."""
    staff = request.staff
    payment = await get_owned(Payment, staff, request.path_id)
    invoice = await Invoice.get(id=payment.invoice_id)
    [refundable] = await load_refundable([payment.id])
    creditable = await load_creditable(invoice)
    is_creditable = can_credit(invoice, creditable.credited) is None
    left = invoice.money(refundable.amount)
    form = RefundForm(
        request.form,
        staff.language,
        amount=format_amount(left, staff.language),
        credit="yes" if is_creditable else "",
    )

    async def refund() -> str:
        wanted = RefundRequest(
            payment_id=str(payment.id),
            amount=form.amount.value,
            reason=form.reason.value,
            credit_invoice=form.credit.value,
        )
        await refund_payment(
            staff, request.services.stripe, wanted, idempotency_key=form.idempotency_key
        )
        return f"{invoice_url(invoice)}#payments"

    values = {
        "form": form,
        "number": invoice.label,
        "left": Money.of(left, staff.language),
        "is_creditable": is_creditable,
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "corrections/refund.html", values, refund)
