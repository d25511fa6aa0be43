"""The paths of invoices."""

from typing import Final

from starlette.routing import Route

from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.invoices.actions import (
    cancel_page,
    delete_page,
    issue_and_send_page,
    issue_page,
    remind_page,
    reminder_preview,
)
from web.dashboard.invoices.details import invoice_page
from web.dashboard.invoices.forms import edit_invoice, new_invoice
from web.dashboard.invoices.listing import invoices_page
from web.dashboard.invoices.payments import payment_page
from web.dashboard.lists.bulk import bulk_routes
from web.dashboard.lists.kinds import INVOICES

ROUTES: Final = (
    Route("/dashboard/invoices", invoices_page),
    *bulk_routes(INVOICES),
    Route("/dashboard/invoices/new", new_invoice, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/edit", edit_invoice, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}", invoice_page),
    Route("/dashboard/invoices/{id}/issue", issue_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/issue-and-send", issue_and_send_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/remind/preview", reminder_preview),
    Route("/dashboard/invoices/{id}/cancel", cancel_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/remind", remind_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/payment", payment_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/delete", delete_page, methods=FORM_METHODS),
)
