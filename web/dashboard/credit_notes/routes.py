"""The paths of credit notes."""

from typing import Final

from starlette.routing import Route

from web.dashboard.credit_notes import actions
from web.dashboard.credit_notes.crediting import credit_lines_page, credit_page
from web.dashboard.credit_notes.forms import apply_page, edit_note, new_note
from web.dashboard.credit_notes.pages import credit_note_page, credit_notes_page
from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.lists.bulk import bulk_routes
from web.dashboard.lists.kinds import CREDIT_NOTES

ROUTES: Final = (
    Route("/dashboard/invoices/{id}/credit", credit_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/credit/lines", credit_lines_page, methods=FORM_METHODS),
    Route("/dashboard/credit-notes", credit_notes_page),
    *bulk_routes(CREDIT_NOTES),
    Route("/dashboard/credit-notes/new", new_note, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}", credit_note_page),
    Route("/dashboard/credit-notes/{id}/edit", edit_note, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/issue", actions.issue_page, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/apply", apply_page, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/void", actions.void_page, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/delete", actions.delete_page, methods=FORM_METHODS),
)
