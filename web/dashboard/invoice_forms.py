"""The form that records a payment."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount
from schema.money import Money
from services.billing import manual_payments
from web.dashboard.documents import get_invoice, invoice_url
from web.dashboard.fields import Field, Form, optional, parse_amount, parse_date, parse_text
from web.dashboard.forms import form_page
from web.dashboard.requests import DashboardRequest, login_required

_PAYMENT_METHODS: Final = ("Bank transfer", "Card", "Cash", "Cheque")
"""Suggestions for how a payment was made; any other text is fine."""
_EARLIEST_TIME_ZONE: Final = timedelta(hours=14)
"""How far the calendars of some islands are ahead of UTC."""
_NOON: Final = time(12, tzinfo=UTC)
"""The time of a payment of which only the date is known: the same date nearly everywhere."""


class PaymentForm(Form):
    """A payment that did not come through Stripe."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)
    method = Field("Paid by", parse_text, required=True, max_length=50)
    received_on = Field("Date", parse_date, required=True, error_name="receivedAt")
    reference = Field("Reference", optional(parse_text), max_length=200, hint="Optional")


@login_required(Permission.MANAGE_INVOICES)
async def payment_page(request: DashboardRequest) -> Response:
    """Show the form for a payment, and record it."""
    invoice = await get_invoice(request)
    due = invoice.money(invoice.amount_due)
    form = PaymentForm(
        request.form,
        request.staff.language,
        amount=format_amount(due, request.staff.language),
        received_on=datetime.now(UTC).date().isoformat(),
    )

    async def record() -> str:
        await manual_payments.record_payment(
            request.staff,
            str(invoice.id),
            form.amount.value,
            form.method.value,
            received_at=_received_at(form.received_on.value),
            reference=form.reference.value,
            idempotency_key=form.idempotency_key,
        )
        return f"{invoice_url(invoice)}#payments"

    values = {
        "form": form,
        "methods": [(method, "") for method in _PAYMENT_METHODS],
        "number": invoice.number,
        "due": Money.of(due, request.staff.language),
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "payment.html", values, record)


def _received_at(day: date) -> datetime | None:
    """Return when a payment was received on a day; None if it is today anywhere on earth."""
    now = datetime.now(UTC)
    is_today = now.date() <= day <= (now + _EARLIEST_TIME_ZONE).date()
    return None if is_today else datetime.combine(day, _NOON)
