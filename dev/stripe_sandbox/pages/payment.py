"""The payment page."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.objects.accounts import name_of
from dev.stripe_sandbox.objects.checkout_sessions import success_url
from dev.stripe_sandbox.pages.rendering import redirect, redirect_within, render
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object


async def pay_page(request: Request) -> Response:
    """Show what there is to pay, or the outcome."""
    sandbox: Sandbox = request.app.state.sandbox
    session = sandbox.session(request.path_params["id"])
    return render(
        request, "pay.html", _values(sandbox, session), form_target=session["success_url"]
    )


async def pay(request: Request) -> Response:
    """Pay by card and go to the success URL."""
    return _submit(request, Sandbox.pay)


async def pay_late(request: Request) -> Response:
    """Start a bank debit and go to the success URL."""
    return _submit(request, Sandbox.pay_late)


def _submit(request: Request, pay: Callable[[Sandbox, str], None]) -> Response:
    """Pay an open session. Show any other session again, for example after a second click."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    session = sandbox.session(id_)
    if session["status"] != "open":
        return redirect_within(request, f"/pay/{id_}")
    pay(sandbox, id_)
    return redirect(success_url(session))


async def expire(request: Request) -> Response:
    """Expire the session."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    sandbox.expire(id_)
    return redirect_within(request, f"/pay/{id_}")


async def succeed(request: Request) -> Response:
    """Complete the bank debit."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    sandbox.succeed(id_)
    return redirect_within(request, f"/pay/{id_}")


async def fail(request: Request) -> Response:
    """Fail the bank debit."""
    sandbox, id_ = request.app.state.sandbox, request.path_params["id"]
    sandbox.fail(id_)
    return redirect_within(request, f"/pay/{id_}")


def _values(sandbox: Sandbox, session: Object) -> dict[str, Any]:
    owner = sandbox.store.owner(session)
    account = sandbox.store.get("account", owner) if owner else None
    return {
        "business": name_of(account),
        "items": session["_line_items"],
        "session": session,
        "state": payment_state(sandbox, session),
        "success_url": success_url(session),
    }


def payment_state(sandbox: Sandbox, session: Object) -> str:
    """Return open, expired, paid, processing or failed; the last two for bank debits only."""
    if session["status"] != "complete":
        return str(session["status"])
    if session["payment_status"] != "unpaid":
        return "paid"
    intent = sandbox.store.get("payment_intent", session["payment_intent"])
    return "processing" if intent["status"] == "processing" else "failed"
