"""Where signing in leads, and where one gets back to from a form."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import Match

_REDIRECT_PATH: Final = re.compile(
    r"/dashboard(?:/[\w.~%/-]*)?(?:\?[\w.~%&=+*-]*)?"
    r"|/(?:invoices|quotes|credit-notes)/[0-9a-f-]{36}\.(?:pdf|xml(?:\?format=[a-z-]+)?)",
    re.ASCII,
)
"""Where signing in may redirect to: a page of the dashboard, or the file of a document."""
_MAX_REDIRECT_LENGTH: Final = 1_000


def redirect_path(request: Request, path: str) -> str:
    """Return `path` if signing in may redirect there, or an empty text."""
    is_allowed = len(path) <= _MAX_REDIRECT_LENGTH and _REDIRECT_PATH.fullmatch(path)
    return path if is_allowed and _is_page(request, path) else ""


def enclosing_page(request: Request) -> str:
    """Return the address of the request, or if it only takes forms, of the page above it."""
    path = request.url.path
    while path and not _is_page(request, path):
        path = path.rpartition("/")[0]
    return path or "/dashboard"


def _is_page(request: Request, path: str) -> bool:
    """Whether `path` can be opened by GET. Some only take forms."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(path).path}
    for route in request.app.routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            return match is Match.FULL
    return False
