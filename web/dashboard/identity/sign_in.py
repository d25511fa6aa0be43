"""Signing in with e-mail address and password, and signing out."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from auth.staff import authenticate
from context import services_of
from errors import PortalError, Unauthenticated
from services.identity import sessions
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import SIGN_IN_PATH, home_url
from web.http.client_info import client_info_of
from web.http.session_cookie import (
    delete_session_cookie,
    known_browser_of,
    session_of,
    start_session,
)

_REDIRECT_PATH: Final = re.compile(
    r"/dashboard(?:/[\w.~%/-]*)?(?:\?[\w.~%&=+*-]*)?"
    r"|/(?:invoices|quotes|credit-notes)/[0-9a-f-]{36}\.pdf",
    re.ASCII,
)
"""Where signing in may redirect to: a page of the dashboard, or a PDF."""
_MAX_REDIRECT_LENGTH: Final = 1_000


class SignInPage(HTTPEndpoint):
    """The form that signs in."""

    async def get(self, request: Request) -> Response:
        """Show the form, or redirect a user who is signed in already."""
        path = _redirect_path(request, request.query_params.get("next", ""))
        try:
            staff = await authenticate(session_of(request))
        except Unauthenticated:
            return render_anonymous(request, "sign_in.html", {"next": path, "email": ""})
        return RedirectResponse(path or home_url(staff), 303)

    async def post(self, request: Request) -> Response:
        """Sign in and redirect, or show the form again with the error."""
        services = services_of(request)
        path = email = ""
        try:
            form = await read_anonymous_form(request)
            path = _redirect_path(request, str(form.get("next", "")))
            email = str(form.get("email", ""))
            password = str(form.get("password", ""))
            issued, staff = await services.sign_in(
                email, password, client_info_of(request), known_browser_of(request)
            )
        except PortalError as error:
            values = {"next": path, "email": email}
            return render_anonymous(request, "sign_in.html", values, error)
        response = RedirectResponse(path or home_url(staff), 303)
        await start_session(request, response, issued, email)
        return response


@login_required()
async def sign_out(request: DashboardRequest) -> Response:
    """Revoke the session, and show the form that signs in."""
    await sessions.sign_out(request.staff)
    response = RedirectResponse(SIGN_IN_PATH, 303)
    delete_session_cookie(request.http, response)
    return response


def _redirect_path(request: Request, path: str) -> str:
    """Return `path` if signing in may redirect there, or an empty text."""
    is_allowed = len(path) <= _MAX_REDIRECT_LENGTH and _REDIRECT_PATH.fullmatch(path)
    return path if is_allowed and _is_page(request, path) else ""


def _is_page(request: Request, path: str) -> bool:
    """Whether `path` can be opened by GET. Some only take forms."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(path).path}
    for route in request.app.routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            return match is Match.FULL
    return False
