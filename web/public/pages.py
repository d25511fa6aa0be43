"""The pages that a link opens."""

from collections.abc import Mapping
from typing import Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from structlog import get_logger

import models
from auth.staff import Staff, authenticate
from context import services_of
from core.urls import Urls
from errors import PortalError, Unauthenticated
from models import ViewSource
from schema.portals import Balance, Portal, public_invoice
from schema.public_invoices import PublicInvoice
from schema.public_quotes import PublicQuote
from services.billing.loaders import lines_of
from services.sharing import portals
from settings import Settings
from web.http.client_info import client_info_of
from web.http.middleware import page_headers
from web.http.session_cookie import authorization_of
from web.http.templating import render
from web.public.payment_view import Outcome, PayForm, Refusal, Return, cancelled

_PAGE: Final = 20
"""Invoices on a page of the portal."""

log = get_logger(__name__)


# --- an invoice -----------------------------------------------------------------------------------


async def invoice_page(request: Request) -> Response:
    """Show the invoice behind a link, and record the open once the page is on its way.

    Who comes back from paying is shown what came of it: that is no open of a link.
    """
    row = await find_invoice(request)
    checkout = await _attempt(request, row)
    if checkout is None:
        said = cancelled(request.query_params.get("payment"))
        response = await show_invoice(request, row, returned=said)
        response.background = BackgroundTask(_record, request)
        return response
    row = await find_invoice(request)  # with what was settled just now
    language, looks = row.customer.language_with(row.company), request.query_params.get("looks", "")
    return await show_invoice(request, row, returned=Return.of(checkout, language, looks))


async def find_invoice(request: Request) -> models.Invoice:
    """Return the invoice that the path names: by its own token, or by its customer's and a number.

    Raises NotFound, and RateLimited for an address with too many misses.
    """
    tokens, client_info = services_of(request).tokens, client_info_of(request)
    token, number = request.path_params["token"], request.path_params.get("number")
    if number is None:
        return await tokens.find_shared_invoice(token, client_info)
    return await tokens.find_portal_invoice(token, number, client_info)


async def show_invoice(
    request: Request,
    row: models.Invoice,
    *,
    returned: Return | None = None,
    refusal: Refusal | None = None,
    typed: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with the page of an invoice: after paying, or after it was refused, with a word on it.

    `typed` is what was in the amount's field.
    """
    services, lines = services_of(request), await lines_of(row)
    settings, urls = services.settings, services.urls
    token, number = request.path_params["token"], request.path_params.get("number")
    if number is None:
        url = urls.invoice(token)
        invoice = PublicInvoice.of(row, lines, urls.invoice_pdf(token), settings)
    else:
        url = urls.portal_invoice(token, number)
        invoice = public_invoice(row, lines, settings)
    is_waiting = returned is not None and returned.outcome is Outcome.WAITING
    pay = None if is_waiting else PayForm.of(invoice, _action(url, settings), typed)
    values = {
        "invoice": invoice,
        "portal_url": None if number is None else urls.portal(token),
        # Under the portal's link an invoice has none of its own that may be passed on.
        "share_url": url if number is None else None,
        "preview": invoice.business.name,
        "pay": pay,
        "refusal": refusal,
        "returned": returned,
    }
    own = page_headers(settings, pays=pay is not None, has_scripts=True)
    language, accent = row.customer.language_with(row.company), row.company.accent
    return render(
        request,
        "invoice.html",
        values,
        status,
        {**own, **_refresh(returned), **(headers or {})},
        language=language,
        accent=accent,
    )


def _refresh(returned: Return | None) -> dict[str, str]:
    """Return what has a browser look again by itself, while that is worth it."""
    if returned is None or returned.pause is None:
        return {}
    return {"refresh": f"{returned.pause}; url={returned.next_look}"}


def _action(url: str, settings: Settings) -> str:
    """Return where the form goes that is on the page at `url`: on the page's own origin."""
    return f"{url.removeprefix(settings.public_url)}/checkout"


async def _attempt(request: Request, row: models.Invoice) -> models.Checkout | None:
    """Return the attempt to pay from which the client comes back, as Stripe says that it is."""
    query = request.query_params
    if query.get("payment") != "success":
        return None
    session_id, client_info = query.get("session_id", ""), client_info_of(request)
    return await services_of(request).checkouts.returned(row, session_id, client_info)


async def _record(request: Request) -> None:
    """Record an open; the page has been sent, so nobody is left to be told of a failure."""
    token, number = request.path_params["token"], request.path_params.get("number")
    source = _source(request) if number is None else ViewSource.PORTAL
    client_info, viewing = client_info_of(request), services_of(request).viewing
    try:
        staff = await _staff(authorization_of(request))
        await viewing.record(token, client_info, number=number, source=source, staff=staff)
    except PortalError:
        return
    except Exception:
        log.exception("page.view_not_recorded")


async def _staff(authorization: str | None) -> Staff | None:
    """Return who is looking, or None for a stranger."""
    try:
        return await authenticate(authorization)
    except Unauthenticated:
        return None


def _source(request: Request) -> ViewSource:
    said = request.query_params.get("source", "").upper()
    return ViewSource(said) if said in ViewSource.__members__ else ViewSource.LINK


# --- a quote --------------------------------------------------------------------------------------


async def quote_page(request: Request) -> Response:
    """Show the quote behind a link."""
    services, token = services_of(request), request.path_params["token"]
    row = await services.tokens.find_shared_quote(token, client_info_of(request))
    pdf_url = services.urls.quote_pdf(token)
    quote = PublicQuote.of(row, await lines_of(row), pdf_url, services.urls)
    values = {
        "quote": quote,
        "share_url": services.urls.quote(token),
        "preview": quote.business.name,
    }
    headers = page_headers(services.settings, pays=False, has_scripts=True)
    language, accent = row.customer.language_with(row.company), row.company.accent
    return render(request, "quote.html", values, headers=headers, language=language, accent=accent)


# --- the portal -----------------------------------------------------------------------------------


async def portal_page(request: Request) -> Response:
    """Show what a customer owes, and a page of its invoices. That is no open of any of them."""
    services, after = services_of(request), request.query_params.get("after")
    token, settings = request.path_params["token"], services.settings
    customer = await services.tokens.find_portal(token, client_info_of(request))
    page = await portals.invoice_page(customer, _PAGE, after)
    [account] = await portals.load_accounts([customer.id])
    language, url = customer.language_with(customer.company), services.urls.portal(token)
    invoices = [_listed(row, settings) for row in page.rows]
    values = {
        "portal": Portal.of(customer, services.urls),
        "balances": [Balance.of(balance, language) for balance in account.balances],
        "is_overdue": account.is_overdue,
        "invoices": invoices,
        "newest_url": None if after is None else url,
        "older_url": f"{url}?after={page.cursors[-1]}" if page.has_next else None,
        "preview": customer.company.name,
    }
    has_form = any(pay is not None and not pay.chooses for _, _, pay in invoices)
    headers = page_headers(settings, pays=has_form, has_scripts=False)
    accent = customer.company.accent
    return render(request, "portal.html", values, headers=headers, language=language, accent=accent)


def _listed(row: models.Invoice, settings: Settings) -> tuple[str, PublicInvoice, PayForm | None]:
    """Return an invoice of the portal's list with its address, and how it is paid."""
    url = Urls(settings.public_url).portal_invoice(row.customer.portal_token, row.number)
    invoice = public_invoice(row, (), settings)
    return url, invoice, PayForm.of(invoice, _action(url, settings))


async def robots(_: Request) -> Response:
    """Disallow nothing: a crawler that may not read a page does not see its noindex either."""
    return PlainTextResponse("User-agent: *\nDisallow:\n")
