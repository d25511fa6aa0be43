"""Refusals as pages: each of our errors, and everything the router refuses by itself."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from errors import PortalError
from web.templating import render


def refuse(request: Request, error: Exception) -> Response:
    """Answer one of our errors with its status and its page."""
    assert isinstance(error, PortalError)
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else None
    return render(request, "error.html", {"message": error.message}, error.status, headers)


def refuse_route(request: Request, error: Exception) -> Response:
    """Answer an unknown path or a wrong method."""
    assert isinstance(error, HTTPException)
    message = f"{HTTPStatus(error.status_code).phrase.capitalize()}."
    return render(request, "error.html", {"message": message}, error.status_code, error.headers)


def fault(request: Request, _: Exception) -> Response:
    """Answer a fault of ours; what it was stands in the log, beside the request's id."""
    return render(request, "error.html", {"message": "Something went wrong on our side."}, 500)
