"""API keys: the list, and the forms that create and revoke one."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.responses import Response

from auth.permissions import Permission
from errors import PortalError, gather_refusals
from models import User
from schema.api_keys import ApiKey
from services.billing import queries
from services.common.listings import newest_first
from services.common.lookups import get_owned
from services.identity import api_keys
from services.identity.credentials import IssuedCredential
from web.dashboard.forms.fields import DATE_HINT, Field, Form, optional, parse_date, parse_text
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.lists.pagination import PageLinks
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.settings.users import selected_permissions

_PATH: Final = "/dashboard/settings/keys"
_PAGE_SIZE: Final = 20


def _parse_last_day(text: str, locale: str) -> datetime:
    """Return the end of a day, in UTC."""
    try:
        return datetime.combine(parse_date(text, locale) + timedelta(days=1), time(), UTC)
    except OverflowError:  # the last day of the year 9999
        raise ValueError(DATE_HINT) from None


class ApiKeyForm(Form):
    """A new API key. Its permissions are checkboxes: see `selected_permissions`."""

    name = Field("Name", parse_text, required=True, max_length=200, hint="What you use it for.")
    last_day = Field(
        "Last day",
        optional(_parse_last_day),
        hint="Expires at midnight UTC after this day. Leave empty for a key that never expires.",
        error_name="expiresAt",
    )


@login_required(Permission.MANAGE_COMPANY)
async def keys_page(request: DashboardRequest) -> Response:
    """Show a page of the keys, newest first."""
    return await _render(request, form=ApiKeyForm(request.form))


@login_required(Permission.MANAGE_COMPANY)
async def create_key(request: DashboardRequest) -> Response:
    """Create a key and show its secret.

    The response is not a redirect, because the secret is not stored.
    """
    form = ApiKeyForm(request.form)
    try:
        with gather_refusals() as refusals:
            refusals.of(form.check)
            permissions = refusals.of(selected_permissions, request.form) or []
        issued = await api_keys.create_api_key(
            request.staff, form.name.value, permissions, form.last_day.value
        )
    except PortalError as error:
        return await _render(request, form=form, error=error)
    return await _render(request, issued=issued)


@login_required(Permission.MANAGE_COMPANY)
async def revoke_key(request: DashboardRequest) -> Response:
    """Ask for confirmation, and revoke a key."""
    key = await api_keys.api_key_of(request.staff, request.path_id)

    async def revoke() -> str:
        await api_keys.revoke_api_key(request.staff, str(key.id))
        return f"{_PATH}?revoked=yes"

    made = await api_keys.keys_made_with(key)
    confirmation = Confirmation(
        title=f"Revoke key {key.name}?",
        text="Anything that uses it stops working at once. You can't undo this."
        + (" The keys that were created with it are revoked, too:" if made else ""),
        button="Revoke",
        back_url=_PATH,
        is_destructive=True,
        also=[each.name for each in made],
    )
    return await confirmation_page(request, confirmation, revoke)


async def _render(
    request: DashboardRequest,
    *,
    form: ApiKeyForm | None = None,
    error: PortalError | None = None,
    issued: IssuedCredential | None = None,
) -> Response:
    """Render the page; `form` is one that wasn't saved, maybe because of `error`."""
    rows, owner = queries.api_keys(request.staff), None
    if owner_id := request.query.get("owner"):
        owner = await get_owned(User, request.staff, owner_id)
        rows = rows.filter(user_id=owner.id)
    page = await newest_first(rows, _PAGE_SIZE, request.query.get("after") or None)
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "keys": [
            (ApiKey.of(row), row.expires_at is not None and row.expires_at <= now)
            for row in page.rows
        ],
        "pages": PageLinks.of(page, _PATH, {"owner": str(owner.id)} if owner else {}),
        "owner": owner,
        "form": form or ApiKeyForm(FormData()),
        "permissions": [each for each in Permission if each in request.staff.permissions],
        "selected": set(request.form.getlist("permissions")) if form else set(),
        "issued": issued,
        "revoked": request.query.get("revoked"),
    }
    return await request.render("settings/keys.html", values, error=error)
