"""The paths that share documents."""

from typing import Final

from starlette.routing import Route

from web.dashboard.sharing import documents as sharing
from web.dashboard.sharing.emails import sent_content, sent_page, undo_page

ROUTES: Final = (
    *sharing.INVOICES.routes("/dashboard/invoices/{id}"),
    *sharing.QUOTES.routes("/dashboard/quotes/{id}"),
    *sharing.CREDIT_NOTES.routes("/dashboard/credit-notes/{id}"),
    Route("/dashboard/e-mails/{id}", sent_page),
    Route("/dashboard/e-mails/{id}/content", sent_content),
    Route("/dashboard/e-mails/{id}/undo", undo_page, methods=["POST"]),
)
