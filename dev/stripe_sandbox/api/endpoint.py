"""What is the same for every endpoint: the key, faults, idempotency, the form and the answer."""

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
from dev.stripe_sandbox.events import Cause
from dev.stripe_sandbox.expansion import expand
from dev.stripe_sandbox.faults import Fault, FaultKind
from dev.stripe_sandbox.idempotency import Answer
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.params import Fields, array, read, text
from dev.stripe_sandbox.settings import API_VERSION
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Account, Object, visible

Handler: TypeAlias = Callable[[Sandbox, Call], Object]

_REQUEST_ID: Final = 14
"""Characters of a request's id behind its prefix."""
_LOST: Final = (FaultKind.TIMEOUT_AFTER, FaultKind.RESET_AFTER)


class Endpoint:
    """Serves one method of one path. A handler gets checked parameters and returns an object."""

    def __init__(self, handler: Handler, fields: Fields | None = None) -> None:
        self._handler = handler
        self._fields: Fields = {"expand": array(text), **(fields or {})}

    async def __call__(self, request: Request) -> Response:
        """Answer with the object, or with an error in Stripe's words."""
        sandbox: Sandbox = request.app.state.sandbox
        sandbox.expire_overdue()
        request_id = new_id("req", _REQUEST_ID)
        try:
            return await self._answer(sandbox, request, request_id)
        except StripeError as error:
            return respond(Answer(error.status, error.body(), request_id), request)

    async def _answer(self, sandbox: Sandbox, request: Request, request_id: str) -> Response:
        account = authenticate(sandbox, request)
        given, path = forms.parse(await _encoded(request)), _path(request)
        fault = sandbox.faults.take(request.method, path)
        if fault and (response := _refuse(fault)):
            return response
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None:
            known = sandbox.idempotency.begin(account, key, path, given)
            if known:
                return respond(known, request, replayed_as=request_id)
        try:
            if fault and (broken := await _hold(fault, request)):
                _release(sandbox, account, key)
                return broken
            answer = self._perform(sandbox, request, account, given, Cause(request_id, key))
        except BaseException:
            _release(sandbox, account, key)
            raise
        if fault and fault.kind is FaultKind.ERROR_AFTER:
            answer = Answer(500, ServerError().body(), request_id, is_final=key is not None)
        if key is not None:
            sandbox.idempotency.finish(account, key, answer)
        if fault and fault.kind in _LOST:
            await _lose(fault, request)
            return BrokenOff()
        return respond(answer, request)

    def _perform(
        self,
        sandbox: Sandbox,
        request: Request,
        account: Account,
        given: dict[str, Any],
        cause: Cause,
    ) -> Answer:
        """Do the work; an error that is met in the middle of it is its answer."""
        assert cause.request_id
        params = read(self._fields, given)
        call = Call(account, _path(request), request.path_params, params, cause)
        try:
            shown = show(self._handler(sandbox, call))
            expand(sandbox.store, account, shown, params.get("expand", []))
        except StripeError as error:
            if error.before_work:
                raise
            return Answer(error.status, error.body(), cause.request_id)
        return Answer(200, shown, cause.request_id)


def show(found: Object) -> Object:
    """Return an object, or a list of them, as the API shows it."""
    shown = visible(found)
    if shown.get("object") == "list":
        shown["data"] = [visible(item) for item in shown["data"]]
    return shown


def respond(answer: Answer, request: Request, replayed_as: str | None = None) -> Response:
    """Answer a request, or one that repeats it and has an id of its own."""
    headers = {
        "cache-control": "no-cache, no-store",
        "request-id": replayed_as or answer.request_id,
        "stripe-version": request.headers.get("stripe-version", API_VERSION),
    }
    for name in ("idempotency-key", "stripe-account"):
        if name in request.headers:
            headers[name] = request.headers[name]
    if "idempotency-key" in headers:
        headers["original-request"] = answer.request_id
    if replayed_as:
        headers["idempotent-replayed"] = "true"
    if replayed_as or answer.is_final:
        headers["stripe-should-retry"] = "false"
    if answer.status == 401:  # noqa: PLR2004  # RFC 9110 11.6.1
        headers["www-authenticate"] = 'Bearer realm="Stripe"'
    content = json.dumps(answer.body, indent=2)
    return Response(content, answer.status, headers, media_type="application/json")


class BrokenOff(Response):
    """An answer whose connection breaks before it is there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body, and leave."""
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def _path(request: Request) -> str:
    """Return the path, wherever the sandbox is mounted."""
    return request.url.path.removeprefix(request.scope.get("root_path", ""))


async def _encoded(request: Request) -> str:
    """Return the parameters of a body, or else of the query."""
    if request.method != "POST":
        return request.url.query
    return (await request.body()).decode("utf-8", "replace")


def _release(sandbox: Sandbox, account: Account, key: str | None) -> None:
    if key is not None:
        sandbox.idempotency.release(account, key)


def _refuse(fault: Fault) -> Response | None:
    """Fail before anything has begun."""
    if fault.kind is FaultKind.ERROR:
        raise ServerError
    if fault.kind is FaultKind.RATE_LIMIT:
        raise RateLimited
    return BrokenOff() if fault.kind is FaultKind.RESET else None


async def _hold(fault: Fault, request: Request) -> Response | None:
    """Keep a request waiting; what is returned is all that comes of it."""
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.wait)
    if fault.kind is FaultKind.TIMEOUT:
        await _until_gone(request, fault.wait)
        return BrokenOff()
    return None


async def _lose(fault: Fault, request: Request) -> None:
    if fault.kind is FaultKind.TIMEOUT_AFTER:
        await _until_gone(request, fault.wait)


async def _until_gone(request: Request, seconds: float) -> None:
    """Wait until the client has given up, or for so many seconds."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    await asyncio.wait([task := asyncio.create_task(gone())], timeout=seconds)
    task.cancel()
