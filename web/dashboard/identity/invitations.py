"""The page that an invitation links to: its user sets a password and is signed in."""

from starlette.datastructures import FormData
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from errors import BadInput, PortalError, Unauthenticated
from services.identity.sign_in import companies_of
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.http.client_info import client_info_of
from web.http.session_cookie import start_session


class NewPasswordForm(Form):
    """The first password of a user, or another one instead of a lost one."""

    password = Field(
        "Password", parse_text, required=True, max_length=1024, hint="At least 8 characters."
    )
    code = Field(
        "Code",
        parse_text,
        required=True,
        max_length=40,
        hint="From your authenticator app, or a recovery code.",
    )


class AcceptInvitationPage(HTTPEndpoint):
    """The form that sets a password."""

    async def get(self, request: Request) -> Response:
        """Show the form, or say that the link is invalid."""
        return await _render(request)

    async def post(self, request: Request) -> Response:
        """Set the password, sign the user in and redirect."""
        services = services_of(request)
        token, client_info = request.path_params["token"], client_info_of(request)
        try:
            form = NewPasswordForm(await read_anonymous_form(request))
            issued, staff = await services.passwords.choose(
                token, form.password.value, client_info, form.code.value
            )
        except BadInput as error:
            return await _render(request, error)
        except Unauthenticated as error:  # the code
            return await _render(request, BadInput(error.message, field="code"))
        except PortalError as error:
            return render_anonymous(request, "identity/invalid_link.html", {}, error)
        response = RedirectResponse("/dashboard", 303)
        await start_session(request, response, issued, staff)
        return response


async def _render(request: Request, error: BadInput | None = None) -> Response:
    services = services_of(request)
    try:
        user = await services.passwords.invited(
            request.path_params["token"], client_info_of(request)
        )
    except PortalError as invalid:
        return render_anonymous(request, "identity/invalid_link.html", {}, invalid)
    [(_, company)] = await companies_of([user])
    values = {"user": user, "company": company, "form": NewPasswordForm(FormData())}
    return render_anonymous(request, "identity/accept_invitation.html", values, error)
