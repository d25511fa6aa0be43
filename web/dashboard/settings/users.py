"""Users: who there are, inviting one, and changing, inviting anew and removing one."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.responses import Response

import models
from auth.permissions import Permission, parse_permissions
from errors import BadInput, PortalError
from schema.users import User
from services.billing import queries
from services.common.lookups import get_owned
from services.common.pagination import newest_first
from services.identity import users
from services.identity.users import InvitedUser
from web.dashboard.forms import Confirmation, confirmation_page, form_page, typed
from web.dashboard.pagination import Pages
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings/users"
_PAGE: Final = 20
"""Users on a page."""


@login_required(Permission.MANAGE_COMPANY)
async def users_page(request: DashboardRequest) -> Response:
    """Show a page of the users, the newest first."""
    return await _render(request)


@login_required(Permission.MANAGE_COMPANY)
async def create_user(request: DashboardRequest) -> Response:
    """Make a user, and show the invitation. No redirect: its secret is stored nowhere."""
    try:
        invited = await users.create_user(
            request.staff,
            typed(request, "email"),
            typed(request, "name"),
            selected_permissions(request.form),
        )
    except PortalError as error:
        return await _render(request, error)
    return await _render(request, invited=invited)


@login_required(Permission.MANAGE_COMPANY)
async def invite_page(request: DashboardRequest) -> Response:
    """Ask, make another invitation, and show it. No redirect: its secret is stored nowhere."""
    user, error = await _user_of(request), None
    if request.is_post:
        try:
            return await _render(
                request, invited=await users.invite_user(request.staff, str(user.id))
            )
        except PortalError as refusal:
            error = refusal
    confirmation = Confirmation(
        title=f"Create a new invitation for {user.name}?",
        text="You get a link to send them. It works once, for seven days, and replaces any"
        " earlier one. Their current password keeps working until they set a new one.",
        button="Create invitation",
        back_url=_PATH,
    )
    return await request.render("confirmation.html", {"confirmation": confirmation}, error=error)


@login_required(Permission.MANAGE_COMPANY)
async def user_page(request: DashboardRequest) -> Response:
    """Show the form with a user's name and permissions, and change them."""
    user = await _user_of(request)

    async def change() -> str:
        await users.update_user(
            request.staff,
            str(user.id),
            name=typed(request, "user_name"),
            permissions=selected_permissions(request.form),
        )
        return _PATH

    held = set(parse_permissions(user.permissions))
    values = {
        "name": typed(request, "user_name", user.name),
        "email": user.email,
        "selected": set(request.form.getlist("permissions")) if request.form else held,
        "permissions": [p for p in Permission if p in request.staff.permissions or p in held],
        "back_url": _PATH,
    }
    return await form_page(request, "user.html", values, change)


@login_required(Permission.MANAGE_COMPANY)
async def remove_page(request: DashboardRequest) -> Response:
    """Ask, and remove a user."""
    user = await _user_of(request)

    async def remove() -> str:
        await users.remove_user(request.staff, str(user.id))
        return f"{_PATH}?removed=yes"

    confirmation = Confirmation(
        title=f"Remove {user.name}?",
        text=f"{user.name} is signed out everywhere and can't sign in again."
        " API keys they created keep working, so revoke those you don't need.",
        button="Remove",
        back_url=_PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, remove)


def selected_permissions(form: FormData) -> list[Permission]:
    """Return the selected permissions. Raises BadInput for an unknown one."""
    try:
        return [Permission(str(name)) for name in form.getlist("permissions")]
    except ValueError:
        message = "There is no such permission."
        raise BadInput(message, field="permissions") from None


async def _user_of(request: DashboardRequest) -> models.User:
    """Return the user that the address names. Raises NotFound."""
    return await get_owned(models.User, request.staff, request.path_id)


async def _render(
    request: DashboardRequest, error: PortalError | None = None, invited: InvitedUser | None = None
) -> Response:
    """Show the page; with `error`, why nobody was invited, and what was typed."""
    query, form = request.query, request.form if error else FormData()
    page = await newest_first(queries.users(request.staff), _PAGE, query.get("after") or None)
    values: dict[str, Any] = {
        "users": [User.of(row) for row in page.rows],
        "pages": Pages.of(page, _PATH),
        "permissions": [each for each in Permission if each in request.staff.permissions],
        "selected": set(form.getlist("permissions")),
        "name": str(form.get("name", "")),
        "email": str(form.get("email", "")),
        "invited": invited,
        "link": request.services.urls.invitation(invited.secret) if invited else None,
        "removed": query.get("removed"),
    }
    return await request.render("users.html", values, error=error)
