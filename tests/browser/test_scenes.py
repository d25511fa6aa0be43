"""The scenes cover every page."""

from typing import Any, Final

from starlette.routing import Route

from app import create_app
from settings import Settings
from tests.browser.scenes import CLIENT, STAFF

_NO_PAGES: Final = {
    *("/graphql", "/webhooks/stripe", "/company/logo"),
    *("/robots.txt", "/healthz", "/readyz", "/metrics"),
}
"""Routes that are not pages."""
_ELSEWHERE: Final = {"/dashboard", "/dashboard/sign-in"}
"""A redirect, and a page for those who are not signed in."""


def test_scenes_cover_every_page() -> None:
    app: Any = create_app(Settings(database_url="sqlite://:memory:"))
    pages = {
        route.path
        for route in app._app.routes
        if isinstance(route, Route)
        if "GET" in (route.methods or {"GET"}) and "." not in route.path
    }
    assert pages - _NO_PAGES - _ELSEWHERE == {scene.route for scene in (*CLIENT, *STAFF)}
