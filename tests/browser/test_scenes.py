"""The scenes cover every page."""

from typing import Any, Final

from starlette.routing import Route

from app import create_app
from settings import Settings
from tests.browser.scenes import CLIENT, STAFF

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
