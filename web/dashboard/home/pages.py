"""Where the dashboard begins."""

from starlette.responses import RedirectResponse, Response

from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import home_url


@login_required()
async def home(request: DashboardRequest) -> Response:
    """Redirect to the first page that the staff may see."""
    return RedirectResponse(home_url(request.staff), 303)
