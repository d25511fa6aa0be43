"""Pages of documents as their clients would see them, for staff: nothing on them does anything."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from models import Quote
from models.companies import today_of
from schema.public_invoices import PublicInvoice
from schema.public_quotes import PublicQuote
from services.sharing.tokens import SharedLink, SharedQuote
from values.payments import PaymentHistory
from web.http.middleware import page_headers
from web.http.templating import render_client_page
from web.public.invoice_state import InvoiceState
from web.public.payment_view import PayForm
from web.public.quotes import AnswerView, QuotePage
from web.public.transfer_view import TransferView

_NO_HISTORY: Final = PaymentHistory()
_NOTHING: Final = dict.fromkeys(
    ("asking", "credit", "portal_url", "receipt_url", "refusal", "reports_url", "returned")
)
"""What only the page of a shared invoice has."""


async def render_preview(request: Request, link: SharedLink, note: str) -> Response:
    """Render the page of an invoice that nobody has received, with a `note` that says what it is.

    The invoice comes with its parties and its lines. Forms are sent to the page itself.
    """
    services, invoice = services_of(request), link.invoice
    data = await services.public_documents.load_invoice(link)
    shown = PublicInvoice.of(data, services.urls)
    return render_client_page(
        request,
        "invoice.html",
        {
            "invoice": shown,
            "business": shown.business,
            "state": InvoiceState.of(invoice, _NO_HISTORY, today_of(invoice.company)),
            "preview": shown.business.name,
            "preview_note": note,
            "pay": PayForm.of(data, request.url.path),
            "transfer": TransferView.of(data),
            "payments": (),
            **_NOTHING,
        },
        headers=page_headers(services.settings, pays=False, has_scripts=True),
        language=invoice.written_in,
        accent=invoice.company.accent,
    )


async def render_quote_preview(request: Request, quote: Quote, note: str) -> Response:
    """Render the page of a quote, as `render_preview` does that of an invoice."""
    services = services_of(request)
    link = SharedQuote(quote=quote, token=str(quote.share_token))
    data = await services.public_documents.load_quote(link)
    shown = PublicQuote.of(data, services.urls)
    return render_client_page(
        request,
        "quote.html",
        {
            "quote": shown,
            "business": shown.business,
            "answer": AnswerView.of(QuotePage(link=link)),
            "preview": shown.business.name,
            "preview_note": note,
            **_NOTHING,
        },
        headers=page_headers(services.settings, pays=False, has_scripts=True),
        language=quote.written_in,
        accent=quote.company.accent,
    )
