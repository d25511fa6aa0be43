"""The onboarding page, on which a business tells Stripe about itself."""

from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.errors import ResourceMissing
from dev.stripe_sandbox.objects.accounts import name_of
from dev.stripe_sandbox.pages.rendering import redirect, render
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object


async def onboarding_page(request: Request) -> Response:
    """Show the page, or go to the refresh URL if the link has expired."""
    sandbox: Sandbox = request.app.state.sandbox
    link = _link(sandbox, request.path_params["link"])
    if link["expires_at"] <= sandbox.clock.now():
        return redirect(link["_refresh_url"])
    account = sandbox.account(link["_account"])
    values = {
        "account": account,
        "business": name_of(account),
        "link": request.path_params["link"],
        "refresh_url": link["_refresh_url"],
        "return_url": link["_return_url"],
    }
    return render(request, "onboarding.html", values, form_target=link["_return_url"])


async def finish(request: Request) -> Response:
    """Finish the onboarding and go to the return URL."""
    sandbox: Sandbox = request.app.state.sandbox
    link = _link(sandbox, request.path_params["link"])
    sandbox.finish_onboarding(link["_account"])
    return redirect(link["_return_url"])


def _link(sandbox: Sandbox, id_: str) -> Object:
    if id_ not in sandbox.links:
        kind = "account_link"
        raise ResourceMissing(kind, id_, "link")
    return sandbox.links[id_]
