"""Pages of the dashboard for those who have not signed in yet."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from auth.browser_sessions import cookie_name, is_secure
from context import Services, services_of
from errors import PortalError
from web.dashboard.requests import read_form
from web.dashboard.responses import render_page

_BROWSER: Final = "sign-in"
"""What the cookie is for that tells browsers apart in which nobody has signed in yet."""
_COOKIE_LASTS: Final = 24 * 60 * 60
"""Seconds that somebody may take to type a password."""


async def read_anonymous_form(request: Request) -> FormData:
    """Return the form that a browser sends; Forbidden unless it got the form from us."""
    services = services_of(request)
    form = await read_form(request, services)
    browser = request.cookies.get(_cookie(services), "")
    services.form_tokens.check_browser(browser, str(form.get("form_token", "")))
    return form


def render_anonymous(
    request: Request, template: str, values: Mapping[str, Any], error: PortalError | None = None
) -> Response:
    """Answer with a page with a form; with `error`, why it was refused, the answer has its status.

    The form's token holds in this browser alone.
    """
    services = services_of(request)
    browser = request.cookies.get(_cookie(services)) or secrets.token_urlsafe()
    around = {"error": error, "form_token": services.form_tokens.of_browser(browser)}
    headers = {"retry-after": str(error.retry_after)} if error and error.retry_after else None
    status = error.status if error else 200
    response = render_page(request, template, {**around, **values}, status=status, headers=headers)
    response.set_cookie(
        _cookie(services),
        browser,
        max_age=_COOKIE_LASTS,
        secure=is_secure(services.settings.public_url),
        httponly=True,
        samesite="lax",
    )
    return response


def _cookie(services: Services) -> str:
    return cookie_name(services.settings.public_url, _BROWSER)
