"""How the signed-in user's account is protected: two-step sign-in, and where they are signed in."""

from ipaddress import ip_address, ip_network
from typing import Final

from starlette.responses import RedirectResponse, Response

from schema.sessions import Session
from services.identity import sessions
from services.sharing.user_agents import device_name
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required
from web.http.client_info import client_info_of

_PREFIXES: Final = {4: 24, 6: 48}
"""Bits of an address that tell networks apart, by its version."""
PATH: Final = "/dashboard/account/security"


@login_required()
async def security_page(request: DashboardRequest) -> Response:
    """Show whether two-step sign-in is on, and the sessions."""
    rows = await sessions.sessions_of(request.staff)
    ip = client_info_of(request.http).ip
    listed = [Session.of(row, request.staff) for row in rows]
    values = {
        "sessions": [
            (each, device_name(each.user_agent), are_near(each.ip, ip)) for each in listed
        ],
        "done": request.query.get("done"),
    }
    return await request.render("identity/security.html", values)


def are_near(one: str | None, other: str | None) -> bool:
    """Whether two IP addresses are of one network, such as that of an office or a home."""
    if one is None or other is None:
        return False
    try:
        networks = {
            ip_network(f"{ip}/{_PREFIXES[ip_address(ip).version]}", strict=False)
            for ip in (one, other)
        }
    except ValueError:
        return False
    return len(networks) == 1


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
