"""What all endpoints share: authentication, faults, idempotency, parameters and the response."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dev.stripe_sandbox import forms
from dev.stripe_sandbox.api.authentication import authenticate
from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.errors import RateLimited, ServerError, StripeError
from dev.stripe_sandbox.events import RequestContext
from dev.stripe_sandbox.expansion import expand
from dev.stripe_sandbox.faults import Fault, FaultKind
from dev.stripe_sandbox.idempotency import ApiResponse
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.params import Fields, array, parse_params, text
from dev.stripe_sandbox.settings import API_VERSION
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Account, Object, public_fields

Handler: TypeAlias = Callable[[Sandbox, Call], Object]

_REQUEST_ID_LENGTH: Final = 14
"""Characters after the prefix."""
_LOST_RESPONSES: Final = (FaultKind.TIMEOUT_AFTER, FaultKind.RESET_AFTER)


class Endpoint:
    """Serves one method of one path. Its handler gets valid parameters and returns an object."""

    def __init__(self, handler: Handler, fields: Fields | None = None) -> None:
        self._handler = handler
        self._fields: Fields = {"expand": array(text), **(fields or {})}

    async def __call__(self, request: Request) -> Response:
        """Respond with the object, or with an error as Stripe words it."""
        sandbox: Sandbox = request.app.state.sandbox
        sandbox.expire_overdue()
        request_id = new_id("req", _REQUEST_ID_LENGTH)
        try:
            return await self._respond(sandbox, request, request_id)
        except StripeError as error:
            return to_response(
                ApiResponse(status=error.status, body=error.body(), request_id=request_id), request
            )

    async def _respond(self, sandbox: Sandbox, request: Request, request_id: str) -> Response:
        account = authenticate(sandbox, request)
        raw_params, path = forms.parse(await _encoded_params(request)), _path(request)
        fault = sandbox.faults.take(request.method, path)
        if fault and (failure := _fail_early(fault)):
            return failure
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None:
            earlier = sandbox.idempotency.begin(account, key, path, raw_params)
            if earlier:
                return to_response(earlier, request, replayed_as=request_id)
        try:
            if fault and (failure := await _delay(fault, request)):
                _release(sandbox, account, key)
                return failure
            context = RequestContext(request_id=request_id, idempotency_key=key)
            if fault and fault.kind is FaultKind.ERROR_KEPT:
                response = _server_error(context)
            else:
                response = self._perform(sandbox, request, account, raw_params, context)
        except BaseException:
            _release(sandbox, account, key)
            raise
        if fault and fault.kind is FaultKind.ERROR_AFTER:
            response = _server_error(context)
        if key is not None:
            sandbox.idempotency.finish(account, key, response)
        if fault and fault.kind in _LOST_RESPONSES:
            return await _lose_response(fault, request)
        return to_response(response, request)

    def _perform(
        self,
        sandbox: Sandbox,
        request: Request,
        account: Account,
        raw_params: dict[str, Any],
        context: RequestContext,
    ) -> ApiResponse:
        """Do the work. An error during it is the response; one before it is raised."""
        assert context.request_id
        params = parse_params(self._fields, raw_params)
        call = Call(
            account=account,
            path=_path(request),
            ids=request.path_params,
            params=params,
            context=context,
        )
        try:
            body = public_body(self._handler(sandbox, call))
            expand(sandbox.store, account, body, params.get("expand", []))
        except StripeError as error:
            if error.before_work:
                raise
            return ApiResponse(
                status=error.status, body=error.body(), request_id=context.request_id
            )
        return ApiResponse(status=200, body=body, request_id=context.request_id)


def _server_error(context: RequestContext) -> ApiResponse:
    """Return a failure of Stripe's own, which is stored under the idempotency key."""
    assert context.request_id
    return ApiResponse(
        status=ServerError.status,
        body=ServerError().body(),
        request_id=context.request_id,
        is_final=context.idempotency_key is not None,
    )


def public_body(result: Object) -> Object:
    """Return an object, or a list of them, without private fields."""
    body = public_fields(result)
    if body.get("object") == "list":
        body["data"] = [public_fields(item) for item in body["data"]]
    return body


def to_response(
    response: ApiResponse, request: Request, replayed_as: str | None = None
) -> Response:
    """Return the HTTP response; `replayed_as` is the id of a repeated request."""
    headers = {
        "cache-control": "no-cache, no-store",
        "request-id": replayed_as or response.request_id,
        "stripe-version": request.headers.get("stripe-version", API_VERSION),
    }
    for name in ("idempotency-key", "stripe-account"):
        if name in request.headers:
            headers[name] = request.headers[name]
    if "idempotency-key" in headers:
        headers["original-request"] = response.request_id
    if replayed_as:
        headers["idempotent-replayed"] = "true"
    if replayed_as or response.is_final:
        headers["stripe-should-retry"] = "false"
    if response.status == 401:  # noqa: PLR2004  # RFC 9110 11.6.1
        headers["www-authenticate"] = 'Bearer realm="Stripe"'
    content = json.dumps(response.body, indent=2)
    return Response(content, response.status, headers, media_type="application/json")


class DroppedConnection(Response):
    """A response whose connection breaks before its body arrives."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Announce a body of two bytes and send none, which makes the server close."""
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def _path(request: Request) -> str:
    """Return the path below the mount of the sandbox."""
    return request.url.path.removeprefix(request.scope.get("root_path", ""))


async def _encoded_params(request: Request) -> str:
    """Return the parameters: the body of a POST, the query of any other request."""
    if request.method != "POST":
        return request.url.query
    return (await request.body()).decode("utf-8", "replace")


def _release(sandbox: Sandbox, account: Account, key: str | None) -> None:
    if key is not None:
        sandbox.idempotency.release(account, key)


def _fail_early(fault: Fault) -> Response | None:
    """Fail before the idempotency key is used, if the fault says so."""
    if fault.kind is FaultKind.ERROR:
        raise ServerError
    if fault.kind is FaultKind.RATE_LIMIT:
        raise RateLimited
    return DroppedConnection() if fault.kind is FaultKind.RESET else None


async def _delay(fault: Fault, request: Request) -> Response | None:
    """Keep a request waiting, if the fault says so; a response means that no work is done."""
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.wait)
    if fault.kind is FaultKind.TIMEOUT:
        await _wait_for_disconnect(request, fault.wait)
        return DroppedConnection()
    return None


async def _lose_response(fault: Fault, request: Request) -> Response:
    if fault.kind is FaultKind.TIMEOUT_AFTER:
        await _wait_for_disconnect(request, fault.wait)
    return DroppedConnection()


async def _wait_for_disconnect(request: Request, seconds: float) -> None:
    """Wait until the client disconnects, but not longer than `seconds`."""

    async def disconnected() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    await asyncio.wait([task := asyncio.create_task(disconnected())], timeout=seconds)
    task.cancel()
