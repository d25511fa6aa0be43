"""Where the forms on clients' pages are sent to pay an invoice online."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from errors import BadInput, NotFound, PortalError
from i18n.parsing import parse_number
from services.checkout.checkouts import CheckoutRequest
from web.http.body_limits import limit_body
from web.http.client_info import client_info_of
from web.public.asking import refusal_headers
from web.public.pages import InvoicePage, find_invoice, render_invoice
from web.public.payment_view import Refusal

_MAX_BODY: Final = 4 * 1024
"""Bytes."""
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
            amount = _parse(typed, link.invoice.written_in)
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


async def _read_amount(request: Request) -> str | None:
    """Return the amount that was entered. None if the form has no such field: all is paid."""
    form = await limit_body(request, _MAX_BODY, _TOO_LARGE).form(max_files=0)
    values = form.getlist("amount")
    if len(values) > 1:
        raise BadInput
    return str(values[0]) if values else None


def _parse(typed: str, language: str) -> Decimal:
    amount = parse_number(typed, language)
    if amount is None:
        raise BadInput(field="amount")
    return amount
