"""The paths of customers."""

from typing import Final

from starlette.routing import Route

from web.dashboard.customers.forms import edit_customer, new_customer
from web.dashboard.customers.pages import (
    customer_page,
    customers_page,
    revoke_links,
    revoke_portal,
    share_portal,
    turn_off_emails,
)
from web.dashboard.forms.pages import FORM_METHODS

ROUTES: Final = (
    Route("/dashboard/customers", customers_page),
    Route("/dashboard/customers/new", new_customer, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}", customer_page),
    Route("/dashboard/customers/{id}/edit", edit_customer, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}/share-portal", share_portal, methods=["POST"]),
    Route("/dashboard/customers/{id}/revoke-portal", revoke_portal, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}/revoke-links", revoke_links, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}/turn-off", turn_off_emails, methods=FORM_METHODS),
)
