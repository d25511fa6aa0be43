"""The PDFs behind clients' links. Downloading one doesn't count as opening the document."""

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from services.billing.pdf_documents import Row, paper_of
from web.http.client_info import visitor_behind
from web.http.pdf_responses import pdf_response


async def invoice_pdf(request: Request) -> Response:
    """Answer with the invoice behind a link."""
    row = await services_of(request).tokens.find_shared_invoice(
        request.path_params["token"], visitor_behind(request)
    )
    return await _answer_client(request, row)


async def portal_invoice_pdf(request: Request) -> Response:
    """Answer with an invoice under the link of its customer's portal."""
    row = await services_of(request).tokens.find_portal_invoice(
        request.path_params["token"], request.path_params["number"], visitor_behind(request)
    )
    return await _answer_client(request, row)


async def quote_pdf(request: Request) -> Response:
    """Answer with the quote behind a link."""
    row = await services_of(request).tokens.find_shared_quote(
        request.path_params["token"], visitor_behind(request)
    )
    return await _answer_client(request, row)


async def _answer_client(request: Request, row: Row) -> Response:
    services = services_of(request)
    rate, visitor = services.settings.rate_pdf_per_ip, visitor_behind(request)

    async def count() -> None:
        await services.throttle.hit(rate, "pdf", visitor.throttle_key)

    document = await paper_of(row, services.settings)
    return await pdf_response(request, document, count, visitor.throttle_key)
