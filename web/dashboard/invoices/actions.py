"""Pages that ask before an invoice is issued, sent, cancelled or deleted, or reminded of."""

from starlette.responses import Response

from auth.permissions import Permission
from errors import Conflict
from models import Customer, Invoice, MailCategory
from schema.money import Money
from services.billing import invoices
from services.checkout.effects import carry_out
from services.email import emails
from services.email.emails import EmailOptions
from services.email.opt_outs import opted_out_of
from services.email.previews import SentByHand
from services.ledger.document_numbers import upcoming_number
from web.dashboard.corrections.effects import what_it_did, what_it_will_do
from web.dashboard.documents.deletion import deletion_page
from web.dashboard.documents.lookups import INVOICES_PATH, get_invoice, invoice_url
from web.dashboard.forms.fields import Form
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.identity.redirects import redirect_path
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.documents import INVOICES
from web.dashboard.sharing.emails import email_page


@login_required(Permission.MANAGE_INVOICES)
async def issue_page(request: DashboardRequest) -> Response:
    """Ask, then issue the draft."""
    invoice = await get_invoice(request)
    if not request.is_post and (refusal := invoices.can_issue(invoice)):
        raise refusal

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
async def issue_and_send_page(request: DashboardRequest) -> Response:
    """Show what is sent to whom, then issue the draft and send it."""
    panel = await INVOICES.panel(request)
    invoice, customer = panel.document, panel.document.customer
    assert isinstance(invoice, Invoice)
    if not request.is_post and (refusal := invoices.can_issue(invoice)):
        raise refusal
    form = panel.form

    async def issue_and_send() -> str:
        queued = await emails.issue_and_send_invoice(
            request.staff,
            str(invoice.id),
            form.options(),
            limits=request.services.email_limits,
            idempotency_key=form.idempotency_key,
        )
        return f"{panel.back_url or panel.url}?sent={queued.delivery.id}"

    values = {
        "form": form,
        "share": panel,
        "customer": customer,
        "number": await upcoming_number(invoice, request.staff.today),
        "total": Money.of(invoice.money(invoice.total), request.staff.language),
        "back_url": panel.url,
    }
    return await form_page(request, "invoices/issue_and_send.html", values, issue_and_send)


@login_required(Permission.MANAGE_INVOICES)
async def cancel_page(request: DashboardRequest) -> Response:
    """Ask, then cancel the invoice."""
    invoice = await get_invoice(request)
    back_url = invoice_url(invoice)

    async def act() -> None:
        await invoices.cancel_invoice(request.staff, str(invoice.id))

    async def cancel() -> str:
        effect = await carry_out(request.staff, invoice.id, act)
        return request.url_with_notice(back_url, what_it_did(effect, request.staff.language))

    effect = "" if request.is_post else await what_it_will_do(request, invoice, act)
    confirmation = Confirmation(
        title=f"Cancel {invoice.name}?",
        text=f"{effect} Your client can't pay it any more, and its page says so."
        " You can't undo this.",
        button="Cancel invoice",
        back_url=back_url,
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, cancel)


@login_required(Permission.MANAGE_INVOICES)
async def delete_page(request: DashboardRequest) -> Response:
    """Ask, then delete the draft."""
    draft = await get_invoice(request)
    return await deletion_page(request, draft, invoices.delete_invoice, INVOICES_PATH)


@login_required(Permission.MANAGE_INVOICES)
async def remind_page(request: DashboardRequest) -> Response:
    """Show the reminder, then send it; it can be undone for some seconds."""
    invoice, language = await get_invoice(request), request.staff.language
    customer = await Customer.get(id=invoice.customer_id)
    refusal = emails.can_remind(invoice, customer)
    if not request.is_post and isinstance(refusal, Conflict):
        raise refusal  # if only the address is missing, the page says where to add it
    form = Form(request.form)
    back_url = redirect_path(request.http, str(request.form.get("back", "")))

    async def remind() -> str:
        queued = await emails.send_reminder(
            request.staff,
            str(invoice.id),
            limits=request.services.email_limits,
            delay_seconds=emails.UNDO_SECONDS,
            idempotency_key=form.idempotency_key,
        )
        return f"{back_url or invoice_url(invoice)}?sent={queued.delivery.id}"

    values = {
        "form": form,
        "invoice": invoice,
        "customer": customer,
        "due": Money.of(invoice.money(invoice.amount_due), language),
        "opted_out": await opted_out_of(customer, MailCategory.REMINDER),
        "preview_url": f"{invoice_url(invoice)}/remind/preview",
        "back_url": invoice_url(invoice),
    }
    return await form_page(request, "invoices/remind.html", values, remind)


@login_required(Permission.MANAGE_INVOICES)
async def reminder_preview(request: DashboardRequest) -> Response:
    """Show the reminder as it would be sent, for a frame."""
    invoice = await get_invoice(request)
    return await email_page(request, SentByHand.REMINDER, invoice.id, EmailOptions())
