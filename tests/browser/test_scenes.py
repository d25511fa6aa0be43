"""That the scenes have every page."""

from typing import Any, Final

from starlette.routing import Route

from app import create_app
from settings import Settings
from tests.browser.scenes import CLIENT, STAFF

_NO_PAGES: Final = {
    *("/graphql", "/webhooks/stripe", "/company/logo"),
    *("/robots.txt", "/healthz", "/readyz", "/metrics"),
}
"""Routes that answer a GET with no page."""
_ELSEWHERE: Final = {"/dashboard", "/dashboard/sign-in"}
"""One only leads on, the other one is for those who have not signed in."""


def test_no_page_is_forgotten() -> None:
    app: Any = create_app(Settings(database_url="sqlite://:memory:"))
    pages = {
        route.path
        for route in app._app.routes
        if isinstance(route, Route)
        if "GET" in (route.methods or {"GET"}) and "." not in route.path
    }
    assert pages - _NO_PAGES - _ELSEWHERE == {scene.route for scene in (*CLIENT, *STAFF)}
