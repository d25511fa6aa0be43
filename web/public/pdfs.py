"""The files behind clients' links: PDFs and e-invoices. Downloading one is not a view."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from models import CreditNote, Invoice
from pdf.documents import PdfDocument
from services.billing import receipts
from services.billing.e_invoices import require_valid
from services.billing.pdf_documents import Row, to_pdf_document
from web.http.client_info import client_info_of
from web.http.pdf_responses import pdf_response
from web.http.xml_responses import xml_response
from web.public.numbers import number_of
from web.public.receipts import find_receipt

LinkT = TypeVar("LinkT")


async def invoice_pdf(request: Request) -> Response:
    """Return an invoice's PDF, behind its own link or its customer's portal."""
    link = await _found(request, services_of(request).tokens.find_invoice)
    return await _pdf_response(request, link.invoice)


async def quote_pdf(request: Request) -> Response:
    """Return a quote's PDF, behind its own link or its customer's portal."""
    link = await _found(request, services_of(request).tokens.find_quote)
    return await _pdf_response(request, link.quote)


async def receipt_pdf(request: Request) -> Response:
    """Return the receipt of a payment, behind the invoice's own link or its customer's portal."""
    receipt, urls = await find_receipt(request), services_of(request).urls
    return await respond_with_pdf(request, await receipts.to_pdf_document(receipt, urls))


async def credit_note_pdf(request: Request) -> Response:
    """Return a credit note's PDF, behind its own link or its customer's portal."""
    link = await _found(request, services_of(request).tokens.find_credit_note)
    return await _pdf_response(request, link.note)


async def invoice_xml(request: Request) -> Response:
    """Return an invoice's e-invoice, behind its own link or its customer's portal."""
    link = await _found(request, services_of(request).tokens.find_invoice)
    return await _xml_response(request, link.invoice)


async def credit_note_xml(request: Request) -> Response:
    """Return a credit note's e-invoice, behind its own link or its customer's portal."""
    link = await _found(request, services_of(request).tokens.find_credit_note)
    return await _xml_response(request, link.note)


async def _found(request: Request, find: Callable[..., Awaitable[LinkT]]) -> LinkT:
    """Return what the link in the path opens. Raises NotFound and RateLimited."""
    return await find(
        request.path_params["token"], client_info_of(request), number=number_of(request)
    )


async def _xml_response(request: Request, row: Invoice | CreditNote) -> Response:
    require_valid(row)
    return await xml_response(request, row, partial(_count, request))


async def _pdf_response(request: Request, row: Row) -> Response:
    return await respond_with_pdf(request, await to_pdf_document(row, services_of(request).urls))


async def respond_with_pdf(request: Request, document: PdfDocument) -> Response:
    """Return the PDF of `document`, if its reader has not had too many."""
    client = client_info_of(request).rate_limit_key
    return await pdf_response(request, document, partial(_count, request), client)


async def _count(request: Request) -> None:
    """Count a file that a client gets. Raises RateLimited."""
    services, client = services_of(request), client_info_of(request).rate_limit_key
    rate = services.settings.rate_pdf_per_ip
    await services.rate_limiter.hit(rate, "pdf", client, policy="pdf-per-ip")
