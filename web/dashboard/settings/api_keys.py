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
from web.dashboard.requests import Visit, staff_page
from web.dashboard.settings.users import ticked

_PATH: Final = "/dashboard/settings/keys"
_PAGE: Final = 20
"""Keys on a page."""


@staff_page(Permission.MANAGE_COMPANY)
async def keys_page(visit: Visit) -> Response:
    """Show a page of the keys, the newest first."""
    return await _show(visit)


@staff_page(Permission.MANAGE_COMPANY)
async def create_key(visit: Visit) -> Response:
    """Create a key, and show its secret. No redirect: the secret is stored nowhere."""
    form = visit.form
    try:
        issued = await api_keys.create_api_key(
            visit.staff, str(form.get("name", "")), ticked(form), _expiry(form)
        )
    except PortalError as error:
        return await _show(visit, error)
    return await _show(visit, issued=issued)


@staff_page(Permission.MANAGE_COMPANY)
async def revoke_key(visit: Visit) -> Response:
    """Ask, and revoke a key, for good."""
    key = await api_keys.api_key_of(visit.staff, visit.request.path_params["id"])

    async def revoke() -> str:
        await api_keys.revoke_api_key(visit.staff, str(key.id))
        return f"{_PATH}?revoked=yes"

    confirmation = Confirmation(
        title=f"Revoke key {key.name}?",
        text="Anything that uses it stops working at once. You can't undo this.",
        button="Revoke",
        back_url=_PATH,
        is_destructive=True,
    )
    return await confirmation_page(visit, confirmation, revoke)


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


async def _show(
    visit: Visit, error: PortalError | None = None, issued: IssuedCredential | None = None
) -> Response:
    """Show the page; with `error`, why no key was made, and what was typed."""
    query, typed = visit.request.query_params, visit.form if error else FormData()
    rows = queries.api_keys(visit.staff)
    page = await newest_first(rows, _PAGE, query.get("after") or None)
    now = datetime.now(UTC)
    values = {
        "keys": [
            (ApiKey.of(row), row.expires_at is not None and row.expires_at <= now)
            for row in page.rows
        ],
        "pages": Pages.of(page, _PATH),
        "permissions": [each for each in Permission if each in visit.staff.permissions],
        "ticked": set(map(str, typed.getlist("permissions"))),
        "name": str(typed.get("name", "")),
        "last_day": str(typed.get("last_day", "")),
        "issued": issued,
        "revoked": query.get("revoked"),
    }
    return await visit.show("keys.html", values, error=error)
