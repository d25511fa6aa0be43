"""Responses of the dashboard: its pages' templates, and their Content-Security-Policy."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from errors import PortalError, RateLimited
from i18n.locales import DEFAULT_LANGUAGE
from web.dashboard.forms.errors import FormErrors
from web.dashboard.permission_words import LABELS, in_words
from web.http.templating import render

HOME_PATH: Final = "/dashboard"
SIGN_IN_PATH: Final = "/dashboard/sign-in"
SET_UP_PATH: Final = "/dashboard/account/security/two-step"
"""Where those go first who must set up a second factor."""

_SECONDS_UNTIL_MINUTES: Final = 100
"""Longer waits are given in minutes."""


def home_url(staff: Staff) -> str:
    """Return the address of the first page that `staff` may see."""
    if Permission.VIEW_INVOICES in staff.permissions:
        return HOME_PATH
    if Permission.MANAGE_COMPANY in staff.permissions:
        return "/dashboard/settings"
    return "/dashboard/account"


def security_headers(*form_origins: str) -> dict[str, str]:
    """Return the headers of a page whose forms may lead to these origins."""
    return {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
            " img-src 'self'; frame-src 'self'; base-uri 'none';"
            f" form-action {' '.join(form_origins)}; frame-ancestors 'none'"
        ),
    }


SECURITY_HEADERS: Final = security_headers("'self'")
"""The headers of a page whose forms stay on this site."""


def render_page(
    http: Request,
    template: str,
    values: Mapping[str, Any],
    language: str = DEFAULT_LANGUAGE,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render a page of the dashboard, with amounts and dates formatted for `language`."""
    values = {
        "now": datetime.now(UTC),
        "path": http.url.path,
        "explain": explain,
        "permission_labels": LABELS,
        "errors": FormErrors.of(values.get("error")),
        **values,
    }
    headers = {**SECURITY_HEADERS, **(headers or {})}
    return render(http, f"dashboard/{template}", values, status, headers, language=language)


def explain(error: PortalError) -> str:
    """Return what to tell people about `error`, with how long to wait if nothing says it.

    Permissions have the names that pages give them.
    """
    if error.retry_after is None or error.message != RateLimited.default_message:
        return in_words(error.message)
    if error.retry_after < _SECONDS_UNTIL_MINUTES:
        wait = "1 second" if error.retry_after == 1 else f"{error.retry_after} seconds"
    else:
        wait = f"{ceil(error.retry_after / 60)} minutes"
    return f"Too many requests. Try again in {wait}."


def retry_after_header(error: PortalError) -> dict[str, str]:
    """Return the header that says when to try again, if the error knows."""
    return {"retry-after": str(error.retry_after)} if error.retry_after else {}
