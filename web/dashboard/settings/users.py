"""Users: the list, and the forms that invite, edit and remove them."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.responses import Response

import models
from auth.permissions import Permission, parse_permissions
from errors import BadInput, PortalError, gather_refusals
from schema.users import User
from services.billing import queries
from services.common.listings import newest_first
from services.common.lookups import get_owned
from services.identity import api_keys, users
from services.identity.invitations import InvitedUser, open_invitations
from services.identity.sessions import load_last_seen
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.lists.pagination import PageLinks
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings/users"
_PAGE_SIZE: Final = 20


class InvitationForm(Form):
    """A new user. Their permissions are checkboxes: see `selected_permissions`."""

    name = Field("Name", parse_text, required=True, max_length=200)
    email = Field(
        "E-mail address", parse_text, required=True, max_length=254, hint="They sign in with it."
    )


class UserForm(Form):
    """The name of a user, with the permissions as checkboxes."""

    # The page below the dialog has a field "name".
    user_name = Field("Name", parse_text, required=True, max_length=200, error_name="name")


@login_required(Permission.MANAGE_COMPANY)
async def users_page(request: DashboardRequest) -> Response:
    """Show a page of the users, newest first."""
    return await _render(request, form=InvitationForm(request.form))


@login_required(Permission.MANAGE_COMPANY)
async def create_user(request: DashboardRequest) -> Response:
    """Create a user and show their invitation.

    The response is not a redirect, because the secret is not stored.
    """
    form = InvitationForm(request.form)
    try:
        with gather_refusals() as refusals:
            refusals.of(form.check)
            permissions = refusals.of(selected_permissions, request.form) or []
        invited = await users.create_user(
            request.staff, form.email.value, form.name.value, permissions, sends_email=True
        )
    except PortalError as error:
        return await _render(request, form=form, error=error)
    return await _render(request, invited=invited)


@login_required(Permission.MANAGE_COMPANY)
async def invite_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, then create and show a new invitation, without a redirect either."""
    user, error = await _get_user(request), None
    if request.is_post:
        try:
            invited = await users.invite_user(request.staff, str(user.id), sends_email=True)
            return await _render(request, invited=invited)
        except PortalError as refusal:
            error = refusal
    confirmation = Confirmation(
        title=f"Send {user.name} a link to set a new password?"
        if user.password_hash
        else f"Send {user.name} a new invitation?",
        text="The link works once, for seven days. Earlier ones stop working."
        + (" Their password keeps working until they set a new one." if user.password_hash else ""),
        button="Send link" if user.password_hash else "Send invitation",
        back_url=_PATH,
    )
    return await request.render("confirmation.html", {"confirmation": confirmation}, error=error)


@login_required(Permission.MANAGE_COMPANY)
async def user_page(request: DashboardRequest) -> Response:
    """Show the form with a user's name and permissions, and update them."""
    user = await _get_user(request)
    form = UserForm(request.form, user_name=user.name)
    held = set(parse_permissions(user.permissions))

    async def update() -> str:
        selected = selected_permissions(request.form)
        await users.update_user(
            request.staff, str(user.id), name=form.user_name.value, permissions=selected
        )
        is_waiting = not user.password_hash and set(selected) != held
        return f"{_PATH}?{'ended=yes' if is_waiting else 'done=updated'}"

    values = {
        "form": form,
        "user": User.of(user),
        "selected": set(request.form.getlist("permissions")) if request.form else held,
        "permissions": [p for p in Permission if p in request.staff.permissions or p in held],
        "back_url": _PATH,
    }
    return await form_page(request, "settings/user.html", values, update)


@login_required(Permission.MANAGE_COMPANY)
async def remove_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and remove a user."""
    user = await _get_user(request)

    keys = await api_keys.keys_of([user.id])

    async def remove() -> str:
        await users.remove_user(request.staff, str(user.id))
        return f"{_PATH}?removed=yes"

    confirmation = Confirmation(
        title=f"Remove {user.name}?",
        text=f"{user.name} is signed out everywhere and can't sign in again. Invitations that they"
        " sent stop working."
        + (" Their API keys are revoked, and what uses them stops working:" if keys else ""),
        button="Remove",
        back_url=_PATH,
        is_destructive=True,
        also=[key.name for key in keys],
    )
    return await confirmation_page(request, confirmation, remove)


def selected_permissions(form: FormData) -> list[Permission]:
    """Return the selected permissions. Raises BadInput for none, and for an unknown one."""
    try:
        selected = [Permission(str(name)) for name in form.getlist("permissions")]
    except ValueError:
        raise BadInput("There is no such permission.", field="permissions") from None
    if not selected:
        raise BadInput("Choose at least one permission.", field="permissions")
    return selected


async def _get_user(request: DashboardRequest) -> models.User:
    """Return the user in the path. Raises NotFound."""
    return await get_owned(models.User, request.staff, request.path_id)


async def _numbers_of_keys(rows: Sequence[models.User]) -> list[int]:
    """Return how many valid API keys each user has."""
    return [len(keys) for keys in await api_keys.load_keys_of([row.id for row in rows])]


async def _render(
    request: DashboardRequest,
    *,
    form: InvitationForm | None = None,
    error: PortalError | None = None,
    invited: InvitedUser | None = None,
) -> Response:
    """Render the page; `form` is one that wasn't saved, maybe because of `error`."""
    query = request.query
    page = await newest_first(queries.users(request.staff), _PAGE_SIZE, query.get("after") or None)
    urls = request.services.urls
    values: dict[str, Any] = {
        "users": [
            (User.of(row), keys, seen)
            for row, keys, seen in zip(
                page.rows,
                await _numbers_of_keys(page.rows),
                await load_last_seen([row.id for row in page.rows]),
                strict=True,
            )
        ],
        "own_id": str(request.staff.user_id),
        "open_invitations": set(map(str, await open_invitations([row.id for row in page.rows]))),
        "pages": PageLinks.of(page, _PATH),
        "form": form or InvitationForm(FormData()),
        "permissions": [each for each in Permission if each in request.staff.permissions],
        "selected": set(request.form.getlist("permissions")) if form else set(),
        "invited": invited,
        "link": urls.invitation(invited.secret) if invited else None,
        "removed": query.get("removed"),
        "done": query.get("done"),
        "ended": query.get("ended"),
    }
    return await request.render("settings/users.html", values, error=error)
