"""Refusals as pages: each of our errors, and everything the router refuses by itself.

A page says what its status means, in a language that the visitor reads. What exactly was wrong is
for programs, which ask by GraphQL.
"""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from errors import PortalError, Unauthenticated
from language.catalogues import negotiate
from web.templating import render


async def refuse(request: Request, error: Exception) -> Response:
    """Answer one of our errors with its status and its page.

    Async, as the others are, so that it is done at once and not handed to a thread.
    """
    assert isinstance(error, PortalError)
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"  # RFC 9110 15.5.2
    return _answer(request, error.status, headers)


async def refuse_route(request: Request, error: Exception) -> Response:
    """Answer an unknown path or a wrong method."""
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code, error.headers)


async def fault(request: Request, _: Exception) -> Response:
    """Answer a fault of ours; what it was stands in the log, beside the request's id."""
    return _answer(request, 500)


def _answer(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    language = negotiate(request.headers.get("accept-language", ""))
    return render(request, "error.html", {"status": status}, status, headers, language=language)
