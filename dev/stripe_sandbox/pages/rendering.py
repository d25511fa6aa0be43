"""Rendering of templates. Pages have no scripts and load nothing from other sites."""

from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from dev.stripe_sandbox.currencies import format_amount

_FOLDER: Final = Path(__file__).parent
STATIC: Final = _FOLDER / "static"


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(_FOLDER / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["amount"] = format_amount
    return environment


def render(
    request: Request,
    template: str,
    values: dict[str, Any],
    *,
    form_target: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return a page. Its forms can lead to the sandbox and to the site of `form_target`."""
    forms = f"'self' {_origin(form_target)}" if form_target else "'self'"
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
        f" form-action {forms}"
    )
    headers = {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
    }
    page = _templates().get_template(template).render(root=root_path(request), **values)
    return HTMLResponse(page, status, headers)


def redirect(url: str) -> RedirectResponse:
    """Redirect a browser that submitted a form."""
    return RedirectResponse(url, 303, {"cache-control": "no-store"})


def redirect_within(request: Request, path: str) -> RedirectResponse:
    """Redirect a browser that submitted a form to another page of the sandbox."""
    return redirect(root_path(request) + path)


def root_path(request: Request) -> str:
    """Return the path under which the sandbox is mounted."""
    return str(request.scope.get("root_path", ""))


def render_error(request: Request, message: str, status: int) -> HTMLResponse:
    """Return a page with an error message."""
    return render(request, "error.html", {"message": message}, status=status)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
