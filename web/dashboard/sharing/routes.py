"""The paths that share documents."""

from typing import Final

from web.dashboard.sharing import documents as sharing

ROUTES: Final = (
    *sharing.INVOICES.routes("/dashboard/invoices/{id}"),
    *sharing.QUOTES.routes("/dashboard/quotes/{id}"),
    *sharing.CREDIT_NOTES.routes("/dashboard/credit-notes/{id}"),
)
