"""The routes of the pages."""

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.stripe_sandbox.errors import StripeError
from dev.stripe_sandbox.pages import onboarding, overview, payment
from dev.stripe_sandbox.pages.rendering import STATIC, render_error

_SAME_ORIGIN: Final = ("same-origin", "none")


def page_routes() -> list[BaseRoute]:
    """Return the routes of pages, forms and the stylesheet."""
    return [
        Route("/", overview.overview_page),
        Route("/clock", overview.advance_clock, methods=["POST"]),
        Route("/deliver", overview.deliver_held, methods=["POST"]),
        Route("/do/{kind}/{id}/{verb}", overview.perform_action, methods=["POST"]),
        Route("/mode", overview.set_mode, methods=["POST"]),
        Route("/onboarding/{link}", onboarding.onboarding_page),
        Route("/onboarding/{link}", onboarding.finish, methods=["POST"]),
        Route("/pay/{id}", payment.pay_page),
        Route("/pay/{id}", payment.pay, methods=["POST"]),
        Route("/pay/{id}/expire", payment.expire, methods=["POST"]),
        Route("/pay/{id}/fail", payment.fail, methods=["POST"]),
        Route("/pay/{id}/late", payment.pay_late, methods=["POST"]),
        Route("/pay/{id}/succeed", payment.succeed, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


async def error_page(request: Request, error: Exception) -> Response:
    """Show a StripeError that a page raised."""
    assert isinstance(error, StripeError)
    return render_error(request, error.message, error.status)


class SameOriginOnly:
    """Rejects requests from pages of other sites, except GET and HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request unless its browser says that another site sent it."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            site = dict(scope["headers"]).get(b"sec-fetch-site", b"none").decode("latin-1")
            if site not in _SAME_ORIGIN:
                response = PlainTextResponse("This request comes from another site.", 403)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
