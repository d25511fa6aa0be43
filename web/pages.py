"""The pages that a link opens."""

from typing import Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from structlog import get_logger

import models
from auth.staff import Staff, authenticate
from auth.visitor import Visitor
from context import Services
from errors import PortalError, Unauthenticated
from models import ViewSource
from schema.portal import Balance, Portal, public_invoice
from schema.public_invoice import PublicInvoice
from schema.public_quote import PublicQuote
from services import portal
from services.documents import lines_of
from web.templating import render
from web.visitors import visitor_behind

_PAGE: Final = 20
"""Invoices on a page of the portal."""

log = get_logger(__name__)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


# --- an invoice -----------------------------------------------------------------------------------


async def invoice_page(request: Request) -> Response:
    """Show the invoice behind a link, and record the open once the page is on its way."""
    services, visitor = _services(request), visitor_behind(request)
    token = request.path_params["token"]
    row = await services.tokens.find_shared_invoice(token, visitor)
    pdf_url = f"{services.settings.invoice_url(token)}.pdf"
    invoice = PublicInvoice.of(row, await lines_of(row), pdf_url, services.settings)
    response = _show(request, row, invoice)
    response.background = BackgroundTask(_record, request, token, visitor, _source(request))
    return response


async def portal_invoice_page(request: Request) -> Response:
    """Show an invoice under the link of its customer's portal; an open like any other."""
    services, visitor = _services(request), visitor_behind(request)
    token, number = request.path_params["token"], request.path_params["number"]
    row = await services.tokens.find_portal_invoice(token, number, visitor)
    invoice = public_invoice(row, await lines_of(row), services.settings)
    response = _show(request, row, invoice, services.settings.portal_url(token))
    response.background = BackgroundTask(
        _record, request, token, visitor, ViewSource.PORTAL, number
    )
    return response


def _show(
    request: Request, row: models.Invoice, invoice: PublicInvoice, portal_url: str | None = None
) -> Response:
    language = row.customer.language_with(row.company)
    values = {"invoice": invoice, "portal_url": portal_url}
    return render(request, "invoice.html", values, language=language)


async def _record(
    request: Request,
    token: str,
    visitor: Visitor,
    source: ViewSource,
    number: str | None = None,
) -> None:
    """Record an open; the page has been sent, so nobody is left to be told of a failure."""
    viewing = _services(request).viewing
    try:
        staff = await _staff(request.headers.get("authorization"))
        await viewing.record(token, visitor, number=number, source=source, staff=staff)
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
    services, token = _services(request), request.path_params["token"]
    row = await services.tokens.find_shared_quote(token, visitor_behind(request))
    pdf_url = f"{services.settings.quote_url(token)}.pdf"
    quote = PublicQuote.of(row, await lines_of(row), pdf_url, services.settings)
    language = row.customer.language_with(row.company)
    return render(request, "quote.html", {"quote": quote}, language=language)


# --- the portal -----------------------------------------------------------------------------------


async def portal_page(request: Request) -> Response:
    """Show what a customer owes, and a page of its invoices. That is no open of any of them."""
    services, after = _services(request), request.query_params.get("after")
    token, settings = request.path_params["token"], services.settings
    customer = await services.tokens.find_portal(token, visitor_behind(request))
    page = await portal.invoice_page(customer, _PAGE, after)
    [account] = await portal.load_accounts([customer.id])
    language, url = customer.language_with(customer.company), settings.portal_url(token)
    values = {
        "portal": Portal.of(customer, settings),
        "balances": [Balance.of(balance, language) for balance in account.balances],
        "is_overdue": account.is_overdue,
        "invoices": [
            (settings.portal_invoice_url(token, row.number), public_invoice(row, (), settings))
            for row in page.rows
        ],
        "newest_url": None if after is None else url,
        "older_url": f"{url}?after={page.cursors[-1]}" if page.has_next else None,
    }
    return render(request, "portal.html", values, language=language)


async def robots(_: Request) -> Response:
    """Disallow nothing: a crawler that may not read a page does not see its noindex either."""
    return PlainTextResponse("User-agent: *\nDisallow:\n")
