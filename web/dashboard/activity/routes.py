"""The paths of timelines."""

from typing import Final

from starlette.routing import Route

from web.dashboard.activity import pages

ROUTES: Final = (
    Route("/dashboard/activity", pages.activity_page),
    Route("/dashboard/invoices/{id}/timeline", pages.invoice_timeline),
    Route("/dashboard/quotes/{id}/timeline", pages.quote_timeline),
    Route("/dashboard/credit-notes/{id}/timeline", pages.credit_note_timeline),
    Route("/dashboard/customers/{id}/timeline", pages.customer_timeline),
)
