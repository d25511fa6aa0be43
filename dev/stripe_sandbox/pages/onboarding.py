"""The page on which a business tells Stripe about itself."""

from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.errors import ResourceMissing
from dev.stripe_sandbox.objects.accounts import name_of
from dev.stripe_sandbox.pages.rendering import render, see
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object


async def onboarding_page(request: Request) -> Response:
    """Show the page, or ask for a new link once this one is too old."""
    sandbox: Sandbox = request.app.state.sandbox
    link = _link(sandbox, request.path_params["link"])
    if link["expires_at"] <= sandbox.clock.now():
        return see(link["_refresh_url"])
    account = sandbox.account(link["_account"])
    values = {
        "account": account,
        "business": name_of(account),
        "link": request.path_params["link"],
        "refresh_url": link["_refresh_url"],
        "return_url": link["_return_url"],
    }
    return render(request, "onboarding.html", values, leads_to=link["_return_url"])


async def finish(request: Request) -> Response:
    """Take the business's word for everything, and send it back."""
    sandbox: Sandbox = request.app.state.sandbox
    link = _link(sandbox, request.path_params["link"])
    sandbox.finish_onboarding(link["_account"])
    return see(link["_return_url"])


def _link(sandbox: Sandbox, id_: str) -> Object:
    if id_ not in sandbox.links:
        kind = "account_link"
        raise ResourceMissing(kind, id_, "link")
    return sandbox.links[id_]
