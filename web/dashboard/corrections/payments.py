"""Reversing payments that staff recorded, and refunding those that came through Stripe."""

from functools import partial

from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from i18n.formatting import format_amount, format_money
from i18n.payments import method_of
from models import Invoice, Payment
from schema.money import Money
from services.billing import manual_payments
from services.billing.creditable import can_credit, load_creditable
from services.checkout.effects import Effect, load_figures
from services.checkout.refunds import (
    RefundRequest,
    book_as_refunded,
    load_refundable,
    refund_payment,
)
from services.common.lookups import get_owned
from services.common.validation import MAX_REASON
from services.ledger.payment_history import payment_history
from web.dashboard.corrections.effects import what_it_did, what_it_will_do
from web.dashboard.corrections.pages import (
    Correction,
    Question,
    ReasonForm,
    is_submitted,
    reason_page,
)
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
    amount = format_money(invoice.money(payment.amount), request.staff.language)
    form = ReasonForm(request.form)

    async def reverse(reason: str) -> None:
        await manual_payments.reverse_payment(
            request.staff, str(payment.id), reason, idempotency_key=form.idempotency_key
        )

    question = Question(
        title=f"Reverse the payment of {amount}?",
        text="Do this if it was recorded by mistake. Both entries stay in the invoice's history.",
        button="Reverse payment",
    )
    correction = Correction(
        invoice=invoice,
        act=reverse,
        done=lambda: f"Payment of {amount} reversed.",
        back_url=invoice_url(invoice),
    )
    return await reason_page(request, question, correction, form)


class RefundForm(Form):
    """What of a payment is refunded."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)
    credit = Field("Credit the invoice, too", parse_checkbox, error_name="creditInvoice")
    reason = Field(
        "Reason",
        optional(parse_text),
        max_length=MAX_REASON,
        hint="Optional. Your client sees it on the credit note, if there is one.",
    )


@login_required(Permission.MANAGE_INVOICES)
async def refund_page(request: DashboardRequest) -> Response:
    """Show the form with what it will do, and refund the payment through Stripe."""
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

    def wanted(*, credit: bool) -> RefundRequest:
        return RefundRequest(
            payment_id=str(payment.id),
            amount=form.amount.value,
            reason=form.reason.value,
            credit_invoice=credit,
        )

    async def book(*, credit: bool) -> None:
        await book_as_refunded(staff, wanted(credit=credit))

    async def refund() -> str:
        before = await load_figures(staff, invoice.id)
        await refund_payment(
            staff,
            request.services.stripe,
            wanted(credit=form.credit.value),
            idempotency_key=form.idempotency_key,
        )
        effect = Effect(before=before, after=await load_figures(staff, invoice.id))
        return request.url_with_notice(invoice_url(invoice), _refunded(effect, staff))

    choices = [True, False] if is_creditable else [False]
    values = {
        "form": form,
        "number": invoice.label,
        "left": Money.of(left, staff.language),
        "paid_with": await _paid_with(payment, staff.language),
        "choices": choices,
        "back_url": invoice_url(invoice),
    }
    if is_submitted(request):
        shown = {**values, "effects": {}}
        return await form_page(request, "corrections/refund.html", shown, refund)
    effects = {
        credit: await what_it_will_do(request, invoice, partial(book, credit=credit))
        for credit in choices
    }
    return await request.render("corrections/refund.html", {**values, "effects": effects})


async def _paid_with(payment: Payment, language: str) -> str:
    """Return what the client paid with, such as "Visa ending in 4242"."""
    history = await payment_history(payment.invoice_id)
    [entry] = [each for each in history.entries if each.id == payment.id]
    return method_of(entry, language) or payment.method


def _refunded(effect: Effect, staff: Staff) -> str:
    if effect.after.paid == effect.before.paid and effect.after.credit == effect.before.credit:
        return "Refund requested. Stripe hasn't confirmed it yet, so no figures have changed."
    return f"Refunded. {what_it_did(effect, staff.language)}"
