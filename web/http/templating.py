"""Rendering pages from templates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from i18n.locales import DEFAULT_LANGUAGE
from i18n.templates import templates
from models.companies import DEFAULT_ACCENT
from web.http.assets import asset_url, stylesheet_url
from web.http.languages import language_menu, remember_language

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


def render(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    language: str = DEFAULT_LANGUAGE,
    accent: str = DEFAULT_ACCENT,
) -> HTMLResponse:
    """Return a page in `language` and in the colour `accent` (`#rrggbb`)."""
    page = templates(TEMPLATES, language).get_template(template)
    common = {"request": request, "asset": asset_url, "stylesheet": stylesheet_url(accent)}
    return HTMLResponse(page.render(common, **values), status, headers)


def render_client_page(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    language: str,
    accent: str = DEFAULT_ACCENT,
    address: str = "",
) -> HTMLResponse:
    """Return a page of clients, on which they can choose another language.

    `address` is where it is shown in that, if that isn't its path without a query. The answer to a
    form without such an address has no other languages, because links can't send the form.
    """
    can_switch = address or request.method in {"GET", "HEAD"}
    page = render(
        request,
        template,
        {**values, "languages": language_menu(language, address) if can_switch else None},
        status,
        headers,
        language=language,
        accent=accent,
    )
    remember_language(request, page)
    return page
