"""The paths that all documents share while they are written."""

from typing import Final

from starlette.routing import Route

from web.dashboard.documents.customers import customer_options
from web.dashboard.documents.previews import invoice_preview, quote_preview
from web.dashboard.documents.prices import price_page
from web.dashboard.forms.pages import FORM_METHODS

ROUTES: Final = (
    Route("/dashboard/drafts/price", price_page, methods=["POST"]),
    Route("/dashboard/drafts/customers", customer_options),
    Route("/dashboard/invoices/{id}/preview", invoice_preview, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/preview", quote_preview, methods=FORM_METHODS),
)
