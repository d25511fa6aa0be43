"""The PDFs behind clients' links. Downloading one doesn't count as opening the document."""

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from services.billing.pdf_documents import Row, to_pdf_document
from web.http.client_info import client_info_of
from web.http.pdf_responses import pdf_response


async def invoice_pdf(request: Request) -> Response:
    """Answer with the invoice behind a link."""
    row = await services_of(request).tokens.find_shared_invoice(
        request.path_params["token"], client_info_of(request)
    )
    return await _answer_client(request, row)


async def portal_invoice_pdf(request: Request) -> Response:
    """Answer with an invoice under the link of its customer's portal."""
    row = await services_of(request).tokens.find_portal_invoice(
        request.path_params["token"], request.path_params["number"], client_info_of(request)
    )
    return await _answer_client(request, row)


async def quote_pdf(request: Request) -> Response:
    """Answer with the quote behind a link."""
    row = await services_of(request).tokens.find_shared_quote(
        request.path_params["token"], client_info_of(request)
    )
    return await _answer_client(request, row)


async def _answer_client(request: Request, row: Row) -> Response:
    services = services_of(request)
    rate, client_info = services.settings.rate_pdf_per_ip, client_info_of(request)

    async def count() -> None:
        await services.rate_limiter.hit(rate, "pdf", client_info.rate_limit_key)

    document = await to_pdf_document(row, services.urls)
    return await pdf_response(request, document, count, client_info.rate_limit_key)
