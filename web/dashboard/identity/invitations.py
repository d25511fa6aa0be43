"""Where an invitation leads: its user chooses a password, and has signed in by that."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from errors import BadInput, PortalError
from web.dashboard.identity.anonymous_forms import read_anonymous_form, render_anonymous
from web.http.client_info import client_info_of
from web.http.session_cookie import keep_session


class AcceptInvitationPage(HTTPEndpoint):
    """The form, and where it goes."""

    async def get(self, request: Request) -> Response:
        """Show the form, or that the invitation opens nothing."""
        return await _render(request)

    async def post(self, request: Request) -> Response:
        """Take the password, keep the session and lead on; or show why not."""
        services = services_of(request)
        token, client_info = request.path_params["token"], client_info_of(request)
        try:
            form = await read_anonymous_form(request)
            issued, _ = await services.passwords.choose(
                token, str(form.get("password", "")), client_info
            )
        except BadInput as error:
            return await _render(request, error)
        except PortalError as error:
            return render_anonymous(request, "invalid_link.html", {}, error)
        response = RedirectResponse("/dashboard", 303)
        keep_session(request, response, issued)
        return response


async def _render(request: Request, refusal: BadInput | None = None) -> Response:
    services = services_of(request)
    try:
        user = await services.passwords.invited(
            request.path_params["token"], client_info_of(request)
        )
    except PortalError as error:
        return render_anonymous(request, "invalid_link.html", {}, error)
    return render_anonymous(request, "accept_invitation.html", {"user": user}, refusal)
