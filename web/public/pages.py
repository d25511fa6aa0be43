"""The pages behind clients' links to invoices and credit notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from structlog import get_logger

from context import services_of
from core.urls import PATHS
from db.availability import as_unavailable, log_unavailable
from errors import NotFound, PortalError
from i18n.documents import corrects_invoice
from i18n.formatting import format_money
from models import Invoice, ViewSource
from schema.parties import Business
from schema.public_credit_notes import PublicCreditNote
from schema.public_invoices import PublicInvoice
from services.billing.receipts import receipts_of
from services.checkout.checkouts import ReturnedCheckout
from services.checkout.used_credit import usable_credit
from services.ledger.payment_history import history_of
from services.sharing.tokens import SharedCreditNote, SharedLink
from web.http.client_info import client_info_of
from web.http.languages import reader_language, switches_language
from web.http.middleware import page_headers
from web.http.session_cookie import staff_or_none
from web.http.templating import render_client_page
from web.public.asking import ASKED, Asking, RefusedQuestion, refusal_headers
from web.public.invoice_state import InvoiceState
from web.public.numbers import number_of
from web.public.payment_history import timeline
from web.public.payment_view import (
    Outcome,
    PayForm,
    PaymentResult,
    Refusal,
    abandoned_part,
    cancelled_result,
)
from web.public.transfer_view import TransferView

log = get_logger(__name__)


# --- an invoice -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """What an invoice's page shows: the invoice, and the result or refusal of a payment."""

    link: SharedLink
    result: PaymentResult | None = None
    """The result of a payment, for a client who returns from Stripe's page."""
    refusal: Refusal | None = None
    """Why paying was refused."""
    typed: str | None = None
    """The amount that the client entered."""
    question: RefusedQuestion | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def invoice_page(request: Request) -> Response:
    """Show the invoice behind a link, and record the view once the page is sent.

    A client who returns from Stripe sees what came of the payment. That is not a view.
    """
    link = await find_invoice(request)
    returned = await _returned_checkout(request, link)
    if returned is None:
        query = request.query_params
        result = cancelled_result(query.get("payment"))
        typed = abandoned_part(link.invoice, query.get("amount")) if result else None
        page = InvoicePage(link=link, result=result, typed=typed)
        response = await render_invoice(request, page)
        if not switches_language(request) and ASKED not in query:
            response.background = BackgroundTask(_record_view, request, link)
        return response
    link = replace(link, invoice=returned.invoice_behind(link))  # as it is after the payment
    if not link.opens(link.invoice):  # it was revoked while we waited for Stripe
        raise NotFound
    link.invoice.read_in = reader_language(request, link.invoice.written_in)
    reloads = request.query_params.get("looks", "")
    result = PaymentResult.of(returned.checkout, link.invoice.written_in, reloads)
    if result.outcome in {Outcome.FAILED, Outcome.CANCELLED}:
        return await render_invoice(request, InvoicePage(link=link, result=result))
    return render_result(request, [link.invoice], result, page_url=link.url(PATHS))


async def find_invoice(request: Request) -> SharedLink:
    """Find the invoice that the path names, with what its page shows of it.

    Raises NotFound and RateLimited.
    """
    link = await services_of(request).tokens.find_invoice(
        request.path_params["token"],
        client_info_of(request),
        number=number_of(request),
        with_history=True,
    )
    link.invoice.read_in = reader_language(request, link.invoice.written_in)
    return link


async def render_invoice(request: Request, page: InvoicePage) -> Response:
    """Render the page of an invoice."""
    services, link = services_of(request), page.link
    data = await services.public_documents.load_invoice(link)
    history = await history_of(link.invoice)
    payments = timeline(link.invoice, history, data.url)
    receipts = [each for each in receipts_of(link.invoice, history) if not each.is_void]
    form = PayForm.of(data, checkout_path(link.url(PATHS)), page.typed)
    invoice, company = PublicInvoice.of(data, services.urls), link.invoice.company
    headers = page_headers(services.settings, pays=form is not None, has_scripts=True)
    return render_client_page(
        request,
        "invoice.html",
        {
            "invoice": invoice,
            "business": invoice.business,
            "state": InvoiceState.of(link.invoice, history, invoice.today),
            "portal_url": services.urls.portal(link.token) if link.is_portal else None,
            # In a portal, an invoice has no link of its own that the client could pass on.
            "share_url": None if link.is_portal else data.url,
            "preview": invoice.business.name,
            "preview_note": None,
            "pay": form,
            "reports_url": f"{link.url(PATHS)}/read",
            "transfer": TransferView.of(data),
            "credit": await _credit_of(link),
            "refusal": page.refusal,
            "returned": page.result,
            "payments": payments,
            "asking": await Asking.of(request, link.invoice, link.url(PATHS), page.question),
            "receipt_url": None
            if link.invoice.is_open or not receipts
            else PATHS.receipt(data.url, receipts[-1].id),
        },
        page.status,
        {**headers, **page.headers},
        language=link.invoice.written_in,
        accent=company.accent,
        address=link.url(PATHS) if request.method == "POST" else "",
    )


class _Credit(NamedTuple):
    """The customer's credit that can pay an invoice."""

    action: str
    """Where the form is sent."""
    left: str
    """All that there is, formatted."""
    usable: str
    """What can be used on the invoice."""


async def _credit_of(link: SharedLink) -> _Credit | None:
    """Return the credit to pay an invoice of a portal with; None if there is none."""
    credit = await usable_credit(link)
    if credit is None:
        return None
    invoice, language = link.invoice, link.invoice.written_in
    usable = invoice.money(min(credit.minor, invoice.remaining))
    return _Credit(
        action=PATHS.credit(link.token),
        left=format_money(credit, language),
        usable=format_money(usable, language),
    )


def render_result(
    request: Request, invoices: Sequence[Invoice], result: PaymentResult, *, page_url: str | None
) -> Response:
    """Render what came of a payment of `invoices`.

    `page_url` is the page of the only invoice, or of the portal with all of them, if the client
    knows it.
    """
    invoice = invoices[0]
    services, language = services_of(request), invoice.written_in
    is_paid = result.outcome is Outcome.PAID
    left = sum(max(0, each.remaining) for each in invoices) if is_paid else 0
    return render_client_page(
        request,
        "checkout_return.html",
        {
            "returned": result,
            "business": Business.on(invoice, services.urls, language),
            "numbers": [each.number for each in invoices],
            "left": format_money(invoice.money(left), language) if left else None,
            "page_url": page_url,
        },
        headers={
            **page_headers(services.settings, pays=False, has_scripts=False),
            **refresh_headers(result),
        },
        language=language,
        accent=invoice.company.accent,
        address=page_url if page_url and len(invoices) == 1 else f"?{request.url.query}",
    )


def refresh_headers(result: PaymentResult | None) -> dict[str, str]:
    """Return the header that reloads the page while Stripe has yet to report the payment."""
    if result is None or result.reload_after is None:
        return {}
    return {"refresh": f"{result.reload_after}; url={result.reload_query}"}


def checkout_path(page: str) -> str:
    """Return where the form of a page at this path is sent to pay, on the page's own origin."""
    return f"{page}/checkout"


async def _returned_checkout(request: Request, link: SharedLink) -> ReturnedCheckout | None:
    """Return the checkout from which the client returns, as Stripe says it is now."""
    query = request.query_params
    if query.get("payment") != "success":
        return None
    return await services_of(request).checkouts.handle_return(
        link, query.get("session_id", ""), client_info_of(request)
    )


async def _record_view(request: Request, link: SharedLink) -> None:
    """Record a view. The page has been sent, so failures are only logged."""
    source = ViewSource.PORTAL if link.is_portal else _source_of(request)
    try:
        staff = await staff_or_none(request)
        await services_of(request).views.record(
            link.target, client_info_of(request), source=source, staff=staff, keep=True
        )
    except Exception as error:
        if unavailable := as_unavailable(error):
            log_unavailable(unavailable)
        elif not isinstance(error, PortalError):
            log.exception("page.view_not_recorded")


def _source_of(request: Request) -> ViewSource:
    name = request.query_params.get("source", "").upper()
    return ViewSource(name) if name in ViewSource.__members__ else ViewSource.LINK


# --- a credit note --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNotePage:
    """What a credit note's page shows: the credit note, and a question that was refused."""

    link: SharedCreditNote
    question: RefusedQuestion | None = None


async def credit_note_page(request: Request) -> Response:
    """Show a credit note, behind its own link or its customer's portal."""
    return await render_credit_note(request, CreditNotePage(link=await find_credit_note(request)))


async def find_credit_note(request: Request) -> SharedCreditNote:
    """Find the credit note that the path names. Raises NotFound and RateLimited."""
    link = await services_of(request).tokens.find_credit_note(
        request.path_params["token"],
        client_info_of(request),
        number=number_of(request),
    )
    link.note.read_in = reader_language(request, link.note.written_in)
    return link


async def render_credit_note(request: Request, page: CreditNotePage) -> Response:
    """Render the page of a credit note."""
    services, link, row = services_of(request), page.link, page.link.note
    data = await services.public_documents.load_credit_note(link)
    note = PublicCreditNote.of(data, services.urls)
    error = page.question.error if page.question else None
    return render_client_page(
        request,
        "credit_note.html",
        {
            "note": note,
            "business": note.business,
            "asking": await Asking.of(request, row, link.url(PATHS), page.question),
            "corrects": note.corrected_invoice
            and corrects_invoice(note.corrected_invoice, note.language),
            "portal_url": services.urls.portal(link.token) if link.is_portal else None,
            # In a portal, a credit note has no link of its own that the client could pass on.
            "share_url": None if link.is_portal else data.url,
            "preview": note.business.name,
        },
        error.status if error else 200,
        {
            **page_headers(services.settings, pays=False, has_scripts=True),
            **refusal_headers(error),
        },
        language=row.written_in,
        accent=row.company.accent,
        address=link.url(PATHS) if request.method == "POST" else "",
    )


# --- for crawlers --------------------------------------------------------------------------------


async def robots(_: Request) -> Response:
    """Allow everything: a crawler that may not read a page doesn't see its noindex either."""
    return PlainTextResponse("User-agent: *\nDisallow:\n")
