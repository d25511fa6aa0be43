"""The forms of invoices: the draft, and a payment."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from i18n.formatting import format_amount
from schema.money import Money
from services.billing import invoices, manual_payments
from services.billing.invoices import InvoiceDraft
from web.dashboard.documents.forms import (
    MAX_DOCUMENT_FORM_SIZE,
    DocumentForm,
    chosen_customer,
    document_page,
    initial_values,
    next_line,
    stored_values,
)
from web.dashboard.documents.lines import new_line, stored_lines
from web.dashboard.documents.lookups import INVOICES_PATH, get_invoice, invoice_url
from web.dashboard.forms.fields import (
    Field,
    Form,
    optional,
    parse_amount,
    parse_checkbox,
    parse_date,
    parse_decimal,
    parse_text,
)
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required

_PAYMENT_METHODS: Final = ("Bank transfer", "Card", "Cash", "Cheque")
"""Suggestions for how a payment was made; any other text is fine."""
_NOON: Final = time(12)
"""The time of a payment of which only the date is known."""


class InvoiceForm(DocumentForm):
    """An invoice while it is a draft."""

    last_day = Field(
        "Due date",
        optional(parse_date),
        hint="Leave empty for the usual days to pay.",
        error_name="dueDate",
    )
    partial = Field("Let them pay in parts", parse_checkbox)
    minimum = Field(
        "Smallest part",
        optional(parse_decimal),
        max_length=40,
        hint="The least they can pay at once. Leave empty for no minimum.",
        error_name="minimumPayment",
    )

    def draft(self) -> InvoiceDraft:
        """Return what was entered. Raises BadInput."""
        return InvoiceDraft(
            **self.content(),
            due_date=self.last_day.value,
            allow_partial_payment=self.partial.value,
            minimum_payment=self.minimum.value,
        )


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def new_invoice(request: DashboardRequest) -> Response:
    """Show the form, and create a draft."""
    company, language = request.company, request.staff.language
    customer = await chosen_customer(request)
    values = initial_values(company, customer, request.query.get("customer", ""))
    form = InvoiceForm(request.form, language, **values)

    async def create() -> str:
        invoice = await invoices.create_invoice(
            request.staff, form.draft(), idempotency_key=form.idempotency_key
        )
        return invoice_url(invoice)

    return await document_page(
        request,
        form,
        create,
        heading="New invoice",
        back_url=INVOICES_PATH,
        blank=new_line(company, customer, language),
    )


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def edit_invoice(request: DashboardRequest) -> Response:
    """Show the form with a draft, and replace the draft."""
    invoice = await get_invoice(request)
    language = request.staff.language
    minimum = invoice.minimum_payment
    form = InvoiceForm(
        request.form,
        language,
        **stored_values(invoice, language),
        last_day=invoice.due_date.isoformat() if invoice.due_date else "",
        partial="yes" if invoice.allow_partial_payment else "",
        minimum=format_amount(invoice.money(minimum), language) if minimum else "",
    )

    async def update() -> str:
        await invoices.update_invoice(request.staff, str(invoice.id), form.draft())
        return invoice_url(invoice)

    return await document_page(
        request,
        form,
        update,
        heading=f"Edit {invoice.name}",
        back_url=invoice_url(invoice),
        blank=await next_line(request, invoice),
        lines=await stored_lines(invoice, language),
    )


class PaymentForm(Form):
    """A payment that did not come through Stripe."""

    amount = Field("Amount", parse_amount, required=True, max_length=40)
    method = Field("Paid by", parse_text, required=True, max_length=50)
    received_on = Field("Date", parse_date, required=True, error_name="receivedAt")
    reference = Field("Reference", optional(parse_text), max_length=200, hint="Optional")
    surplus = Field(
        "Keep what isn't due as credit",
        parse_checkbox,
        hint="Your customer can use it for other invoices, or you pay it out.",
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
    """Show the form for a payment, and record it."""
    invoice = await get_invoice(request)
    due = invoice.money(invoice.amount_due)
    form = PaymentForm(
        request.form,
        request.staff.language,
        amount=format_amount(due, request.staff.language),
        received_on=request.staff.today.isoformat(),
        surplus="yes" if manual_payments.can_record_payment(invoice) else "",
        receipt="yes",
    )

    async def record() -> str:
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
        return f"{invoice_url(invoice)}#payments"

    values = {
        "form": form,
        "methods": [(method, "") for method in _PAYMENT_METHODS],
        "number": invoice.label,
        "due": Money.of(due, request.staff.language),
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "invoices/payment.html", values, record)


def _received_at(day: date, staff: Staff) -> datetime | None:
    """Return when a payment was received on a day; None for now if it is today."""
    if day == staff.today:
        return None
    return datetime.combine(day, _NOON, ZoneInfo(staff.time_zone))
