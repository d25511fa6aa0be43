"""Where Stripe sends clients who have paid, or who have left its page without paying."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

import models
from context import services_of
from errors import NotFound
from web.http.client_info import client_info_of
from web.http.middleware import page_headers
from web.http.templating import render
from web.public.pages import refresh_headers
from web.public.payment_view import PaymentResult, cancelled_result


async def checkout_return(request: Request) -> Response:
    """Redirect to the page that the client came from, or show the result of the checkout.

    The client came from one of several pages if people with different links paid at the same time.
    None of them must get to know the link of another. Raises NotFound.
    """
    services = services_of(request)
    checkout = await services.checkouts.find_returning(request.path_params["checkout"])
    if checkout.return_path is not None:
        return RedirectResponse(f"{checkout.return_path}?{request.url.query}", 303)
    result = await _result(request, checkout)
    invoice = checkout.invoice
    return render(
        request,
        "checkout_return.html",
        {"returned": result, "number": invoice.number, "business": invoice.seller.name},
        headers={
            **page_headers(services.settings, pays=False, has_scripts=False),
            **refresh_headers(result),
        },
        language=invoice.written_in,
        accent=invoice.company.accent,
    )


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
