"""Where the pages stand."""

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.stripe_sandbox.errors import StripeError
from dev.stripe_sandbox.pages import onboarding, overview, payment
from dev.stripe_sandbox.pages.rendering import HERE, show_error

_OWN: Final = ("same-origin", "none")


def page_routes() -> list[BaseRoute]:
    """Return the routes of the pages, of their forms and of their style."""
    return [
        Route("/", overview.overview_page),
        Route("/clock", overview.advance, methods=["POST"]),
        Route("/deliver", overview.deliver_held, methods=["POST"]),
        Route("/do/{kind}/{id}/{verb}", overview.do, methods=["POST"]),
        Route("/mode", overview.set_mode, methods=["POST"]),
        Route("/onboarding/{link}", onboarding.onboarding_page),
        Route("/onboarding/{link}", onboarding.finish, methods=["POST"]),
        Route("/pay/{id}", payment.pay_page),
        Route("/pay/{id}", payment.pay, methods=["POST"]),
        Route("/pay/{id}/expire", payment.expire, methods=["POST"]),
        Route("/pay/{id}/fail", payment.fail, methods=["POST"]),
        Route("/pay/{id}/late", payment.pay_late, methods=["POST"]),
        Route("/pay/{id}/succeed", payment.succeed, methods=["POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


async def refused(request: Request, error: Exception) -> Response:
    """Show why something on a page can't be done."""
    assert isinstance(error, StripeError)
    return show_error(request, error.message, error.status)


class OwnFormsOnly:
    """Refuses what pages of other sites post: whoever plays Stripe does so here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what no other site has sent; browsers say where a request comes from."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            site = dict(scope["headers"]).get(b"sec-fetch-site", b"none").decode("latin-1")
            if site not in _OWN:
                answer = PlainTextResponse("This comes from another site.", 403)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
