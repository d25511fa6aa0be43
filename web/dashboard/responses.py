"""How the dashboard answers: its pages' templates, and what browsers are told to allow on them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from i18n.locales import DEFAULT_LANGUAGE
from web.http.templating import render

SIGN_IN: Final = "/dashboard/sign-in"


def first_page(staff: Staff) -> str:
    """Return the address of the page that `staff` look at first: one that they may see."""
    if Permission.VIEW_INVOICES in staff.permissions:
        return "/dashboard/invoices"
    if Permission.MANAGE_COMPANY in staff.permissions:
        return "/dashboard/settings"
    return "/dashboard/account"


def headers_of(*form_origins: str) -> dict[str, str]:
    """Return what a page of the dashboard says itself, whose forms may lead to these origins."""
    return {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
            f" img-src 'self'; base-uri 'none'; form-action {' '.join(form_origins)};"
            " frame-ancestors 'none'"
        ),
    }


HEADERS: Final = headers_of("'self'")
"""What a page says whose forms stay here."""


def answer(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    language: str = DEFAULT_LANGUAGE,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a page of the dashboard, with amounts and dates as `language` writes them."""
    values = {"now": datetime.now(UTC), "path": request.url.path, **values}
    headers = {**HEADERS, **(headers or {})}
    return render(request, f"dashboard/{template}", values, status, headers, language=language)
