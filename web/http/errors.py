"""Error responses: for the portal's own errors, the router's, and unexpected ones.

Pages explain the status in the visitor's language, and those of the dashboard in words for staff.
Programs, which use GraphQL or paths of their own or fetch e-invoices, get the exact message and
code.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from auth.browser_sessions import is_navigation
from core.telemetry.request_notes import request_id
from db.availability import as_unavailable, log_unavailable
from errors import (
    INTERNAL_MESSAGE,
    BadInput,
    ErrorCode,
    NotFound,
    PortalError,
    Unauthenticated,
    Unavailable,
)
from i18n.error_messages import in_language, worded
from i18n.locales import DEFAULT_LANGUAGE
from i18n.relative_times import describe_wait
from i18n.translations import negotiate_language
from web.http.languages import visitor_language
from web.http.templating import render, render_client_page

_STAFF_PATH: Final = "/dashboard"
_PROGRAM_PATHS: Final = (
    "/graphql",
    "/company/",
    "/invoices/",
    "/receipts/",
    "/quotes/",
    "/credit-notes/",
    "/webhooks/",
)
"""Paths that only programs use: errors are JSON, with the codes of GraphQL's errors."""


async def portal_error_handler(request: Request, error: Exception) -> Response:
    """Return the response to a PortalError.

    Like the other handlers it is async, because Starlette runs synchronous ones in a thread.
    """
    assert isinstance(error, PortalError)
    if isinstance(error, Unavailable):
        log_unavailable(error)
    return _error_response(request, error)


def _error_response(request: Request, error: PortalError) -> Response:
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"  # RFC 9110 15.5.2
    if _is_program_path(request):
        message, extensions = worded(error, request.headers.get("accept-language", ""))
        return _json_error(message, extensions, error.status, headers)
    return _error_page(request, error.status, headers)


async def http_error_handler(request: Request, error: Exception) -> Response:
    """Return the response to an unknown path or a wrong method."""
    assert isinstance(error, HTTPException)
    if error.status_code == NotFound.status:
        return await portal_error_handler(request, NotFound())
    if not _is_program_path(request):
        return _error_page(request, error.status_code, error.headers)
    extensions = {"code": ErrorCode.BAD_INPUT}
    return _json_error(f"{error.detail}.", extensions, error.status_code, error.headers)


async def disconnect_handler(request: Request, _: Exception) -> Response:
    """Return the response to a request whose body ended early. It shows up in the log."""
    return await portal_error_handler(request, BadInput("The request body ended early."))


ERROR_HANDLERS: Final[Mapping[Any, ExceptionHandler]] = {
    PortalError: portal_error_handler,
    HTTPException: http_error_handler,
    ClientDisconnect: disconnect_handler,
}
"""What answers each expected error."""


async def server_error_handler(request: Request, error: Exception) -> Response:
    """Return the response to an unexpected error, which the log has under the request's id."""
    if unavailable := as_unavailable(error):
        return _error_response(request, unavailable)
    if not _is_program_path(request):
        return _error_page(request, 500)
    extensions = {"code": ErrorCode.INTERNAL, "requestId": request_id()}
    language = negotiate_language(request.headers.get("accept-language", ""))
    return _json_error(in_language(INTERNAL_MESSAGE, language), extensions, 500)


def _is_program_path(request: Request) -> bool:
    path = request.url.path
    if path.startswith(_PROGRAM_PATHS):
        return True
    # People open e-invoices, too, but only browsers say so.
    return path.endswith(".xml") and not is_navigation(request.headers)


def _json_error(
    message: str,
    extensions: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {"errors": [{"message": message, "extensions": dict(extensions)}]}
    return JSONResponse(body, status, headers)


def _error_page(
    request: Request, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    if request.url.path.startswith(_STAFF_PATH):
        return _staff_error_page(request, status, headers)
    language = visitor_language(request)
    values = {
        "status": status,
        "waiting_time": _waiting_time(headers, language),
        "sign_in_url": _STAFF_PATH,
        # What a form had sent would have to be sent again.
        "can_reload": request.method == "GET",
    }
    return render_client_page(request, "error.html", values, status, headers, language=language)


def _waiting_time(headers: Mapping[str, str] | None, language: str) -> str:
    return describe_wait(int((headers or {}).get("retry-after", "0")), language)


def _staff_error_page(request: Request, status: int, headers: Mapping[str, str] | None) -> Response:
    """Return a page that needs nothing but its template."""
    values = {
        "status": status,
        "waiting_time": _waiting_time(headers, DEFAULT_LANGUAGE),
        "is_submit": request.method == "POST",
        "request_id": request_id(),
        "now": datetime.now(UTC),
        "language": DEFAULT_LANGUAGE,
    }
    return render(request, "dashboard/failure.html", values, status, headers)
