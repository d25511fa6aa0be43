"""The page of a receipt, behind the link of its invoice or of its customer's portal."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from pdf.labels import Labels
from schema.public_invoices import PublicInvoice
from services.billing import receipts
from services.billing.receipts import Receipt
from services.sharing.tokens import SharedLink
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.http.middleware import page_headers
from web.http.templating import render_client_page
from web.public.numbers import number_of


async def find_receipt(request: Request) -> Receipt:
    """Find the receipt that the path names. Raises NotFound and RateLimited."""
    return await receipts.find_receipt((await _find_link(request)).invoice, _receipt_id(request))


async def receipt_page(request: Request) -> Response:
    """Show a receipt, in the words of its PDF."""
    services, link = services_of(request), await _find_link(request)
    link.invoice.read_in = reader_language(request, link.invoice.written_in)
    receipt = await receipts.find_receipt(link.invoice, _receipt_id(request))
    data = await services.public_documents.load_invoice(link)
    invoice = PublicInvoice.of(data, services.urls)
    labels = Labels(await receipts.to_pdf_document(receipt, services.urls))
    return render_client_page(
        request,
        "receipt.html",
        {
            "business": invoice.business,
            "bill_to": invoice.bill_to,
            "name": labels.name(),
            "labels": labels,
            "is_void": receipt.is_void,
            "invoice_url": data.url,
            "pdf_url": f"{services.urls.receipt(data.url, receipt.id)}.pdf",
            "preview": invoice.business.name,
        },
        headers=page_headers(services.settings, pays=False, has_scripts=False),
        language=invoice.language,
        accent=link.invoice.company.accent,
    )


async def _find_link(request: Request) -> SharedLink:
    return await services_of(request).tokens.find_invoice(
        request.path_params["token"],
        client_info_of(request),
        number=number_of(request),
    )


def _receipt_id(request: Request) -> UUID:
    receipt_id: UUID = request.path_params["payment"]
    return receipt_id
