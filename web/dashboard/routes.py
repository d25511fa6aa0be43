"""The dashboard's paths: those of its rooms, and of all that there isn't."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from errors import NotFound
from web.dashboard.activity.routes import ROUTES as ACTIVITY
from web.dashboard.corrections.routes import ROUTES as CORRECTIONS
from web.dashboard.credit_notes.routes import ROUTES as CREDIT_NOTES
from web.dashboard.customers.routes import ROUTES as CUSTOMERS
from web.dashboard.documents.routes import ROUTES as DOCUMENTS
from web.dashboard.home.routes import ROUTES as HOME
from web.dashboard.identity.routes import ROUTES as IDENTITY
from web.dashboard.invoices.routes import ROUTES as INVOICES
from web.dashboard.questions.routes import ROUTES as QUESTIONS
from web.dashboard.quotes.routes import ROUTES as QUOTES
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.settings.routes import ROUTES as SETTINGS
from web.dashboard.sharing.routes import ROUTES as SHARING


@login_required()
async def unknown_page(_: DashboardRequest) -> Response:
    """Show an error page of the dashboard for an unknown path."""
    raise NotFound


ROUTES: Final = (
    *HOME,
    *ACTIVITY,
    *IDENTITY,
    *DOCUMENTS,
    *INVOICES,
    *CORRECTIONS,
    *QUOTES,
    *CREDIT_NOTES,
    *SHARING,
    *QUESTIONS,
    *CUSTOMERS,
    *SETTINGS,
    Route("/dashboard/{path:path}", unknown_page),
)
