"""The lean path and the endpoint answer the same requests in the same way."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from api import lean_requests, operations
from api.endpoint import GraphQLEndpoint
from api.lean_requests import LeanRequestsMiddleware
from core.fair_shares import FairShares
from errors import RateLimited
from services.sharing.tokens import TokenLookup
from tests.support.clients import Business, eventually

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
TYPENAME: Final = {"query": "{ __typename }"}
MISSING: Final = {"query": '{ invoice(token: "no token") { number } __typename }'}
SIGNED_IN: Final = {"query": "{ me { email } }"}
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Case:
    """A request."""

    body: object = field(default_factory=lambda: TYPENAME)
    headers: Mapping[str, str] | list[tuple[str, str]] = field(default_factory=dict)
    method: str = "POST"
    path: str = "/graphql"

    def headers_sent(self) -> list[tuple[str, str]]:
        """Return the headers, JSON being the type of the body if there is no other."""
        given = self.headers
        pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
        names = {name for name, _ in pairs}
        return [("content-type", JSON)] * ("content-type" not in names) + pairs

    def content(self) -> Any:  # httpx's union of bodies
        """Return the body; one that is a list is sent in chunks."""
        if isinstance(self.body, list):
            return _chunks(self.body)
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


async def _chunks(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
        await asyncio.sleep(0.01)


CASES: Final = {
    "usual": Case(),
    "new media type": Case(headers={"accept": GRAPHQL}),
    "anything accepted": Case(headers={"accept": "text/html, */*; q=0.1"}),
    "nothing acceptable": Case(headers={"accept": "image/png"}),
    "empty accept": Case(headers={"accept": ""}),
    "long accept": Case(headers={"accept": f"{JSON}, text/{'a' * 300}"}),
    "two accepts": Case(headers=[("accept", GRAPHQL), ("accept", "image/png")]),
    "stream of a query": Case(headers={"accept": "text/event-stream"}),
    "every type": Case(
        headers={"accept": f"{GRAPHQL}, application/graphql+json, {JSON}, text/event-stream"}
    ),
    "multipart": Case(headers={"accept": "multipart/mixed;subscriptionSpec=1.0, " + JSON}),
    "charset": Case(headers={"content-type": f"{JSON}; charset=UTF-8"}),
    "other charset": Case(headers={"content-type": f"{JSON}; charset=latin-1"}),
    "other type": Case(headers={"content-type": "text/plain"}),
    "two types": Case(headers=[("content-type", JSON), ("content-type", "text/plain")]),
    "compressed": Case(headers={"content-encoding": "gzip"}),
    "not compressed": Case(headers={"content-encoding": "identity"}),
    "allowed origin": Case(headers={"origin": "https://front.example"}),
    "other origin": Case(headers={"origin": "https://evil.example"}),
    "prefetch": Case(headers={"sec-purpose": "prefetch"}),
    "event id": Case(headers={"last-event-id": "x"}),
    "cookies": Case(headers={"cookie": "session=x; __Host-session=y"}),
    "unknown key": Case(SIGNED_IN, {"authorization": "Bearer inv_key_unknown"}),
    "empty key": Case(SIGNED_IN, {"authorization": ""}),
    "malformed key": Case(SIGNED_IN, {"authorization": "Basic abc", "accept": GRAPHQL}),
    "fields that fail": Case(MISSING),
    "not JSON": Case(b"{"),
    "no UTF-8": Case(b'{"query": "\xff"}'),
    "no body": Case(b""),
    "batch": Case([b"[]"]),
    "no query": Case({"query": None}),
    "white space": Case({"query": "  "}),
    "variables of the wrong kind": Case(TYPENAME | {"variables": []}),
    "extensions of the wrong kind": Case(TYPENAME | {"extensions": "x"}),
    "syntax error": Case({"query": "{"}),
    "syntax error in the new type": Case({"query": "{"}, {"accept": GRAPHQL}),
    "invalid": Case({"query": "{ nothing }"}, {"accept": GRAPHQL}),
    "unknown name": Case({"query": "query A { __typename }", "operationName": "B"}),
    "no name": Case({"query": "query A { __typename } query B { __typename }"}),
    "named": Case(
        {"query": "query A { __typename } query B { b: __typename }"} | {"operationName": "B"}
    ),
    "subscription": Case({"query": "subscription { viewedInvoice { cursor } }"}),
    "too complex": Case({"query": "{" + "".join(f"a{n}: __typename " for n in range(2000)) + "}"}),
    "missing variable": Case(
        {"query": "query ($token: String!) { invoice(token: $token) { number } }"}
    ),
    "mutation": Case({"query": 'mutation { recordView(input: {token: "x"}) { recorded } }'}),
    "large": Case(TYPENAME | {"extensions": {"a": "x" * 200_000}}),
    "too large": Case(b" " * (256 * 1024 + 1)),
    "chunks": Case([b'{"query": ', b'"{ __typename }"}']),
    "too many chunks": Case([b" " * 65536] * 5),
    "query string": Case(path="/graphql?query={a}"),
    "slash": Case(path="/graphql/"),
    "other path": Case(path="/graphqlx"),
    "GET": Case(b"", {"accept": JSON}, "GET", "/graphql?query={__typename}"),
    "HEAD": Case(b"", {}, "HEAD"),
    "PUT": Case(method="PUT"),
    "OPTIONS": Case(b"", {"origin": "https://front.example"}, "OPTIONS"),
}


class Observer:
    """Sends requests, and returns all that can be seen of the responses."""

    def __init__(self, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
        self._http = http
        self._caplog = caplog

    async def answer(self, case: Case) -> dict[str, object]:
        """Return the status, the headers, the body and the log line of the response to `case`."""
        self._caplog.clear()
        response = await self._http.request(
            case.method, case.path, content=case.content(), headers=case.headers_sent()
        )
        await eventually(self._is_logged)
        lines: list[Any] = [
            {name: value for name, value in record.msg.items() if name not in _VARYING}
            for record in self._caplog.records
            if isinstance(record.msg, dict) and record.msg.get("event") in {"request", "fault"}
        ]
        headers = [
            pair for pair in response.headers.multi_items() if pair[0] not in {"date", *_VARYING}
        ]
        body = _REQUEST_ID.sub("id", response.text)
        return {"status": response.status_code, "headers": headers, "body": body, "log": lines}

    async def _is_logged(self) -> bool:
        return any(record.name == "invotify.request" for record in self._caplog.records)


_VARYING: Final = {"ms", "timestamp", "request_id", "x-request-id", "exc_info", "ratelimit"}


@pytest.fixture
def observer(http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> Observer:
    return Observer(http, caplog)


def _take_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pass_on(
        self: LeanRequestsMiddleware, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await self._app(scope, receive, send)

    monkeypatch.setattr(LeanRequestsMiddleware, "__call__", pass_on)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_both_ways_answer_a_request_alike(
    observer: Observer, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    lean = await observer.answer(case)
    _take_the_usual_way(monkeypatch)
    assert lean == await observer.answer(case)


async def test_both_ways_refuse_who_has_used_too_much(
    observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise RateLimited(retry_after=15)

    monkeypatch.setattr(FairShares, "take", refuse)
    case = Case(headers={"origin": "https://front.example"})
    lean = await observer.answer(case)
    assert lean["status"] == 429
    _take_the_usual_way(monkeypatch)
    assert lean == await observer.answer(case)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), OSError("the network is away")])
async def test_both_ways_report_a_fault_alike(
    observer: Observer, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(operations, "executor_of", fail)
    lean = await observer.answer(Case())
    assert lean["status"] in {500, 503}
    _take_the_usual_way(monkeypatch)
    assert lean == await observer.answer(Case())


@pytest.mark.parametrize("name", ["usual", "every type", "fields that fail", "allowed origin"])
async def test_a_usual_request_does_not_reach_the_endpoint(
    observer: Observer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GraphQLEndpoint, "__call__", None)
    assert (await observer.answer(CASES[name]))["status"] == 200


async def test_both_ways_know_the_same_of_the_client(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[object] = []

    async def note(_: TokenLookup, __: str, client: object, **___: object) -> None:
        known.append(client)
        raise RateLimited(retry_after=1)

    monkeypatch.setattr(TokenLookup, "find_invoice", note)
    for _ in range(2):
        await business.http.post(
            "/graphql",
            json=MISSING,
            headers={"user-agent": "Mozilla/5.0", "x-moz": "prefetch", "purpose": "Prefetch"},
        )
        _take_the_usual_way(monkeypatch)
    assert known[0] == known[1]


async def test_an_operation_that_was_executed_is_not_executed_again(
    observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed: list[object] = []

    async def fail(*parameters: object) -> None:
        executed.append(parameters)
        raise RuntimeError

    monkeypatch.setattr(lean_requests, "respond", fail)
    assert (await observer.answer(Case()))["status"] == 500
    assert len(executed) == 1
