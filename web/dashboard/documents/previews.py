"""A draft as its client would see it: its page in a frame, its PDF and its e-mail."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from auth.permissions import Permission
from core.urls import PATHS
from models import Invoice, Quote
from web.dashboard.documents.lookups import get_invoice, get_quote, invoice_url, quote_url
from web.dashboard.forms.fields import Form
from web.dashboard.forms.pages import form_page
from web.dashboard.invoices.forms import send_draft as send_invoice
from web.dashboard.quotes.forms import send_draft as send_quote
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def invoice_preview(request: DashboardRequest) -> Response:
    """Show an invoice's page in a frame; once submitted, issue and send the invoice."""
    invoice = await get_invoice(request)

    async def send(key: str) -> str:
        return await send_invoice(request, invoice, key)

    return await _frame(request, invoice, invoice_url(invoice), send)


@login_required(Permission.MANAGE_INVOICES)
async def quote_preview(request: DashboardRequest) -> Response:
    """Show a quote's page in a frame; once submitted, share and send the quote."""
    quote = await get_quote(request)

    async def send(key: str) -> str:
        return await send_quote(request, quote, key)

    return await _frame(request, quote, quote_url(quote), send)


async def _frame(
    request: DashboardRequest,
    document: Invoice | Quote,
    url: str,
    send: Callable[[str], Awaitable[str]],
) -> Response:
    form, shows_email = Form(request.form), request.query.get("show") == "email"
    values = {
        "document": document,
        "form": form,
        "url": url,
        "shows_email": shows_email,
        "page_url": f"{url}/email-preview" if shows_email else _page_path(document),
        "pdf_url": PATHS.document_pdf(f"{document.noun}s", document.id),
    }
    return await form_page(
        request, "documents/preview.html", values, lambda: send(form.idempotency_key)
    )


def _page_path(document: Invoice | Quote) -> str:
    """Return where the document is shown as its client would see it."""
    return f"/drafts/{document.noun}s/{document.id}"
