"""The page of a customer's portal: the balances, and a list of invoices or of credit notes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

import models
from context import Services, services_of
from core.urls import Urls
from models.companies import today_of
from schema.balances import Balance
from schema.portals import Portal
from schema.public_credit_notes import PublicCreditNote
from schema.public_invoices import PublicInvoice
from services.common.pagination import Page, PageRequest
from services.sharing import portals
from services.sharing.portal_finder import InvoicesRequest
from services.sharing.portals import OpenPortal
from services.sharing.tokens import SharedCreditNote, SharedLink
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.http.middleware import page_headers
from web.http.templating import render_client_page
from web.public.invoice_state import Pill, due_pills
from web.public.pages import checkout_path
from web.public.payment_view import PayForm

_PAGE_SIZE: Final = 20
"""Documents on a page of the portal."""
_CREDIT_NOTES: Final = "credits"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Links:
    """The addresses of the portal's lists and of their pages."""

    invoices: str
    credit_notes: str
    newest: str | None
    older: str | None

    @classmethod
    def of(cls, request: Request, url: str, page: Page[Any]) -> Self:
        """Return the links of a page of the list that is shown."""
        credit_notes = f"{url}?list={_CREDIT_NOTES}"
        current, separator = (credit_notes, "&") if _shows_credit_notes(request) else (url, "?")
        return cls(
            invoices=url,
            credit_notes=credit_notes,
            newest=current if "after" in request.query_params else None,
            older=f"{current}{separator}after={page.end_cursor}" if page.has_next else None,
        )


async def portal_page(request: Request) -> Response:
    """Show what a customer owes, and a page of their documents. That is not a view of any."""
    services = services_of(request)
    shows_credit_notes, after = _shows_credit_notes(request), request.query_params.get("after")
    portal = await services.tokens.open_portal(
        request.path_params["token"],
        client_info_of(request),
        with_account=True,
        invoices=None
        if shows_credit_notes
        else InvoicesRequest.if_valid(_PAGE_SIZE, after, is_list=True),
        counts_credit_notes=True,
    )
    customer = portal.customer
    customer.read_in = reader_language(request, customer.language_with(customer.company))
    if shows_credit_notes:
        values, pays = await _credit_notes(request, customer, services.urls), False
    else:
        values, pays = await _invoices(request, portal, services)
    language, company = customer.language_with(customer.company), customer.company
    shown = Portal.of(portal, services.urls)
    return render_client_page(
        request,
        "portal.html",
        {
            "portal": shown,
            "business": shown.business,
            "statement_url": services.urls.statement(customer.portal_token),
            "shows_credit_notes": shows_credit_notes,
            "invoices": [],
            "credit_notes": [],
            "preview": company.name,
            **_account_values(portal, language),
            **values,
        },
        headers=page_headers(services.settings, pays=pays, has_scripts=False),
        language=language,
        accent=company.accent,
        address=_address(request),
    )


def _address(request: Request) -> str:
    """Return the page of the list that is shown, or nothing for the first page of the invoices."""
    query = {name: request.query_params.get(name) for name in ("list", "after")}
    shown = urlencode({name: value for name, value in query.items() if value})
    return f"?{shown}" if shown else ""


def _shows_credit_notes(request: Request) -> bool:
    return request.query_params.get("list") == _CREDIT_NOTES


def _account_values(portal: OpenPortal, language: str) -> dict[str, Any]:
    account = portal.loaded_account
    return {
        "balances": [Balance.of(balance, language) for balance in account.balances],
        "invoice_count": Decimal(account.invoice_count),
        "credit_note_count": Decimal(portal.credit_note_count or 0),
    }


async def _invoices(
    request: Request, portal: OpenPortal, services: Services
) -> tuple[dict[str, Any], bool]:
    """Return a page of the invoices, and whether a button pays one without another page."""
    after = request.query_params.get("after")
    page = await portal.load(InvoicesRequest.of(_PAGE_SIZE, after, is_list=True))
    today = today_of(portal.customer.company)
    invoices = [_listed(row, portal.customer, services, today) for row in page.rows]
    pays = any(pay is not None and not pay.has_amount_field for _, _, pay, _ in invoices)
    url = services.urls.portal(portal.customer.portal_token)
    return {"invoices": invoices, "links": _Links.of(request, url, page)}, pays


def _listed(
    row: models.Invoice, customer: models.Customer, services: Services, today: date
) -> tuple[str, PublicInvoice, PayForm | None, list[Pill]]:
    """Return an invoice of the list with its address, how it can be paid, and its state."""
    row.read_in = customer.read_in
    link = SharedLink.in_portal(row)
    data = services.public_documents.invoice(link)
    invoice = PublicInvoice.of(data, services.urls, today)
    return data.url, invoice, PayForm.of(data, checkout_path(link)), due_pills(row, today)


async def _credit_notes(request: Request, customer: models.Customer, urls: Urls) -> dict[str, Any]:
    """Return a page of the credit notes, each with its address."""
    documents = services_of(request).public_documents
    after = request.query_params.get("after")
    page = await portals.page_of_credit_notes(
        customer, PageRequest.of(_PAGE_SIZE, after), with_parties=False
    )
    for row in page.rows:
        row.read_in = customer.read_in
    listed = [documents.credit_note(SharedCreditNote.in_portal(row)) for row in page.rows]
    return {
        "credit_notes": [(data.url, PublicCreditNote.of(data, urls)) for data in listed],
        "links": _Links.of(request, urls.portal(customer.portal_token), page),
    }
