"""The scenes cover every page, and the widths every layout."""

import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.routing import Route

from app import create_app
from settings import Settings
from tests.browser.scenes import CLIENT, CLIENT_WIDTHS, STAFF, STAFF_WIDTHS

_NO_PAGES: Final = {
    *("/graphql", "/webhooks/stripe", "/company/logo"),
    *("/robots.txt", "/healthz", "/readyz", "/metrics"),
    *("/graphiql/{name}", "/{link:misspelled_link}", "/dashboard/settings/emails/preview"),
    *(f"/dashboard/{kind}/{{id}}/email-preview" for kind in ("invoices", "quotes", "credit-notes")),
    "/dashboard/invoices/{id}/remind/preview",
    "/dashboard/e-mails/{id}/content",
    *("/drafts/invoices/{id}", "/drafts/quotes/{id}", "/dashboard/drafts/customers"),
}
"""Routes that are not pages: files, redirects, suggestions, and what is shown in frames."""
_ELSEWHERE: Final = {
    *("/dashboard/sign-in", "/dashboard/sign-in/company", "/dashboard/sign-in/code"),
    "/dashboard/forgot-password",
}
"""Pages for those who are not signed in."""


def _routes(app: Any) -> list[Any]:  # an ASGI application below its middleware
    while not hasattr(app, "routes"):
        app = app._app
    routes: list[Any] = app.routes
    return routes


def test_scenes_cover_every_page() -> None:
    app: Any = create_app(Settings(database_url="sqlite://:memory:"))
    pages = {
        route.path
        for route in _routes(app)
        if isinstance(route, Route)
        if "GET" in (route.methods or {"GET"}) and "." not in route.path
    }
    assert pages - _NO_PAGES - _ELSEWHERE == {scene.route for scene in (*CLIENT, *STAFF)}


@pytest.mark.parametrize(
    ("sheet", "widths"), [("portal.css", CLIENT_WIDTHS), ("staff.css", STAFF_WIDTHS)]
)
def test_the_widths_cover_every_layout(sheet: str, widths: Collection[int]) -> None:
    queries = re.findall("@media[^{]*", Path("web/static", sheet).read_text(encoding="utf-8"))
    limits = re.findall(r"(?:min|max)-width: ([\d.]+)rem", " ".join(queries))
    begin = {math.ceil(float(limit) * 16) for limit in limits}
    assert len(begin) > 1
    assert begin <= set(widths)
