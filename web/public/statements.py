"""The statement of account behind a customer's portal link: its page, and its PDF."""

import re
from datetime import date
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

import models
from context import services_of
from core.urls import PATHS
from errors import BadInput, Text
from i18n.error_messages import in_language
from schema.parties import BillTo, Business
from services.public import statements
from services.sharing.portals import OpenPortal
from services.sharing.statements import Period, Statement, load_statement
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.http.middleware import page_headers
from web.http.templating import render_client_page
from web.public.pdfs import respond_with_pdf

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO_DATE: Final = Text("Enter a date, for example 2026-12-31.")


async def statement_page(request: Request) -> Response:
    """Show the statement of a period, which the query names as `from` and `to`."""
    portal = await _open_portal(request)
    portal.customer.read_in = reader_language(request, _language(portal.customer))
    try:
        statement = await _load(request, portal)
    except BadInput as refusal:
        return _render(request, portal, refusal=refusal)
    return _render(request, portal, statement)


async def statement_pdf(request: Request) -> Response:
    """Return the PDF of the same statement. The page explains what is wrong with a period."""
    portal = await _open_portal(request)
    try:
        statement = await _load(request, portal)
    except BadInput as refusal:
        return _render(request, portal, refusal=refusal)
    document = await statements.statement_pdf(statement, _language(portal.customer))
    return await respond_with_pdf(request, document)


async def _open_portal(request: Request) -> OpenPortal:
    return await services_of(request).tokens.open_portal(
        request.path_params["token"], client_info_of(request)
    )


async def _load(request: Request, portal: OpenPortal) -> Statement:
    first, last = _date_of(request, "from"), _date_of(request, "to")
    return await load_statement(portal.customer, Period.of(first, last, portal.today))


def _date_of(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "").strip()
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadInput(_NO_DATE, field=name)


def _render(
    request: Request,
    portal: OpenPortal,
    statement: Statement | None = None,
    refusal: BadInput | None = None,
) -> Response:
    services, customer = services_of(request), portal.customer
    language = _language(customer)
    url = services.urls.statement(customer.portal_token)
    typed = {name: request.query_params.get(name, "") for name in ("from", "to")}
    if statement is not None:
        days = statement.period.first, statement.period.last
        typed = dict(zip(typed, map(date.isoformat, days), strict=True))
    business = Business.of(customer.company, services.urls, language)
    return render_client_page(
        request,
        "statement.html",
        {
            "business": business,
            "customer": BillTo.of(customer, language),
            "period": statement and statement.period,
            "tables": statements.statement_tables(statement, language) if statement else (),
            "typed": typed,
            "field": refusal and refusal.field,
            "error_text": refusal and in_language(refusal.message, language),
            "portal_url": services.urls.portal(customer.portal_token),
            "pdf_url": f"{url}.pdf?{urlencode(typed)}",
            "preview": business.name,
        },
        200 if refusal is None else refusal.status,
        page_headers(services.settings, pays=False, has_scripts=False),
        language=language,
        accent=customer.company.accent,
        # The PDF's path, too, has the page where it is refused.
        address=PATHS.statement(customer.portal_token)
        + ("" if refusal else f"?{urlencode(typed)}"),
    )


def _language(customer: models.Customer) -> str:
    return customer.language_with(customer.company)
