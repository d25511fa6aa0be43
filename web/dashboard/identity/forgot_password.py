"""The page on which people who forgot their password ask for a link to set a new one."""

from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from errors import BadInput, PortalError
from services.common.invisible import is_blank
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.http.client_info import client_info_of

_NOT_SENT: Final = {"sent_to": "", "email": ""}


class ForgotPasswordPage(HTTPEndpoint):
    """The form that asks for a link."""

    async def get(self, request: Request) -> Response:
        """Show the form."""
        return render_anonymous(request, "identity/forgot_password.html", _NOT_SENT)

    async def post(self, request: Request) -> Response:
        """Say that a link was sent, whether or not anybody has the address."""
        email = ""
        try:
            form = await read_anonymous_form(request)
            email = str(form.get("email", ""))
            if is_blank(email):
                raise BadInput("Enter your e-mail address.", field="email")
            await services_of(request).password_resets.request(email, client_info_of(request))
        except PortalError as error:
            return render_anonymous(
                request, "identity/forgot_password.html", _NOT_SENT | {"email": email}, error
            )
        return render_anonymous(request, "identity/forgot_password.html", {"sent_to": email})
