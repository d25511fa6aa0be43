"""Forms for those who are not signed in. A cookie ties each form to the browser that got it."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from auth.browser_sessions import cookie_name, is_secure
from context import Services, services_of
from errors import PortalError
from web.dashboard.form_bodies import FORM_TOKEN, read_form
from web.dashboard.responses import render_page, retry_after_header

_COOKIE_PURPOSE: Final = "sign-in"
_COOKIE_TTL: Final = 24 * 60 * 60
"""Seconds in which a form can be submitted."""


async def read_anonymous_form(request: Request) -> FormData:
    """Return the submitted form. Raises Forbidden unless this browser got it from us."""
    services = services_of(request)
    form = await read_form(request, services)
    browser_secret = request.cookies.get(_cookie(services), "")
    services.form_tokens.check_browser(browser_secret, str(form.get(FORM_TOKEN, "")))
    return form


def render_anonymous(
    request: Request, template: str, values: Mapping[str, Any], error: PortalError | None = None
) -> Response:
    """Render a page with a form that is valid in this browser only.

    With `error`, the reason why the form was refused, the response has the error's status.
    """
    services = services_of(request)
    browser_secret = request.cookies.get(_cookie(services)) or secrets.token_urlsafe()
    form_values = {"error": error, FORM_TOKEN: services.form_tokens.of_browser(browser_secret)}
    response = render_page(
        request,
        template,
        {**form_values, **values},
        status=error.status if error else 200,
        headers=retry_after_header(error) if error else None,
    )
    response.set_cookie(
        _cookie(services),
        browser_secret,
        max_age=_COOKIE_TTL,
        secure=is_secure(services.settings.public_url),
        httponly=True,
        samesite="lax",
    )
    return response


def _cookie(services: Services) -> str:
    return cookie_name(services.settings.public_url, _COOKIE_PURPOSE)
