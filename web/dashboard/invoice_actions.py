"""What staff do with an invoice, each where its state allows it; but for sharing."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self

from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from errors import BadInput
from i18n.formatting import format_amount
from models import Customer, Invoice, InvoiceStatus
from schema.money import Money
from services.billing import invoices, manual_payments
from services.common.lookups import get_owned
from services.email import emails
from web.dashboard.forms import (
    Confirmation,
    attempt_key,
    confirmation_page,
    form_page,
    typed,
    typed_amount,
)
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.pages import INVOICES

_METHODS: Final = ("Bank transfer", "Card", "Cash", "Cheque")
"""What is offered for how a payment came; anything else can be typed."""
_AHEAD: Final = timedelta(hours=14)
"""How far the calendars of the earth are ahead of UTC."""
_NOON: Final = time(12, tzinfo=UTC)
"""When a payment came of which only the day is known: the same day nearly everywhere."""


@dataclass(frozen=True, slots=True)
class InvoiceActions:
    """What somebody may do with an invoice as it stands."""

    share: bool
    issue: bool
    record_payment: bool
    remind: bool
    cancel: bool
    delete: bool

    @classmethod
    def of(cls, invoice: Invoice, staff: Staff) -> Self:
        """Return what `staff` may do with `invoice`: nothing without MANAGE_INVOICES."""
        may = Permission.MANAGE_INVOICES in staff.permissions
        return cls(
            share=may and invoice.status is not InvoiceStatus.DRAFT,
            issue=may and invoice.status is InvoiceStatus.DRAFT,
            record_payment=may and invoice.is_open,
            remind=may and invoice.is_open,
            cancel=may and invoice.status is InvoiceStatus.ISSUED and not invoice.amount_paid,
            delete=may and invoice.status is InvoiceStatus.DRAFT,
        )


async def invoice_of(request: DashboardRequest) -> Invoice:
    """Return the invoice that the address names. Raises NotFound."""
    return await get_owned(Invoice, request.staff, request.path_id)


def invoice_url(invoice: Invoice) -> str:
    """Return the address of the invoice's page."""
    return f"{INVOICES.path}/{invoice.id}"


@login_required(Permission.MANAGE_INVOICES)
async def issue_page(request: DashboardRequest) -> Response:
    """Ask, and issue the draft."""
    invoice = await invoice_of(request)

    async def issue() -> str:
        await invoices.issue_invoice(request.staff, str(invoice.id))
        return invoice_url(invoice)

    confirmation = Confirmation(
        title=f"Issue invoice {invoice.number}?",
        text="Its lines can't change after that. You can share it then.",
        button="Issue",
        back_url=invoice_url(invoice),
    )
    return await confirmation_page(request, confirmation, issue)


@login_required(Permission.MANAGE_INVOICES)
async def cancel_page(request: DashboardRequest) -> Response:
    """Ask, and cancel the invoice."""
    invoice = await invoice_of(request)

    async def cancel() -> str:
        await invoices.cancel_invoice(request.staff, str(invoice.id))
        return invoice_url(invoice)

    confirmation = Confirmation(
        title=f"Cancel invoice {invoice.number}?",
        text="Your client can't pay it any more, and its page says it is cancelled."
        " You can't undo this.",
        button="Cancel invoice",
        back_url=invoice_url(invoice),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, cancel)


@login_required(Permission.MANAGE_INVOICES)
async def delete_page(request: DashboardRequest) -> Response:
    """Ask, and delete the draft."""
    invoice = await invoice_of(request)

    async def delete() -> str:
        await invoices.delete_invoice(request.staff, str(invoice.id))
        return INVOICES.path

    confirmation = Confirmation(
        title=f"Delete draft {invoice.number}?",
        text="This can't be undone.",
        button="Delete draft",
        back_url=invoice_url(invoice),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, delete)


@login_required(Permission.MANAGE_INVOICES)
async def remind_page(request: DashboardRequest) -> Response:
    """Ask, send the customer a reminder, and lead to what has become of it."""
    invoice = await invoice_of(request)
    customer = await Customer.get(id=invoice.customer_id)

    async def remind() -> str:
        queued = await emails.send_reminder(request.staff, str(invoice.id))
        delivery = await request.services.delivery_worker.deliver(queued)
        return f"{invoice_url(invoice)}?sent={delivery.id}"

    confirmation = Confirmation(
        title=f"Send a reminder for invoice {invoice.number}?",
        text=f"We'll e-mail the link to {customer.email}."
        if customer.email
        else f"{customer.name} has no e-mail address. Add one first.",
        button="Send reminder",
        back_url=invoice_url(invoice),
    )
    return await confirmation_page(request, confirmation, remind)


@login_required(Permission.MANAGE_INVOICES)
async def payment_page(request: DashboardRequest) -> Response:
    """Show the form for a payment that came outside Stripe, and note it."""
    invoice = await invoice_of(request)

    async def record() -> str:
        await manual_payments.record_payment(
            request.staff,
            str(invoice.id),
            typed_amount(request, "amount"),
            typed(request, "method"),
            received_at=_received_at(typed(request, "received_on")),
            reference=typed(request, "reference").strip() or None,
            idempotency_key=attempt_key(request),
        )
        return f"{invoice_url(invoice)}#payments"

    return await form_page(request, "payment.html", _payment_values(request, invoice), record)


def _payment_values(request: DashboardRequest, invoice: Invoice) -> dict[str, Any]:
    due, language = invoice.money(invoice.amount_due), request.staff.language
    return {
        "number": invoice.number,
        "due": Money.of(due, language),
        "amount": typed(request, "amount", format_amount(due, language)),
        "method": typed(request, "method"),
        "methods": _METHODS,
        "received_on": typed(request, "received_on", datetime.now(UTC).date().isoformat()),
        "reference": typed(request, "reference"),
        "attempt": attempt_key(request),
        "back_url": invoice_url(invoice),
    }


def _received_at(text: str) -> datetime | None:
    """Return when a payment came that came on a day; None for today, wherever on earth it is.

    Raises BadInput if it is no day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = "Enter a date, like 2026-11-30."
        raise BadInput(message, field="receivedAt") from None
    now = datetime.now(UTC)
    is_today = now.date() <= day <= (now + _AHEAD).date()
    return None if is_today else datetime.combine(day, _NOON)
