"""Pages that ask before an invoice is issued, cancelled or deleted, or a reminder is sent."""

from starlette.responses import Response

from auth.permissions import Permission
from models import Customer
from services.billing import invoices
from services.email import emails
from services.ledger.document_numbers import upcoming_number
from web.dashboard.documents.lookups import INVOICES_PATH, get_invoice, invoice_url
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def issue_page(request: DashboardRequest) -> Response:
    """Ask, then issue the draft."""
    invoice = await get_invoice(request)

    async def issue() -> str:
        await invoices.issue_invoice(request.staff, str(invoice.id))
        return invoice_url(invoice)

    number = await upcoming_number(invoice, request.staff.today)
    confirmation = Confirmation(
        title=f"Issue {invoice.name}?",
        text=f"It gets the number {number}. Its lines can't change after that."
        " You can share it then.",
        button="Issue",
        back_url=invoice_url(invoice),
    )
    return await confirmation_page(request, confirmation, issue)


@login_required(Permission.MANAGE_INVOICES)
async def cancel_page(request: DashboardRequest) -> Response:
    """Ask, then cancel the invoice."""
    invoice = await get_invoice(request)

    async def cancel() -> str:
        await invoices.cancel_invoice(request.staff, str(invoice.id))
        return invoice_url(invoice)

    confirmation = Confirmation(
        title=f"Cancel {invoice.name}?",
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
    """Ask, then delete the draft."""
    invoice = await get_invoice(request)

    async def delete() -> str:
        await invoices.delete_invoice(request.staff, str(invoice.id))
        return INVOICES_PATH

    confirmation = Confirmation(
        title=f"Delete {invoice.name}?",
        text="This can't be undone.",
        button="Delete draft",
        back_url=invoice_url(invoice),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, delete)


@login_required(Permission.MANAGE_INVOICES)
async def remind_page(request: DashboardRequest) -> Response:
    """Ask, then send the customer a reminder and show its delivery."""
    invoice = await get_invoice(request)
    customer = await Customer.get(id=invoice.customer_id)

    async def remind() -> str:
        queued = await emails.send_reminder(
            request.staff, str(invoice.id), limits=request.services.email_limits
        )
        delivery = await request.services.delivery_worker.deliver(queued)
        return f"{invoice_url(invoice)}?sent={delivery.id}"

    confirmation = Confirmation(
        title=f"Send a reminder for {invoice.name}?",
        text=f"We'll e-mail the link to {customer.email}."
        if customer.email
        else f"{customer.name} has no e-mail address. Add one first.",
        button="Send reminder",
        back_url=invoice_url(invoice),
    )
    return await confirmation_page(request, confirmation, remind)
