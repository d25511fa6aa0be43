"""How the signed-in user's account is protected: two-step sign-in, and where they are signed in."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from schema.sessions import Session
from services.identity import sessions
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.user_agents import device_name

PATH: Final = "/dashboard/account/security"


@login_required()
async def security_page(request: DashboardRequest) -> Response:
    """Show whether two-step sign-in is on, and the sessions."""
    rows = await sessions.sessions_of(request.staff)
    listed = [Session.of(row, request.staff) for row in rows]
    values = {
        "sessions": [(each, device_name(each.user_agent)) for each in listed],
        "done": request.query.get("done"),
    }
    return await request.render("identity/security.html", values)


@login_required()
async def end_session(request: DashboardRequest) -> Response:
    """End one of the user's sessions."""
    await sessions.end_session(request.staff, request.path_id)
    return RedirectResponse(f"{PATH}?done=ended", 303)


@login_required()
async def end_other_sessions(request: DashboardRequest) -> Response:
    """Ask for confirmation, and end the user's other sessions."""

    async def end() -> str:
        await sessions.end_other_sessions(request.staff)
        return f"{PATH}?done=ended"

    confirmation = Confirmation(
        title="Sign out everywhere else?",
        text="You stay signed in here. Every other browser and program has to sign in again.",
        button="Sign out",
        back_url=PATH,
    )
    return await confirmation_page(request, confirmation, end)
