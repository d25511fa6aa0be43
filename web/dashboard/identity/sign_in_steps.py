"""What follows a right password: choosing a company, and the code of a second factor."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.browser_sessions import cookie_name, is_secure
from context import services_of
from errors import BadInput, PortalError, Unauthenticated
from models import User
from services.identity.sign_in import choose_user, companies_of
from services.identity.sign_in_proofs import PROOF_TTL
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.dashboard.identity.redirects import redirect_path
from web.dashboard.responses import SIGN_IN_PATH, home_url
from web.http.client_info import client_info_of
from web.http.session_cookie import known_browser_of, start_session

_COMPANY_PATH: Final = f"{SIGN_IN_PATH}/company"
_CODE_PATH: Final = f"{SIGN_IN_PATH}/code"
_PROOF: Final = "sign-in-proof"


class CodeForm(Form):
    """A code of the second factor."""

    code = Field(
        "Code",
        parse_text,
        required=True,
        max_length=40,
        hint="Open your authenticator app and enter the 6 digits shown for Invotify. No phone at"
        " hand? Enter a recovery code.",
    )


async def continue_sign_in(request: Request, users: Sequence[User], path: str) -> Response:
    """Redirect to the next step for `users`, whose password was right, or sign in.

    Afterwards, signing in leads to `path`, or without one to the first page.
    """
    if len(users) > 1:
        return _next_step(request, _COMPANY_PATH, users, path)
    [user] = users
    if user.totp_confirmed_at is not None:
        return _next_step(request, _CODE_PATH, users, path)
    return await _finish(request, user, None, path)


class ChooseCompanyPage(HTTPEndpoint):
    """The companies of a person who works for several."""

    async def get(self, request: Request) -> Response:
        """Show the companies at which the password was right."""
        users = await _proven(request)
        path = redirect_path(request, request.query_params.get("next", ""))
        return await _render_companies(request, users, path) if users else _start_again(path)

    async def post(self, request: Request) -> Response:
        """Continue with the chosen company."""
        form, path = FormData(), ""
        users = await _proven(request)
        try:
            form = await read_anonymous_form(request)
            path = redirect_path(request, str(form.get("next", "")))
            if not users:
                return _start_again(path)
            user = await choose_user(users, str(form.get("company", "")))
            return await continue_sign_in(request, [user], path)
        except PortalError as error:
            return await _render_companies(request, users, path, error)


class CodePage(HTTPEndpoint):
    """The code that signing in takes from users with a second factor."""

    async def get(self, request: Request) -> Response:
        """Ask for the code."""
        users = await _proven(request)
        path = redirect_path(request, request.query_params.get("next", ""))
        return _render_code(request, path) if len(users) == 1 else _start_again(path)

    async def post(self, request: Request) -> Response:
        """Sign in and redirect, or ask again."""
        services, path = services_of(request), ""
        users = await _proven(request)
        try:
            form = CodeForm(await read_anonymous_form(request))
            path = redirect_path(request, str(form.submitted.get("next", "")))
            if len(users) != 1:
                return _start_again(path)
            await services.sign_in.attempts.count_client(client_info_of(request))
            return await _finish(request, users[0], form.code.value or " ", path)
        except Unauthenticated as error:
            return _render_code(request, path, BadInput(error.message, field="code"), error.status)
        except PortalError as error:
            return _render_code(request, path, error)


async def _finish(request: Request, user: User, code: str | None, path: str) -> Response:
    issued, staff = await services_of(request).sign_in.open(
        user, code, client_info_of(request), known_browser_of(request)
    )
    response = RedirectResponse(path or home_url(staff), 303)
    await start_session(request, response, issued, staff)
    response.delete_cookie(_cookie(request), secure=_is_secure(request), httponly=True)
    return response


def _next_step(request: Request, step: str, users: Sequence[User], path: str) -> Response:
    response = RedirectResponse(_with_next(step, path), 303)
    response.set_cookie(
        _cookie(request),
        services_of(request).sign_in_proofs.issue(users),
        max_age=int(PROOF_TTL.total_seconds()),
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


def _start_again(path: str) -> Response:
    return RedirectResponse(_with_next(SIGN_IN_PATH, path), 303)


def _with_next(address: str, path: str) -> str:
    return f"{address}?{urlencode({'next': path})}" if path else address


async def _proven(request: Request) -> list[User]:
    """Return the users whose password this browser has just given."""
    proof = request.cookies.get(_cookie(request), "")
    return await services_of(request).sign_in_proofs.users_of(proof)


async def _render_companies(
    request: Request, users: Sequence[User], path: str, error: PortalError | None = None
) -> Response:
    values = {"companies": await companies_of(users), "next": path}
    return render_anonymous(request, "identity/sign_in_company.html", values, error)


def _render_code(
    request: Request, path: str, error: PortalError | None = None, status: int | None = None
) -> Response:
    values = {"form": CodeForm(FormData()), "next": path}
    response = render_anonymous(request, "identity/sign_in_code.html", values, error)
    response.status_code = status or response.status_code
    return response


def _cookie(request: Request) -> str:
    return cookie_name(services_of(request).settings.public_url, _PROOF)


def _is_secure(request: Request) -> bool:
    return is_secure(services_of(request).settings.public_url)
