"""API keys: which there are, making one, and revoking one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response

from auth.permissions import Permission
from errors import BadInput, PortalError
from schema.api_keys import ApiKey
from services.billing import queries
from services.common.pagination import newest_first
from services.identity import api_keys
from services.identity.credentials import IssuedCredential
from web.dashboard.forms import Confirmation, confirmation_page
from web.dashboard.pagination import Pages
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.settings.users import selected_permissions

_PATH: Final = "/dashboard/settings/keys"
_PAGE: Final = 20
"""Keys on a page."""


@login_required(Permission.MANAGE_COMPANY)
async def keys_page(request: DashboardRequest) -> Response:
    """Show a page of the keys, the newest first."""
    return await _render(request)


@login_required(Permission.MANAGE_COMPANY)
async def create_key(request: DashboardRequest) -> Response:
    """Create a key, and show its secret. No redirect: the secret is stored nowhere."""
    form = request.form
    try:
        issued = await api_keys.create_api_key(
            request.staff, str(form.get("name", "")), selected_permissions(form), _expiry(form)
        )
    except PortalError as error:
        return await _render(request, error)
    return await _render(request, issued=issued)


@login_required(Permission.MANAGE_COMPANY)
async def revoke_key(request: DashboardRequest) -> Response:
    """Ask, and revoke a key, for good."""
    key = await api_keys.api_key_of(request.staff, request.path_id)

    async def revoke() -> str:
        await api_keys.revoke_api_key(request.staff, str(key.id))
        return f"{_PATH}?revoked=yes"

    confirmation = Confirmation(
        title=f"Revoke key {key.name}?",
        text="Anything that uses it stops working at once. You can't undo this.",
        button="Revoke",
        back_url=_PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, revoke)


def _expiry(form: FormData) -> datetime | None:
    """Return the end (in UTC) of the day that was chosen, or None; BadInput if it is no day."""
    typed = str(form.get("last_day", "")).strip()
    if not typed:
        return None
    try:
        return datetime.combine(date.fromisoformat(typed) + timedelta(1), time(), UTC)
    except (ValueError, OverflowError):
        message = "Enter a date, like 2026-12-31."
        raise BadInput(message, field="expiresAt") from None


async def _render(
    request: DashboardRequest,
    error: PortalError | None = None,
    issued: IssuedCredential | None = None,
) -> Response:
    """Show the page; with `error`, why no key was made, and what was typed."""
    query, typed = request.query, request.form if error else FormData()
    rows = queries.api_keys(request.staff)
    page = await newest_first(rows, _PAGE, query.get("after") or None)
    now = datetime.now(UTC)
    values = {
        "keys": [
            (ApiKey.of(row), row.expires_at is not None and row.expires_at <= now)
            for row in page.rows
        ],
        "pages": Pages.of(page, _PATH),
        "permissions": [each for each in Permission if each in request.staff.permissions],
        "selected": set(map(str, typed.getlist("permissions"))),
        "name": str(typed.get("name", "")),
        "last_day": str(typed.get("last_day", "")),
        "issued": issued,
        "revoked": query.get("revoked"),
    }
    return await request.render("keys.html", values, error=error)
