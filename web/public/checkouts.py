"""Where the forms on clients' pages are sent to pay invoices, online or with credit."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from banking.currencies import EXPONENTS
from context import services_of
from core.urls import PATHS
from errors import BadInput, NotFound, PortalError
from i18n.parsing import parse_payment
from models import Invoice
from services.checkout.checkouts import CheckoutRequest
from web.http.body_limits import limit_body
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.public.asking import refusal_headers
from web.public.pages import InvoicePage, find_invoice, render_invoice
from web.public.payment_view import Refusal
from web.public.portals import PortalPage, render_portal

_MAX_BODY: Final = 4 * 1024
"""Bytes."""
_MAX_BODY_OF_SEVERAL: Final = 16 * 1024
"""Bytes of a form with the numbers of several invoices."""
_TOO_LARGE: Final = "This form is too large."


async def checkout(request: Request) -> Response:
    """Redirect to Stripe's page, or show the invoice again with the reason why not.

    That is not a view. Raises NotFound, and BadInput for a form that isn't ours.
    """
    asked_at = datetime.now(UTC)
    link = await find_invoice(request)
    typed, amount = await _read_amount(request), None
    try:
        if typed is not None:
            amount = _parse(typed, link.invoice)
        opened = await services_of(request).checkouts.open(
            link, CheckoutRequest(amount=amount, asked_at=asked_at), client_info_of(request)
        )
    except NotFound:
        raise
    except PortalError as error:
        link = await find_invoice(request)  # a payment may be why it was refused
        page = InvoicePage(
            link=link,
            refusal=Refusal.of(error, link.invoice),
            typed=typed,
            status=error.status,
            headers=refusal_headers(error),
        )
        return await render_invoice(request, page)
    return RedirectResponse(opened.url, 303)


async def checkout_several(request: Request) -> Response:
    """Redirect to Stripe's page for the chosen invoices of a portal, or say there why not.

    Raises NotFound, and BadInput for a form that isn't ours.
    """
    asked_at = datetime.now(UTC)
    services, client_info = services_of(request), client_info_of(request)
    token = request.path_params["token"]
    numbers = list(dict.fromkeys(await _read(request, "number", _MAX_BODY_OF_SEVERAL)))
    customer = (await services.tokens.open_portal(token, client_info)).customer
    customer.read_in = reader_language(request, customer.language_with(customer.company))
    try:
        links = await services.tokens.find_invoices(token, client_info, numbers)
        opened = await services.checkouts.open_several(
            links, CheckoutRequest(asked_at=asked_at), client_info
        )
    except NotFound:
        raise
    except PortalError as error:
        language = customer.language_with(customer.company)
        page = PortalPage(
            refusal=Refusal.of_several(error, numbers, language),
            picked=frozenset(numbers),
            status=error.status,
            headers=refusal_headers(error),
        )
        return await render_portal(request, page)
    return RedirectResponse(opened.url, 303)


async def use_credit(request: Request) -> Response:
    """Pay an invoice of a portal with the customer's credit, and show it.

    Raises NotFound, RateLimited, and BadInput for a form that isn't ours.
    """
    services, client_info = services_of(request), client_info_of(request)
    numbers = await _read(request, "number")
    if len(numbers) != 1:
        raise BadInput
    [number] = numbers
    link = await services.tokens.find_invoice(
        request.path_params["token"], client_info, number=number, with_lines=False
    )
    await services.checkouts.use_credit(link, client_info)
    return RedirectResponse(link.url(PATHS), 303)


async def _read(request: Request, name: str, most: int = _MAX_BODY) -> list[str]:
    """Return the values of a form's field. The form has `most` bytes."""
    form = await limit_body(request, most, _TOO_LARGE).form(max_files=0)
    return [str(value) for value in form.getlist(name)]


async def _read_amount(request: Request) -> str | None:
    """Return the amount that was entered. None if the form has no such field: all is paid."""
    values = await _read(request, "amount")
    if len(values) > 1:
        raise BadInput
    return values[0] if values else None


def _parse(typed: str, invoice: Invoice) -> Decimal:
    amount = parse_payment(typed, invoice.written_in, EXPONENTS[invoice.currency])
    if amount is None:
        raise BadInput(field="amount")
    return amount
