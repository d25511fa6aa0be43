"""Where Stripe sends clients who have paid, or who have left its page without paying."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from errors import NotFound
from services.checkout.checkouts import ReturnedCheckout
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.public.pages import render_result
from web.public.payment_view import PaymentResult, cancelled_result


async def checkout_return(request: Request) -> Response:
    """Redirect to the page that the client came from, or show the result of the checkout.

    The result of several invoices is shown here, with the way back to the portal. So is that of a
    client who came from one of several pages, since people with different links paid at the same
    time: none of them must get to know the link of another. Raises NotFound.
    """
    returned = await services_of(request).checkouts.find_returning(request.path_params["checkout"])
    checkout, invoices = returned.checkout, returned.invoices
    has_left = cancelled_result(request.query_params.get("payment"))
    if checkout.return_path is not None and (has_left or len(invoices) == 1):
        query = request.url.query
        if has_left:
            # For the form, where the client may have typed it.
            query += f"&amount={checkout.amount}"
        return RedirectResponse(f"{checkout.return_path}?{query}", 303)
    for invoice in invoices:
        invoice.read_in = reader_language(request, invoice.written_in)
    if has_left is not None:
        return render_result(request, invoices, has_left, page_url=None)
    returned = await _settle(request, returned)
    language, reloads = invoices[0].written_in, request.query_params.get("looks", "")
    result = PaymentResult.of(returned.checkout, language, reloads)
    return render_result(request, returned.invoices, result, page_url=checkout.return_path)


async def _settle(request: Request, returned: ReturnedCheckout) -> ReturnedCheckout:
    """Return the checkout as it is now. Only the client who has paid knows the session.

    Raises NotFound.
    """
    session_id = request.query_params.get("session_id")
    if session_id is None or session_id != returned.checkout.session_id:
        raise NotFound
    checkouts = services_of(request).checkouts
    settled = await checkouts.settle_returned(returned, client_info_of(request))
    for invoice in settled.invoices:
        invoice.read_in = reader_language(request, invoice.written_in)
    return settled
