"""The control API: what tests and people let happen, in JSON under `/sandbox`."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.stripe_sandbox.actions import Details, act
from dev.stripe_sandbox.errors import InvalidParameter, StripeError
from dev.stripe_sandbox.faults import Fault, FaultKind
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object, visible
from dev.stripe_sandbox.webhooks import DeliveryMode

Body: TypeAlias = dict[str, Any]
Control: TypeAlias = Callable[[Sandbox, Request, Body], Any]
T = TypeVar("T")

_LISTED: Final = {
    "accounts": "account",
    "charges": "charge",
    "disputes": "dispute",
    "events": "event",
    "refunds": "refund",
    "sessions": "checkout.session",
}


def control_routes() -> list[Route]:
    """Return the routes of the control API."""
    routes: list[tuple[str, str, Control]] = [
        ("POST", "/sandbox/accounts", _add_account),
        ("POST", "/sandbox/clock", _advance),
        ("GET", "/sandbox/deliveries", _deliveries),
        ("GET", "/sandbox/faults", _faults),
        ("POST", "/sandbox/faults", _arm),
        ("DELETE", "/sandbox/faults", _disarm),
        ("POST", "/sandbox/webhooks", _set_webhooks),
        ("POST", "/sandbox/webhooks/deliver", _deliver),
        ("GET", "/sandbox/{kind}", _list),
        ("POST", "/sandbox/{kind}/{id}/{verb}", _act),
    ]
    return [Route(path, _endpoint(control), methods=[method]) for method, path, control in routes]


def _endpoint(control: Control) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        sandbox.expire_overdue()
        try:
            found = control(sandbox, request, await _body(request))
        except StripeError as error:
            return JSONResponse(error.body(), error.status)
        return JSONResponse(found)

    return endpoint


async def _body(request: Request) -> Body:
    """Return the JSON of a body; nothing at all is an empty object."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        message = "The body is no JSON object."
        raise InvalidParameter(message)
    return body


def _take(body: Body, name: str, type_: type[T]) -> T | None:
    """Return a member of this very type, or None if it is absent."""
    value = body.get(name)
    if value is not None and type(value) is not type_:
        message = f"{name} must be {type_.__name__}."
        raise InvalidParameter(message, param=name)
    return value


def _require(body: Body, name: str, type_: type[T]) -> T:
    value = _take(body, name, type_)
    if value is None:
        message = f"{name} is missing."
        raise InvalidParameter(message, param=name)
    return value


# --- objects --------------------------------------------------------------------------------------


def _list(sandbox: Sandbox, request: Request, _: Body) -> list[Object]:
    kind = _LISTED.get(request.path_params["kind"])
    if kind is None:
        message = f"There is a list of each of {', '.join(_LISTED)}."
        raise InvalidParameter(message)
    account = request.query_params.get("account")
    return [
        visible(found)
        for found in sandbox.store.everywhere(kind)
        if account in (None, sandbox.store.owner(found))
    ]


def _act(sandbox: Sandbox, request: Request, body: Body) -> Object:
    details = Details(
        _take(body, "amount", int),
        _take(body, "reason", str),
        _take(body, "pending", bool) or False,
    )
    kind, verb, id_ = (request.path_params[name] for name in ("kind", "verb", "id"))
    made = act(sandbox, kind, verb, id_, details)
    return visible(made) if made else {"done": True}


def _add_account(sandbox: Sandbox, _: Request, body: Body) -> Object:
    id_ = _require(body, "id", str)
    enabled = _take(body, "charges_enabled", bool)
    made = sandbox.add_account(
        id_, _take(body, "name", str) or id_, charges_enabled=enabled is not False
    )
    return visible(made)


# --- webhooks -------------------------------------------------------------------------------------


def _set_webhooks(sandbox: Sandbox, _: Request, body: Body) -> Body:
    webhooks = sandbox.webhooks
    if mode := _take(body, "mode", str):
        if mode not in set(DeliveryMode):
            message = f"mode must be one of {', '.join(DeliveryMode)}."
            raise InvalidParameter(message, param="mode")
        webhooks.mode = DeliveryMode(mode)
    webhooks.url = _take(body, "url", str) or webhooks.url
    webhooks.secret = _take(body, "secret", str) or webhooks.secret
    return {"mode": webhooks.mode, "url": webhooks.url}


def _deliver(sandbox: Sandbox, _: Request, body: Body) -> Body:
    reverse = _take(body, "reverse", bool) or False
    return {"delivered": sandbox.webhooks.deliver_held(reverse=reverse)}


def _deliveries(sandbox: Sandbox, _: Request, __: Body) -> list[Body]:
    return [
        {
            "id": found.id,
            "event": found.event["id"],
            "state": found.state,
            "statuses": found.statuses,
            "type": found.event["type"],
        }
        for found in reversed(sandbox.webhooks.deliveries)
    ]


# --- faults and time ------------------------------------------------------------------------------


def _faults(sandbox: Sandbox, _: Request, __: Body) -> list[Body]:
    return [asdict(fault) for fault in sandbox.faults.armed]


def _arm(sandbox: Sandbox, request: Request, body: Body) -> list[Body]:
    kind, seconds = _require(body, "kind", str), body.get("seconds")
    if kind not in set(FaultKind):
        message = f"kind must be one of {', '.join(FaultKind)}."
        raise InvalidParameter(message, param="kind")
    if seconds is not None and not (type(seconds) in (int, float) and seconds >= 0):
        message = "seconds must be a number."
        raise InvalidParameter(message, param="seconds")
    path, times = _require(body, "path", str), _take(body, "times", int)
    method = _take(body, "method", str)
    sandbox.faults.arm(Fault(path, FaultKind(kind), times or 1, seconds, method))
    return _faults(sandbox, request, body)


def _disarm(sandbox: Sandbox, _: Request, __: Body) -> Body:
    sandbox.faults.clear()
    return {"done": True}


def _advance(sandbox: Sandbox, _: Request, body: Body) -> Body:
    seconds = _require(body, "advance", int)
    if seconds < 0:
        message = "The clock goes forward only."
        raise InvalidParameter(message, param="advance")
    sandbox.clock.advance(seconds)
    sandbox.expire_overdue()
    return {"now": sandbox.clock.now()}
