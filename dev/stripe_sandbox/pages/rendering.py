"""Pages out of templates. They need no scripts, and load nothing from elsewhere."""

from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from dev.stripe_sandbox.currencies import format_amount

HERE: Final = Path(__file__).parent


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["amount"] = format_amount
    return environment


def render(
    request: Request,
    template: str,
    values: dict[str, Any],
    *,
    leads_to: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Answer with a page, whose forms may lead to another site: a URL there is `leads_to`."""
    forms = f"'self' {_origin(leads_to)}" if leads_to else "'self'"
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
    page = _templates().get_template(template).render(root=root_of(request), **values)
    return HTMLResponse(page, status, headers)


def see(url: str) -> RedirectResponse:
    """Send a browser that has posted a form to another site."""
    return RedirectResponse(url, 303, {"cache-control": "no-store"})


def see_own(request: Request, path: str) -> RedirectResponse:
    """Send a browser that has posted a form to another page of the sandbox."""
    return see(root_of(request) + path)


def root_of(request: Request) -> str:
    """Return what the paths begin with if the sandbox is mounted in another application."""
    return str(request.scope.get("root_path", ""))


def show_error(request: Request, message: str, status: int) -> HTMLResponse:
    """Say why something can't be done."""
    return render(request, "error.html", {"message": message}, status=status)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
