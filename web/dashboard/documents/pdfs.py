"""The files of a company's documents for its staff, by id: PDFs, also of drafts, and e-invoices."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from auth.browser_sessions import is_navigation
from auth.permissions import Permission
from auth.staff import Staff, authenticate
from context import services_of
from errors import Unauthenticated
from models import CreditNote, Invoice, Quote
from pdf.documents import PdfDocument
from services.billing.documents import get_document
from services.billing.pdf_documents import Row, find_pdf_document
from services.billing.receipts import find_own_receipt, to_pdf_document
from web.dashboard.requests import redirect_to_sign_in
from web.http.pdf_responses import pdf_response
from web.http.session_cookie import authorization_of
from web.http.xml_responses import xml_response


async def own_invoice_pdf(request: Request) -> Response:
    """Respond with an invoice of the company."""
    return await _respond(request, Invoice)


async def own_quote_pdf(request: Request) -> Response:
    """Respond with a quote of the company."""
    return await _respond(request, Quote)


async def own_credit_note_pdf(request: Request) -> Response:
    """Respond with a credit note of the company."""
    return await _respond(request, CreditNote)


async def own_invoice_xml(request: Request) -> Response:
    """Respond with the e-invoice of an invoice of the company."""
    return await _respond_with_xml(request, Invoice)


async def own_credit_note_xml(request: Request) -> Response:
    """Respond with the e-invoice of a credit note of the company."""
    return await _respond_with_xml(request, CreditNote)


async def own_receipt_pdf(request: Request) -> Response:
    """Respond with the receipt of a payment that the company has received."""

    async def find(staff: Staff) -> PdfDocument:
        receipt = await find_own_receipt(staff, request.path_params["id"])
        return await to_pdf_document(receipt, services_of(request).urls)

    return await _respond_with_pdf(request, find)


async def _respond(request: Request, model: type[Row]) -> Response:
    async def find(staff: Staff) -> PdfDocument:
        urls = services_of(request).urls
        return await find_pdf_document(model, staff, request.path_params["id"], urls)

    return await _respond_with_pdf(request, find)


async def _respond_with_pdf(
    request: Request, find: Callable[[Staff], Awaitable[PdfDocument]]
) -> Response:
    async def respond(staff: Staff) -> Response:
        return await pdf_response(request, await find(staff))

    return await _respond_to_staff(request, respond)


async def _respond_with_xml(request: Request, model: type[Invoice | CreditNote]) -> Response:
    async def respond(staff: Staff) -> Response:
        row = await get_document(model, staff, request.path_params["id"])
        return await xml_response(request, row)

    return await _respond_to_staff(request, respond)


async def _respond_to_staff(
    request: Request, respond: Callable[[Staff], Awaitable[Response]]
) -> Response:
    try:
        staff = await authenticate(authorization_of(request))
    except Unauthenticated:
        if is_navigation(request.headers):
            return redirect_to_sign_in(request)
        raise
    staff.require(Permission.VIEW_INVOICES)
    return await respond(staff)
