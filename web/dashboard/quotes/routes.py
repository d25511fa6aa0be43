"""The paths of quotes."""

from typing import Final

from starlette.routing import Route

from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.lists.bulk import bulk_routes
from web.dashboard.lists.kinds import QUOTES
from web.dashboard.quotes import actions
from web.dashboard.quotes.forms import edit_quote, new_quote
from web.dashboard.quotes.pages import quote_page, quotes_page

ROUTES: Final = (
    Route("/dashboard/quotes", quotes_page),
    *bulk_routes(QUOTES),
    Route("/dashboard/quotes/new", new_quote, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/edit", edit_quote, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}", quote_page),
    Route("/dashboard/quotes/{id}/accept", actions.accept_page, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/decline", actions.decline_page, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/invoice", actions.create_invoice_page, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/delete", actions.delete_page, methods=FORM_METHODS),
)
