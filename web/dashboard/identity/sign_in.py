"""Signing in with e-mail address and password, and signing out."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.staff import authenticate
from context import services_of
from errors import PortalError, Unauthenticated
from services.identity import sessions
from services.identity.sign_in import SignInAttempt
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.dashboard.identity.redirects import redirect_path
from web.dashboard.identity.sign_in_steps import continue_sign_in
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import SIGN_IN_PATH, home_url
from web.http.client_info import client_info_of
from web.http.session_cookie import (
    delete_session_cookie,
    known_browser_of,
    session_of,
)


class SignInPage(HTTPEndpoint):
    """The form that signs in."""

    async def get(self, request: Request) -> Response:
        """Show the form, or redirect a user who is signed in already."""
        path = redirect_path(request, request.query_params.get("next", ""))
        try:
            staff = await authenticate(session_of(request))
        except Unauthenticated:
            return render_anonymous(request, "identity/sign_in.html", {"next": path, "email": ""})
        return RedirectResponse(path or home_url(staff), 303)

    async def post(self, request: Request) -> Response:
        """Sign in and redirect, or show the form again with the error."""
        services = services_of(request)
        path = email = ""
        try:
            form = await read_anonymous_form(request)
            path = redirect_path(request, str(form.get("next", "")))
            email = str(form.get("email", ""))
            attempt = SignInAttempt(
                email=email,
                password=str(form.get("password", "")),
                client_info=client_info_of(request),
                browser=known_browser_of(request),
            )
            users = await services.sign_in.users_of(attempt)
            return await continue_sign_in(request, users, path)
        except PortalError as error:
            values = {"next": path, "email": email}
            return render_anonymous(request, "identity/sign_in.html", values, error)


@login_required(before_set_up=True)
async def sign_out(request: DashboardRequest) -> Response:
    """Revoke the session, and show the form that signs in."""
    await sessions.sign_out(request.staff)
    response = RedirectResponse(SIGN_IN_PATH, 303)
    delete_session_cookie(request.http, response)
    return response
