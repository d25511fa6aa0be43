"""The control API, in JSON under `/sandbox`: what tests and people make happen."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.stripe_sandbox.actions import ActionOptions, perform
from dev.stripe_sandbox.errors import InvalidParameter, StripeError
from dev.stripe_sandbox.faults import Fault, FaultKind
from dev.stripe_sandbox.objects.adaptive_pricing import Conversion
from dev.stripe_sandbox.params import currency
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object, public_fields
from dev.stripe_sandbox.webhooks import DeliveryMode

Body: TypeAlias = dict[str, Any]
Control: TypeAlias = Callable[[Sandbox, Request, Body], Any]
T = TypeVar("T")

_KINDS: Final = {
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
        ("POST", "/sandbox/clock", _advance_clock),
        ("GET", "/sandbox/deliveries", _list_deliveries),
        ("GET", "/sandbox/faults", _list_faults),
        ("POST", "/sandbox/faults", _arm_fault),
        ("DELETE", "/sandbox/faults", _clear_faults),
        ("POST", "/sandbox/webhooks", _set_webhooks),
        ("POST", "/sandbox/webhooks/deliver", _deliver_held),
        ("GET", "/sandbox/{kind}", _list_objects),
        ("POST", "/sandbox/{kind}/{id}/{verb}", _perform),
    ]
    return [Route(path, _endpoint(control), methods=[method]) for method, path, control in routes]


def _endpoint(control: Control) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        sandbox.expire_overdue()
        try:
            result = control(sandbox, request, await _body(request))
        except StripeError as error:
            return JSONResponse(error.body(), error.status)
        return JSONResponse(result)

    return endpoint


async def _body(request: Request) -> Body:
    """Return the JSON object in the body; an empty body is an empty object."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise InvalidParameter("The body must be a JSON object.")
    return body


def _optional(body: Body, name: str, type_: type[T]) -> T | None:
    """Return a member, which must have exactly this type, or None if it is absent."""
    value = body.get(name)
    if value is not None and type(value) is not type_:
        raise InvalidParameter(f"{name} must be {type_.__name__}.", param=name)
    return value


def _required(body: Body, name: str, type_: type[T]) -> T:
    value = _optional(body, name, type_)
    if value is None:
        raise InvalidParameter(f"{name} is missing.", param=name)
    return value


# --- objects --------------------------------------------------------------------------------------


def _list_objects(sandbox: Sandbox, request: Request, _: Body) -> list[Object]:
    kind = _KINDS.get(request.path_params["kind"])
    if kind is None:
        raise InvalidParameter(f"Unknown list. The lists are: {', '.join(_KINDS)}.")
    account = request.query_params.get("account")
    return [
        public_fields(item)
        for item in sandbox.store.all(kind)
        if account in (None, sandbox.store.owner(item))
    ]


def _perform(sandbox: Sandbox, request: Request, body: Body) -> Object:
    options = ActionOptions(
        amount=_optional(body, "amount", int),
        reason=_optional(body, "reason", str),
        pending=_optional(body, "pending", bool) or False,
        conversion=_conversion(body),
    )
    kind, verb, id_ = (request.path_params[name] for name in ("kind", "verb", "id"))
    created = perform(sandbox, kind, verb, id_, options)
    return public_fields(created) if created else {"done": True}


def _conversion(body: Body) -> Conversion | None:
    """Return the currency and rate of a payment, if they are given."""
    code = _optional(body, "currency", str)
    if code is None:
        return None
    try:
        rate = Decimal(_required(body, "rate", str))
    except InvalidOperation:
        rate = Decimal(0)
    if not (rate.is_finite() and rate > 0):
        raise InvalidParameter("rate must be a positive number, as a string.", param="rate")
    return Conversion(currency=currency(code, "currency"), rate=rate)


def _add_account(sandbox: Sandbox, _: Request, body: Body) -> Object:
    id_ = _required(body, "id", str)
    enabled = _optional(body, "charges_enabled", bool)
    account = sandbox.add_account(
        id_, _optional(body, "name", str) or id_, charges_enabled=enabled is not False
    )
    return public_fields(account)


# --- webhooks -------------------------------------------------------------------------------------


def _set_webhooks(sandbox: Sandbox, _: Request, body: Body) -> Body:
    webhooks = sandbox.webhooks
    if mode := _optional(body, "mode", str):
        if mode not in set(DeliveryMode):
            raise InvalidParameter(f"mode must be one of {', '.join(DeliveryMode)}.", param="mode")
        webhooks.mode = DeliveryMode(mode)
    webhooks.url = _optional(body, "url", str) or webhooks.url
    webhooks.secret = _optional(body, "secret", str) or webhooks.secret
    webhooks.version = _optional(body, "version", str) or webhooks.version
    return {"mode": webhooks.mode, "url": webhooks.url, "version": webhooks.version}


def _deliver_held(sandbox: Sandbox, _: Request, body: Body) -> Body:
    reverse = _optional(body, "reverse", bool) or False
    return {"delivered": sandbox.webhooks.deliver_held(reverse=reverse)}


def _list_deliveries(sandbox: Sandbox, _: Request, __: Body) -> list[Body]:
    return [
        {
            "id": delivery.id,
            "event": delivery.event["id"],
            "state": delivery.state,
            "statuses": delivery.statuses,
            "type": delivery.event["type"],
        }
        for delivery in reversed(sandbox.webhooks.deliveries)
    ]


# --- faults and time ------------------------------------------------------------------------------


def _list_faults(sandbox: Sandbox, _: Request, __: Body) -> list[Body]:
    return [asdict(fault) for fault in sandbox.faults.armed]


def _arm_fault(sandbox: Sandbox, request: Request, body: Body) -> list[Body]:
    kind, seconds = _required(body, "kind", str), body.get("seconds")
    if kind not in set(FaultKind):
        raise InvalidParameter(f"kind must be one of {', '.join(FaultKind)}.", param="kind")
    if seconds is not None and not (type(seconds) in (int, float) and seconds >= 0):
        raise InvalidParameter("seconds must be a number, 0 or greater.", param="seconds")
    fault = Fault(
        path=_required(body, "path", str),
        kind=FaultKind(kind),
        times=_optional(body, "times", int) or 1,
        seconds=seconds,
        method=_optional(body, "method", str),
    )
    sandbox.faults.arm(fault)
    return _list_faults(sandbox, request, body)


def _clear_faults(sandbox: Sandbox, _: Request, __: Body) -> Body:
    sandbox.faults.clear()
    return {"done": True}


def _advance_clock(sandbox: Sandbox, _: Request, body: Body) -> Body:
    seconds = _required(body, "advance", int)
    if seconds < 0:
        raise InvalidParameter("The clock only moves forward.", param="advance")
    sandbox.clock.advance(seconds)
    sandbox.expire_overdue()
    return {"now": sandbox.clock.now()}
