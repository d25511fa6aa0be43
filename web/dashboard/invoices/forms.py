"""The forms of invoices: the draft."""

from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from errors import BadInput, Text, gather_refusals
from i18n.formatting import format_amount, format_short_date
from models import Customer, Invoice
from services.billing.drafts import INVOICE, check_date
from services.billing.invoices import InvoiceDraft
from services.email import emails
from values.money import Minor
from values.money import Money as Amount
from web.dashboard.documents.editor import Editor, editor_page
from web.dashboard.documents.forms import DocumentForm, Start
from web.dashboard.documents.lookups import INVOICES_PATH, get_invoice
from web.dashboard.documents.prices import MAX_DOCUMENT_FORM_SIZE
from web.dashboard.documents.sending import send_at_once
from web.dashboard.forms.fields import (
    Field,
    optional,
    parse_amount,
    parse_checkbox,
    parse_date,
    parse_text,
)
from web.dashboard.requests import DashboardRequest, login_required

_TERMS: Final = {str(days): days for days in (0, 7, 14, 30, 60)}
"""The days to pay that can be chosen, by the values of their options."""
_OTHER_DATE: Final = "date"
"""The option for a due date of its own."""


class InvoiceForm(DocumentForm):
    """An invoice while it is a draft."""

    terms = Field("Payment terms", parse_text)
    last_day = Field(
        "Due date",
        optional(parse_date),
        hint="Only if it doesn't follow from the terms.",
        error_name="dueDate",
    )
    partial = Field("Let them pay in parts", parse_checkbox)
    minimum = Field(
        "Smallest part",
        optional(parse_amount),
        max_length=40,
        hint="Leave empty for no minimum.",
        error_name="minimumPayment",
    )

    def check(self) -> None:
        """Raise BadInput about all that can't be parsed."""
        with gather_refusals() as refusals:
            refusals.of(super().check)
            if self.terms.value == _OTHER_DATE and not self.last_day.text.strip():
                raise BadInput(Text("This is required."), field="dueDate")

    def draft(self, today: date) -> InvoiceDraft:
        """Return what was entered on a day at the company. Raises BadInput."""
        return InvoiceDraft(
            **self.content(),
            due_date=self._due_date(today),
            allow_partial_payment=self.partial.value,
            minimum_payment=self.minimum.value,
        )

    def _due_date(self, today: date) -> date | None:
        """Return the chosen date; None for the one that follows from the usual terms."""
        days = _TERMS.get(self.terms.value)
        if days is None:
            return self.last_day.value
        return self.first_day(today) + timedelta(days=days)

    def first_day(self, today: date) -> date:
        """Return the issue date, or else `today`. Raises BadInput, also for an absurd date."""
        day = self.issue_date.value or today
        check_date(day, "issueDate")
        return day


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def new_invoice(request: DashboardRequest) -> Response:
    """Show the form, empty or with the content of another invoice, and create a draft."""
    company, language = request.company, request.staff.language
    start = await Start.of_new(request, Invoice)
    least = company.minimum_payment
    values = {
        "partial": "yes" if company.allow_partial_payment else "",
        "minimum": format_amount(Amount(Minor(least), company.currency), language) if least else "",
        **start.values,
    }
    if isinstance(start.original, Invoice):
        values |= _payment_values(start.original, language)
    form = InvoiceForm(request.form, language, **values)
    return await editor_page(request, _editor(request, form, start))


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def edit_invoice(request: DashboardRequest) -> Response:
    """Show the form with a draft, and replace the draft."""
    invoice = await get_invoice(request)
    language, due = request.staff.language, invoice.due_date
    start = await Start.of_draft(request, invoice)
    form = InvoiceForm(
        request.form,
        language,
        **start.values,
        **_payment_values(invoice, language),
        terms=_OTHER_DATE if due else "",
        last_day=due.isoformat() if due else "",
    )
    return await editor_page(request, _editor(request, form, start, invoice))


def _payment_values(invoice: Invoice, language: str) -> dict[str, str]:
    least = invoice.minimum_payment
    return {
        "partial": "yes" if invoice.allow_partial_payment else "",
        "minimum": format_amount(invoice.money(least), language) if least else "",
    }


def _editor(
    request: DashboardRequest, form: InvoiceForm, start: Start, document: Invoice | None = None
) -> Editor[Invoice]:
    """Return the editor of a draft, or of a new invoice."""

    async def send(invoice: Invoice) -> str:
        return await send_draft(request, invoice, form.idempotency_key)

    return Editor(
        kind=INVOICE,
        form=form,
        path=INVOICES_PATH,
        blank=start.blank,
        lines=start.lines,
        send=send,
        document=document,
        values={"terms": _term_choices(request, form, start.customer)},
    )


async def send_draft(request: DashboardRequest, invoice: Invoice, key: str) -> str:
    """Issue and send a draft, and return where that is shown, or where an address is asked for."""
    return await send_at_once(
        request, invoice, emails.issue_and_send_invoice, key, asking_page="issue-and-send"
    )


def _term_choices(
    request: DashboardRequest, form: InvoiceForm, customer: Customer | None
) -> list[tuple[str, str]]:
    """Return the terms to choose from, each with the date that follows from it."""
    usual = customer.payment_days if customer else None
    if usual is None:
        usual = request.company.payment_days
    try:
        first_day = form.first_day(request.staff.today)
    except BadInput:
        first_day = request.staff.today

    def words(days: int) -> str:
        if not days:
            return "Due on receipt"
        day = format_short_date(first_day + timedelta(days=days), request.staff.language)
        return f"{days} days: due {day}"

    return [
        ("", "No due date" if usual is None else f"Default, {words(usual)}"),
        *((name, words(days)) for name, days in _TERMS.items()),
        (_OTHER_DATE, "Another date"),
    ]
