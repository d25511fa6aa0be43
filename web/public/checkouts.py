"""Where the pages' forms go to pay an invoice online."""

from decimal import Decimal
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from errors import BadInput, NotFound, PortalError
from i18n.parsing import parse_number
from services.checkout.checkouts import CheckoutWish
from web.http.body_limits import bounded
from web.http.client_info import client_info_of
from web.public.pages import find_invoice, show_invoice
from web.public.payment_view import Refusal

_MAX_BODY: Final = 4 * 1024
"""Bytes of a request's body."""


async def checkout(request: Request) -> Response:
    """Lead to where the invoice is paid, or show its page again and say why that can't be.

    That is no open of it. Raises NotFound, and BadInput for a form that is not ours.
    """
    row = await find_invoice(request)
    typed, amount = await _read_amount(request), None
    token, number = request.path_params["token"], request.path_params.get("number")
    services = services_of(request)
    try:
        if typed is not None:
            amount = _parse(typed, row.customer.language_with(row.company))
        wish = CheckoutWish(token, number, amount)
        opened = await services.checkouts.open(wish, client_info_of(request))
    except NotFound:
        raise
    except PortalError as error:
        row = await find_invoice(request)  # as it has become meanwhile
        refusal = Refusal.of(error, row)
        headers = {"retry-after": str(error.retry_after)} if error.retry_after else None
        return await show_invoice(
            request, row, refusal=refusal, typed=typed, status=error.status, headers=headers
        )
    return RedirectResponse(opened.url, 303)


async def _read_amount(request: Request) -> str | None:
    """Return what was typed; None if the form has no such field, and asks for all to be paid."""
    form = await bounded(request, _MAX_BODY).form(max_files=0)
    given = form.getlist("amount")
    if len(given) > 1:
        raise BadInput
    return str(given[0]) if given else None


def _parse(typed: str, language: str) -> Decimal:
    amount = parse_number(typed, language)
    if amount is None:
        raise BadInput(field="amount")
    return amount
