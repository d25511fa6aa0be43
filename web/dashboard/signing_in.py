"""Signing in with e-mail and password, and out."""

import re
import secrets
from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.browser import cookie_name, is_secure
from auth.staff import authenticate
from context import Services
from errors import PortalError, Unauthenticated
from services import access
from web.dashboard.answers import HOME, SIGN_IN, answer
from web.dashboard.visit import Visit, read_form, staff_page
from web.sessions import forget_session, keep_session, session_of
from web.visitors import visitor_behind

_OWN_PATH: Final = re.compile(r"/dashboard(?:/[\w.~%/-]*)?(?:\?[\w.~%&=+*-]*)?", re.ASCII)
"""Where one may be led after signing in: nowhere but to a page of the dashboard."""
_MAX_NEXT: Final = 1_000
_BROWSER: Final = "sign-in"
"""What the cookie is for that tells browsers apart in which nobody has signed in yet."""
_COOKIE_LASTS: Final = 24 * 60 * 60
"""Seconds that somebody may take to type a password."""


class SignInPage(HTTPEndpoint):
    """The form, and where it goes."""

    async def get(self, request: Request) -> Response:
        """Show the form; who has signed in already goes on."""
        path = _own_path(request.query_params.get("next", ""))
        try:
            await authenticate(session_of(request))
        except Unauthenticated:
            return _show(request, path)
        return RedirectResponse(path, 303)

    async def post(self, request: Request) -> Response:
        """Keep a new session in a cookie and lead on, or show the form again and say why not."""
        services: Services = request.app.state.services
        path = email = ""
        try:
            form = await read_form(request, services)
            path, email = _own_path(str(form.get("next", ""))), str(form.get("email", ""))
            browser = request.cookies.get(_cookie(services), "")
            services.form_tokens.check_browser(browser, str(form.get("form_token", "")))
            password = str(form.get("password", ""))
            minted, _ = await services.sign_in(email, password, visitor_behind(request))
        except PortalError as error:
            return _show(request, path or HOME, email, error)
        response = RedirectResponse(path, 303)
        keep_session(request, response, minted)
        return response


@staff_page()
async def sign_out(visit: Visit) -> Response:
    """Revoke the session, for good."""
    await access.sign_out(visit.staff)
    response = RedirectResponse(SIGN_IN, 303)
    forget_session(visit.request, response)
    return response


def _own_path(path: str) -> str:
    """Return `path` if it is one of the dashboard's, or where the dashboard begins."""
    return path if len(path) <= _MAX_NEXT and _OWN_PATH.fullmatch(path) else HOME


def _cookie(services: Services) -> str:
    return cookie_name(services.settings.public_url, _BROWSER)


def _show(
    request: Request, path: str, email: str = "", error: PortalError | None = None
) -> Response:
    services: Services = request.app.state.services
    browser = request.cookies.get(_cookie(services)) or secrets.token_urlsafe()
    values = {
        "next": path,
        "email": email,
        "error": error,
        "form_token": services.form_tokens.of_browser(browser),
    }
    headers = {"retry-after": str(error.retry_after)} if error and error.retry_after else None
    status = error.status if error else 200
    response = answer(request, "sign_in.html", values, status=status, headers=headers)
    response.set_cookie(
        _cookie(services),
        browser,
        max_age=_COOKIE_LASTS,
        secure=is_secure(services.settings.public_url),
        httponly=True,
        samesite="lax",
    )
    return response
