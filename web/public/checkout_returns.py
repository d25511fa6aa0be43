"""Where Stripe sends clients who have paid, or who have left its page without paying."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

import models
from context import services_of
from errors import NotFound
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.public.pages import render_result
from web.public.payment_view import PaymentResult, cancelled_result


async def checkout_return(request: Request) -> Response:
    """Redirect to the page that the client came from, or show the result of the checkout.

    The client came from one of several pages if people with different links paid at the same time.
    None of them must get to know the link of another. Raises NotFound.
    """
    services = services_of(request)
    checkout = await services.checkouts.find_returning(request.path_params["checkout"])
    if checkout.return_path is not None:
        query = request.url.query
        if cancelled_result(request.query_params.get("payment")):
            query += (
                f"&amount={checkout.amount}"  # for the form, where the client may have typed it
            )
        return RedirectResponse(f"{checkout.return_path}?{query}", 303)
    invoice = checkout.invoice
    invoice.read_in = reader_language(request, invoice.written_in)
    return render_result(request, invoice, await _result(request, checkout), page_url=None)


async def _result(request: Request, checkout: models.Checkout) -> PaymentResult:
    """Return the result. Only the client who has paid knows the session. Raises NotFound."""
    query = request.query_params
    if result := cancelled_result(query.get("payment")):
        return result
    session_id = query.get("session_id")
    if session_id is None or session_id != checkout.session_id:
        raise NotFound
    checkouts = services_of(request).checkouts
    settled = await checkouts.settle_returned(checkout, client_info_of(request))
    return PaymentResult.of(settled, checkout.invoice.written_in, query.get("looks", ""))
