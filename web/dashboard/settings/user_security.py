"""How the accounts of a company's users are protected: two-step sign-in, and their sessions."""

from typing import Final

from starlette.responses import Response

import models
from auth.permissions import Permission
from services.common.lookups import get_owned
from services.company.company_settings import update_company
from services.identity import second_factor, sessions
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings/users"


@login_required(Permission.MANAGE_COMPANY)
async def require_second_factor_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and require two-step sign-in of everyone."""
    confirmation = Confirmation(
        title="Require two-step sign-in?",
        text="Anyone who hasn't set it up does so the next time they open the dashboard, before"
        " anything else. API keys keep working.",
        button="Require",
        back_url=_PATH,
    )
    return await _requirement_page(request, confirmation, is_required=True)


@login_required(Permission.MANAGE_COMPANY)
async def make_second_factor_optional_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and no longer require two-step sign-in."""
    confirmation = Confirmation(
        title="Make two-step sign-in optional?",
        text="Everyone who has set it up keeps it, and can turn it off.",
        button="Make optional",
        back_url=_PATH,
    )
    return await _requirement_page(request, confirmation, is_required=False)


async def _requirement_page(
    request: DashboardRequest, confirmation: Confirmation, *, is_required: bool
) -> Response:
    async def change() -> str:
        await update_company(request.staff, {"second_factor_required": is_required})
        return f"{_PATH}?done=requirement"

    return await confirmation_page(request, confirmation, change)


@login_required(Permission.MANAGE_COMPANY)
async def end_sessions_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and end a user's sessions."""
    user = await get_owned(models.User, request.staff, request.path_id)

    async def end() -> str:
        await sessions.end_user_sessions(request.staff, str(user.id))
        return f"{_PATH}?done=sessions"

    confirmation = Confirmation(
        title=f"Sign {user.name} out everywhere?",
        text="They have to sign in again in every browser. Their API keys keep working.",
        button="Sign out",
        back_url=_PATH,
    )
    return await confirmation_page(request, confirmation, end)


@login_required(Permission.MANAGE_COMPANY)
async def reset_second_factor_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and turn a user's two-step sign-in off."""
    user = await get_owned(models.User, request.staff, request.path_id)

    async def reset() -> str:
        await second_factor.reset(request.staff, str(user.id))
        return f"{_PATH}?done=reset"

    confirmation = Confirmation(
        title=f"Turn off two-step sign-in for {user.name}?",
        text="Only for someone who has lost their phone and recovery codes. Until they set it up"
        " again, their password alone opens the account, so make sure it's really them asking."
        " They're signed out everywhere and get an e-mail about it.",
        button="Turn off",
        back_url=_PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, reset)
