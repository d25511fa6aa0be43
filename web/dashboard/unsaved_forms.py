"""Forms that are submitted after the session has ended: signing in again leads back to them.

The page of the form shows what was entered, and the user submits it again.
"""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from limits import RateLimitItem, parse
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from auth.staff import Staff
from context import services_of
from errors import PortalError
from services.identity.unsaved_forms import keep_form, kept_form
from web.dashboard.form_bodies import FORM_TOKEN, read_form, text_entries
from web.dashboard.identity.redirects import enclosing_page
from web.http.session_cookie import known_browser_of

UNSAVED: Final = "unsaved"
"""The parameter of a page's address that names the form to show."""
NEVER_KEPT: Final = frozenset(
    {FORM_TOKEN, "current", "password", "confirm_password", "code", "confirm_code"}
)
"""Fields that are entered again: secrets, and what belongs to the session."""
_OF_ONE_PAGE: Final = frozenset({UNSAVED, "notice", "proof"})
"""Parameters that don't lead back to a page as it was."""
_MAX_SIZE: Final = 256 * 1024
"""Bytes of a form that is kept."""
_KEPT: Final[RateLimitItem] = parse("20/minute")


def page_to_return_to(http: Request, unsaved: UUID | None = None) -> str:
    """Return the address of the page or of the form's page, which shows what is `unsaved`."""
    page = enclosing_page(http)
    query = http.query_params.multi_items() if page == http.url.path else []
    query = [(name, value) for name, value in query if name not in _OF_ONE_PAGE]
    if unsaved:
        query.append((UNSAVED, unsaved.hex))
    return f"{page}?{urlencode(query)}" if query else page


async def keep_submitted(http: Request, form: FormData | None = None) -> UUID | None:
    """Keep what this browser's user submitted in an earlier session, and return its id.

    Returns None if there is nothing to keep: the form must come from a page that the user's session
    got. Scripts that submit it by themselves don't ask for a page. `form` was read already.
    """
    services = services_of(http)
    user_id = services.sign_in.attempts.user_of_browser(known_browser_of(http))
    if user_id is None or not _is_form(http):
        return None
    try:
        if form is None:
            form = await read_form(http, services, max_form_size=_MAX_SIZE)
        session_id = services.form_tokens.session_of(str(form.get(FORM_TOKEN, "")))
        entries = text_entries(form, but=NEVER_KEPT)
        if session_id is None or not entries:
            return None
        await services.rate_limiter.hit(_KEPT, "unsaved forms", str(user_id))
        return await keep_form(user_id, session_id, enclosing_page(http), entries)
    except (PortalError, HTTPException):  # too large, too many fields or too often
        return None


def _is_form(http: Request) -> bool:
    """Whether a form without files was submitted that leads to a page."""
    headers = http.headers
    return (
        http.method == "POST"
        and headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        and "text/html" in headers.get("accept", "")
    )


async def unsaved_form(http: Request, staff: Staff) -> FormData:
    """Return what the address names: what the user had entered on this page, or nothing."""
    try:
        id_ = UUID(http.query_params.get(UNSAVED, ""))
    except ValueError:
        return FormData()
    return FormData(list(await kept_form(staff, id_, http.url.path)))
