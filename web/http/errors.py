"""Refusals: each of our errors, and everything the router refuses by itself.

A page says what its status means, in a language that the visitor reads. What exactly was wrong is
for programs, which ask by GraphQL or at a path of their own.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog.contextvars import get_contextvars

from errors import ErrorCode, NotFound, PortalError, Unauthenticated
from i18n.translations import negotiate_language
from web.http.templating import render

_FOR_PROGRAMS: Final = ("/company/", "/invoices/", "/quotes/", "/credit-notes/", "/webhooks/")
"""Below it nobody opens a page: errors are JSON, and coded as GraphQL's are."""


async def refuse(request: Request, error: Exception) -> Response:
    """Answer one of our errors with its status and its page.

    Async, as the others are, so that it is done at once and not handed to a thread.
    """
    assert isinstance(error, PortalError)
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"  # RFC 9110 15.5.2
    if _is_for_programs(request):
        return _coded(error.message, error.extensions, error.status, headers)
    return _answer(request, error.status, headers)


async def http_error_handler(request: Request, error: Exception) -> Response:
    """Answer an unknown path or a wrong method."""
    assert isinstance(error, HTTPException)
    if error.status_code == NotFound.status:
        return await refuse(request, NotFound())
    if not _is_for_programs(request):
        return _answer(request, error.status_code, error.headers)
    extensions = {"code": ErrorCode.BAD_INPUT}
    return _coded(f"{error.detail}.", extensions, error.status_code, error.headers)


async def fault(request: Request, _: Exception) -> Response:
    """Answer a fault of ours; what it was stands in the log, beside the request's id."""
    if not _is_for_programs(request):
        return _answer(request, 500)
    extensions = {"code": ErrorCode.INTERNAL, "requestId": get_contextvars().get("request_id", "")}
    return _coded("Something went wrong on our side.", extensions, 500)


def _is_for_programs(request: Request) -> bool:
    return request.url.path.startswith(_FOR_PROGRAMS)


def _coded(
    message: str,
    extensions: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {"errors": [{"message": message, "extensions": dict(extensions)}]}
    return JSONResponse(body, status, headers)


def _answer(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    language = negotiate_language(request.headers.get("accept-language", ""))
    return render(request, "error.html", {"status": status}, status, headers, language=language)
