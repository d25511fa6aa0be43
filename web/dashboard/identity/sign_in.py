"""Signing in with e-mail and password, and out."""

import re
from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.staff import authenticate
from context import services_of
from errors import PortalError, Unauthenticated
from services.identity import sign_in
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import SIGN_IN_PATH, home_url
from web.http.client_info import client_info_of
from web.http.session_cookie import forget_session, keep_session, session_of

_OWN_PATH: Final = re.compile(
    r"/dashboard(?:/[\w.~%/-]*)?(?:\?[\w.~%&=+*-]*)?"
    r"|/(?:invoices|quotes|credit-notes)/[0-9a-f-]{36}\.pdf",
    re.ASCII,
)
"""Where one may be led after signing in: nowhere but to a page of the dashboard, or a PDF."""
_MAX_NEXT: Final = 1_000


class SignInPage(HTTPEndpoint):
    """The form, and where it goes."""

    async def get(self, request: Request) -> Response:
        """Show the form; who has signed in already goes on."""
        path = _own_path(request.query_params.get("next", ""))
        try:
            staff = await authenticate(session_of(request))
        except Unauthenticated:
            return render_anonymous(request, "sign_in.html", {"next": path, "email": ""})
        return RedirectResponse(path or home_url(staff), 303)

    async def post(self, request: Request) -> Response:
        """Keep a new session in a cookie and lead on, or show the form again and say why not."""
        services = services_of(request)
        path = email = ""
        try:
            form = await read_anonymous_form(request)
            path, email = _own_path(str(form.get("next", ""))), str(form.get("email", ""))
            password = str(form.get("password", ""))
            issued, staff = await services.sign_in(email, password, client_info_of(request))
        except PortalError as error:
            values = {"next": path, "email": email}
            return render_anonymous(request, "sign_in.html", values, error)
        response = RedirectResponse(path or home_url(staff), 303)
        keep_session(request, response, issued)
        return response


@login_required()
async def sign_out(request: DashboardRequest) -> Response:
    """Revoke the session, for good."""
    await sign_in.sign_out(request.staff)
    response = RedirectResponse(SIGN_IN_PATH, 303)
    forget_session(request.http, response)
    return response


def _own_path(path: str) -> str:
    """Return `path` if it is one to be led to, or nothing."""
    return path if len(path) <= _MAX_NEXT and _OWN_PATH.fullmatch(path) else ""
