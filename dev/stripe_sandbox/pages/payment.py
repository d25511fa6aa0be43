"""The page on which a client pays."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.objects.accounts import name_of
from dev.stripe_sandbox.objects.checkout_sessions import success_url
from dev.stripe_sandbox.pages.rendering import render, see, see_own
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object


async def pay_page(request: Request) -> Response:
    """Show what is to be paid, or what has become of it."""
    sandbox: Sandbox = request.app.state.sandbox
    session = sandbox.session(request.path_params["id"])
    return render(request, "pay.html", _values(sandbox, session), leads_to=session["success_url"])


async def pay(request: Request) -> Response:
    """Pay by card, and go on to where the business wants its client."""
    return _submit(request, Sandbox.pay)


async def pay_late(request: Request) -> Response:
    """Promise to pay by bank debit, and go on likewise."""
    return _submit(request, Sandbox.pay_late)


def _submit(request: Request, pay: Callable[[Sandbox, str], None]) -> Response:
    """Pay, and go on; who comes too late, or twice, is shown what has become of the session."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    session = sandbox.session(id_)
    if session["status"] != "open":
        return see_own(request, f"/pay/{id_}")
    pay(sandbox, id_)
    return see(success_url(session))


async def expire(request: Request) -> Response:
    """Let the time for paying be over."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    sandbox.expire(id_)
    return see_own(request, f"/pay/{id_}")


async def succeed(request: Request) -> Response:
    """Let the money of a bank debit come."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    sandbox.succeed(id_)
    return see_own(request, f"/pay/{id_}")


async def fail(request: Request) -> Response:
    """Let a bank debit bounce."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    sandbox.fail(id_)
    return see_own(request, f"/pay/{id_}")


def _values(sandbox: Sandbox, session: Object) -> dict[str, Any]:
    owner = sandbox.store.owner(session)
    account = sandbox.store.anywhere("account", owner) if owner else None
    return {
        "business": name_of(account),
        "items": session["_line_items"],
        "session": session,
        "state": state_of(sandbox, session),
        "success_url": success_url(session),
    }


def state_of(sandbox: Sandbox, session: Object) -> str:
    """Return open, expired, paid, awaited (a bank debit) or failed (a bank debit, too)."""
    if session["status"] != "complete":
        return str(session["status"])
    if session["payment_status"] != "unpaid":
        return "paid"
    intent = sandbox.store.anywhere("payment_intent", session["payment_intent"])
    return "awaited" if intent["status"] == "processing" else "failed"
