"""Pages out of templates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from language.locales import DEFAULT_LANGUAGE
from language.templates import templates

HERE: Final = Path(__file__).parent


def render(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    language: str = DEFAULT_LANGUAGE,
) -> HTMLResponse:
    """Answer `request` with a page in `language`."""
    page = templates(HERE / "templates", language).get_template(template)
    return HTMLResponse(page.render(request=request, **values), status, headers)
