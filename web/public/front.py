"""The page at the host's name, which no link leads to."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.http.languages import visitor_language
from web.http.session_cookie import staff_or_none
from web.http.templating import render_client_page

_DASHBOARD: Final = "/dashboard"


async def front_page(request: Request) -> Response:
    """Redirect signed-in staff to the dashboard, and tell others what this site is."""
    if await staff_or_none(request):
        return RedirectResponse(_DASHBOARD, 303)
    values, language = {"sign_in_url": _DASHBOARD}, visitor_language(request)
    return render_client_page(request, "front.html", values, language=language)
