"""The paths of invoices."""

from typing import Final

from starlette.routing import Route

from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.invoices.actions import cancel_page, delete_page, issue_page, remind_page
from web.dashboard.invoices.details import invoice_page
from web.dashboard.invoices.forms import edit_invoice, new_invoice, payment_page
from web.dashboard.invoices.listing import invoices_page

ROUTES: Final = (
    Route("/dashboard/invoices", invoices_page),
    Route("/dashboard/invoices/new", new_invoice, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/edit", edit_invoice, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}", invoice_page),
    Route("/dashboard/invoices/{id}/issue", issue_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/cancel", cancel_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/remind", remind_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/payment", payment_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/delete", delete_page, methods=FORM_METHODS),
)
