"""Recording payments that didn't come through Stripe."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from i18n.formatting import format_amount, format_money
from schema.money import Money
from services.billing import manual_payments
from values.money import to_minor
from web.dashboard.corrections.pages import Correction, correction_page
from web.dashboard.documents.lookups import get_invoice, invoice_url
from web.dashboard.forms.fields import (
    Field,
    Form,
    optional,
    parse_amount,
    parse_checkbox,
    parse_date,
    parse_text,
)
from web.dashboard.requests import DashboardRequest, login_required

_PAYMENT_METHODS: Final = ("Bank transfer", "Card", "Cash", "Cheque")
"""Suggestions for how a payment was made; any other text is fine."""
_NOON: Final = time(12)
"""The time of a payment of which only the date is known."""


class PaymentForm(Form):
    """A payment that did not come through Stripe."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)
    method = Field("Paid by", parse_text, required=True, max_length=50)
    received_on = Field("Date", parse_date, required=True, error_name="receivedAt")
    reference = Field("Reference", optional(parse_text), max_length=200, hint="Optional")
    surplus = Field(
        "Keep what isn't due as credit",
        parse_checkbox,
        hint="Your customer can use it for other invoices, or you can pay it out.",
        error_name="surplusAsCredit",
    )
    receipt = Field(
        "E-mail the receipt",
        parse_checkbox,
        hint="To your customer, if your company sends receipts.",
        error_name="sendReceipt",
    )


@login_required(Permission.MANAGE_INVOICES)
async def payment_page(request: DashboardRequest) -> Response:
    """Show the form for a payment with what it will do, and record it."""
    invoice, language = await get_invoice(request), request.staff.language
    due = invoice.money(invoice.amount_due)
    form = PaymentForm(
        request.form,
        language,
        amount=format_amount(due, language),
        method=_PAYMENT_METHODS[0],
        received_on=request.staff.today.isoformat(),
        surplus="yes" if manual_payments.can_record_payment(invoice) else "",
        receipt="yes",
    )

    async def record(_: str) -> None:
        await manual_payments.record_payment(
            request.staff,
            str(invoice.id),
            form.amount.value,
            form.method.value,
            received_at=_received_at(form.received_on.value, request.staff),
            reference=form.reference.value,
            surplus_as_credit=form.surplus.value,
            send_receipt=form.receipt.value,
            idempotency_key=form.idempotency_key,
        )

    def recorded() -> str:
        minor = to_minor(form.amount.value, invoice.currency, field="amount")
        return f"Payment of {format_money(invoice.money(minor), language)} recorded."

    values = {
        "form": form,
        "methods": [(method, "") for method in _PAYMENT_METHODS],
        "number": invoice.label,
        "due": Money.of(due, language),
        "back_url": invoice_url(invoice),
    }
    correction = Correction(
        invoice=invoice, act=record, done=recorded, back_url=invoice_url(invoice)
    )
    return await correction_page(request, "invoices/payment.html", values, correction)


def _received_at(day: date, staff: Staff) -> datetime | None:
    """Return when a payment was received on a day; None for now if it is today."""
    if day == staff.today:
        return None
    return datetime.combine(day, _NOON, ZoneInfo(staff.time_zone))
