"""GraphQL over HTTP follows https://graphql.github.io/graphql-over-http/draft/.

These are the checks of the public audit suite (the `graphql-http` package), plus requests that
hostile clients send.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.websockets import MAX_SUBSCRIPTIONS
from errors import RateLimited
from services.sharing.tokens import TokenLookup
from tests.support.clients import Business, eventually
from web.http.middleware import HEADERS

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
EVENTS: Final = "text/event-stream"
TYPENAME: Final = {"query": "{ __typename }"}
FOLLOW: Final = "subscription { viewedInvoice { cursor } }"
FOREIGN: Final = "https://evil.example"
FRONT: Final = "https://front.example"
both_types = pytest.mark.parametrize("accept", [JSON, GRAPHQL])


async def post(
    http: httpx.AsyncClient, body: object, accept: str = JSON, **headers: str
) -> httpx.Response:
    """Send `body`: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await http.post(
        "/graphql",
        content=content,
        headers={"content-type": JSON, "accept": accept}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def assert_refused(answer: httpx.Response, status: int, code: str = "BAD_INPUT") -> None:
    """Check that the response has only errors, with this status and code and the usual headers."""
    assert answer.status_code == status
    [error, *_] = answer.json()["errors"]
    assert answer.json().keys() == {"errors"}
    assert error["message"]
    assert error["extensions"]["code"] == code
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert len(answer.headers["x-request-id"]) == 32


# --- media types --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        ("*/*", JSON),
        ("application/*", JSON),
        ("", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; q=0.9", GRAPHQL),
        (f"{JSON.upper()}, text/plain", JSON),
        (f"text/html, */*; q=0.1, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, application/graphql+json, {JSON}, {EVENTS}, multipart/mixed", GRAPHQL),
        (f"{EVENTS}, {JSON}", JSON),
        (f"{JSON}, {EVENTS}; q=0.1", JSON),
        (f"{EVENTS}; q=0, */*", JSON),
        (f"{GRAPHQL}; q=0, {JSON}", JSON),
        (f"{GRAPHQL}; q=0.5, {JSON}; q=0.8", JSON),
        (f"{JSON}; q=0, application/*", GRAPHQL),
    ],
)
async def test_the_answer_has_the_media_type_that_was_accepted(
    http: httpx.AsyncClient, accept: str, content_type: str
) -> None:
    answer = await post(http, TYPENAME, accept)
    assert answer.headers["content-type"] == f"{content_type}; charset=utf-8"
    assert answer.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("accept", [EVENTS, f"{JSON}; q=0.5, {EVENTS}", f"{JSON}; q=0, {EVENTS}"])
async def test_events_are_sent_where_they_are_preferred(
    http: httpx.AsyncClient, accept: str
) -> None:
    answer = await post(http, TYPENAME, accept)
    assert answer.headers["content-type"] == EVENTS
    event = 'event: next\ndata: {"data":{"__typename":"Query"}}\n\n'
    assert answer.text == event + "event: complete\ndata: \n\n"


async def test_a_subscription_gets_events_wherever_they_are_accepted(business: Business) -> None:
    headers = business.headers | {"accept": f"{GRAPHQL}, {JSON}, {EVENTS}; q=0.1"}
    async with business.http.stream(
        "POST", "/graphql", json={"query": FOLLOW}, headers=headers
    ) as response:
        assert response.headers["content-type"].startswith(EVENTS)
        assert (await anext(response.aiter_lines())).startswith("id: ")


@pytest.mark.parametrize("authorization", ["", "Bearer inv_key_unknown"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stream_is_refused_before_it_begins(
    http: httpx.AsyncClient, method: str, authorization: str
) -> None:
    """Browsers reconnect for ever to streams that begin."""
    request: Any = {"params": {"query": FOLLOW}} if method == "GET" else {"json": {"query": FOLLOW}}
    headers = {"accept": EVENTS, "authorization": authorization}
    answer = await http.request(method, "/graphql", headers=headers, **request)
    assert_refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ('after: "nonsense"', 400, "BAD_INPUT"),
        ("unknown: 1", 400, "BAD_INPUT"),
        (f'invoiceId: "{UUID(int=1)}"', 404, "NOT_FOUND"),
    ],
)
async def test_a_stream_is_refused_for_good_to_a_browser(
    business: Business, arguments: str, status: int, code: str
) -> None:
    """Clients that send a POST show their users the errors of events."""
    query = f"subscription {{ viewedInvoice({arguments}) {{ cursor }} }}"
    headers = business.headers | {"accept": EVENTS}
    answer = await business.http.get("/graphql", params={"query": query}, headers=headers)
    assert_refused(answer, status, code)
    answer = await business.http.post("/graphql", json={"query": query}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, EVENTS)
    event, data, *_ = answer.text.splitlines()
    assert event == "event: next"
    assert json.loads(data.removeprefix("data: "))["errors"][0]["extensions"]["code"] == code


async def test_without_accept_the_answer_is_json(http: httpx.AsyncClient) -> None:
    request = http.build_request("POST", "/graphql", json=TYPENAME)
    del request.headers["accept"]
    answer = await http.send(request)
    assert answer.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert answer.status_code == 200


async def test_more_media_ranges_than_clients_send_are_ignored(http: httpx.AsyncClient) -> None:
    assert (await post(http, TYPENAME, "a/b," * 63 + JSON)).status_code == 200
    assert (await post(http, TYPENAME, "a/b," * 64 + JSON)).status_code == 406


async def test_an_unsupported_media_type_is_not_acceptable(http: httpx.AsyncClient) -> None:
    assert_refused(await post(http, TYPENAME, "image/png"), 406)


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        f"{JSON}; charset=utf-8",
        f'{JSON};charset="UTF-8"',
        f"{JSON}; charset=utf-8; profile=x",
        JSON.upper(),
        f"{JSON};",
    ],
)
async def test_requests_are_json_in_utf_8(http: httpx.AsyncClient, content_type: str) -> None:
    body = '{"query": "{ __typename } # żółć"}'.encode()
    assert (await post(http, body, content_type=content_type)).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        f"text/plain; {JSON}",
        f"{JSON}; charset=utf-16",
        f"{JSON}; charset=iso-8859-1",
    ],
)
async def test_requests_of_another_type_are_refused(
    http: httpx.AsyncClient, content_type: str
) -> None:
    assert_refused(await post(http, TYPENAME, content_type=content_type), 415)


async def test_requests_without_a_type_are_refused(http: httpx.AsyncClient) -> None:
    assert_refused(await http.post("/graphql", content=json.dumps(TYPENAME)), 415)


async def test_compressed_requests_are_refused(http: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = await http.post("/graphql", content=json.dumps(TYPENAME), headers=headers)
    assert_refused(answer, 415)


# --- methods ------------------------------------------------------------------------------------


async def test_a_query_can_be_sent_by_get(http: httpx.AsyncClient) -> None:
    query = (
        "query Type($yes: Boolean!) { __typename @include(if: $yes) } query Other { me { name }}"
    )
    parameters = {"query": query, "operationName": "Type", "variables": '{"yes": true}'}
    answer = await http.get("/graphql", params=parameters | {"extensions": "{}"})
    assert answer.status_code == 200
    assert answer.json()["data"] == {"__typename": "Query"}


@both_types
async def test_a_mutation_by_get_is_refused_and_changes_nothing(
    business: Business, accept: str
) -> None:
    answer = await business.http.get(
        "/graphql",
        params={"query": "mutation { signOut }"},
        headers=business.headers | {"accept": accept},
    )
    assert_refused(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert (await business.gql("{ me { name } }"))["me"]["name"] == "bootstrap"


@both_types
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription_needs_a_stream(business: Business, method: str, accept: str) -> None:
    request = {"query": FOLLOW}
    answer = await business.http.request(
        method,
        "/graphql",
        headers=business.headers | {"accept": accept},
        **({"params": request} if method == "GET" else {"json": request}),  # type: ignore[arg-type]
    )
    assert_refused(answer, 406)
    assert "text/event-stream" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_not_allowed(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/graphql", json=TYPENAME)
    assert_refused(answer, 405)
    assert answer.headers["allow"] == "GET, POST"


async def test_head_is_refused_without_a_body(http: httpx.AsyncClient) -> None:
    answer = await http.head("/graphql", params=TYPENAME)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.content == b""


async def test_a_browser_gets_graphiql_in_development(http: httpx.AsyncClient) -> None:
    page = await http.get("/graphql", headers={"accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "<title>GraphiQL · Invotify</title>" in page.text
    assert "//" not in page.text
    addresses = re.findall(r'(?:src|href)="(/[^"]*)"', page.text)
    files = [await http.get(address) for address in addresses]
    assert [file.status_code for file in files] == [200] * 6
    assert (await http.get("/graphiql/page.html")).status_code == 404


@pytest.mark.parametrize(
    ("method", "request_", "message"),
    [
        ("POST", {"query": "{"}, "Syntax Error: Expected Name, found <EOF>."),
        ("POST", {"query": "{ nothing }"}, "Cannot query field 'nothing' on type 'Query'."),
        (
            "POST",
            {"query": "query A { __typename }", "operationName": "B"},
            'Unknown operation named "B".',
        ),
        ("GET", {"query": "mutation { signOut }"}, "mutations are not allowed"),
    ],
)
async def test_an_invalid_request_for_a_stream_gets_one_error(
    business: Business, method: str, request_: dict[str, Any], message: str
) -> None:
    answer = await business.http.request(
        method,
        "/graphql",
        headers=business.headers | {"accept": "text/event-stream"},
        **({"params": request_} if method == "GET" else {"json": request_}),  # type: ignore[arg-type]
    )
    [result] = [line for line in answer.text.splitlines() if "errors" in line]
    [error] = json.loads(result.removeprefix("data: "))["errors"]
    assert (error["message"], error["extensions"]) == (message, {"code": "BAD_INPUT"})
    assert (await business.gql("{ me { name } }"))["me"] == {"name": "bootstrap"}


# --- parameters ---------------------------------------------------------------------------------


@both_types
@pytest.mark.parametrize(
    "wrong",
    [
        {"query": None},
        {"query": ""},
        {"query": "  \n"},
        {"query": 1},
        {"query": {"a": 1}},
        {"query": ["{ __typename }"]},
        {"operationName": 0},
        {"operationName": {}},
        {"operationName": False},
        {"variables": "{}"},
        {"variables": []},
        {"variables": 7},
        {"extensions": "{}"},
        {"extensions": [1]},
        {"extensions": True},
    ],
    ids=str,
)
async def test_parameters_of_the_wrong_kind_are_refused(
    http: httpx.AsyncClient, accept: str, wrong: dict[str, Any]
) -> None:
    answer = await post(http, TYPENAME | wrong, accept)
    assert_refused(answer, 400)
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"


@both_types
@pytest.mark.parametrize(
    "parameters",
    [
        {"query": ""},
        {"variables": "{}"},
        {"query": "{ __typename }", "variables": "{"},
        {"query": "{ __typename }", "variables": "[]"},
        {"query": "{ __typename }", "variables": "7"},
        {"query": "{ __typename }", "extensions": "nope"},
    ],
    ids=str,
)
async def test_parameters_of_a_get_are_checked_the_same_way(
    http: httpx.AsyncClient, accept: str, parameters: dict[str, str]
) -> None:
    answer = await http.get("/graphql", params=parameters, headers={"accept": accept})
    assert_refused(answer, 400)


async def test_a_parameter_that_is_not_json_is_named(http: httpx.AsyncClient) -> None:
    answer = await http.get("/graphql", params={"query": "{ __typename }", "variables": "{"})
    [error] = answer.json()["errors"]
    assert error["message"] == "`variables` isn't valid JSON in UTF-8."


@pytest.mark.parametrize("name", ["operationName", "variables", "extensions"])
async def test_parameters_may_be_null_or_missing(http: httpx.AsyncClient, name: str) -> None:
    answer = await post(http, TYPENAME | {name: None})
    assert answer.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("extensions", [{}, {"any": {"thing": [1]}}])
async def test_unknown_extensions_are_ignored(http: httpx.AsyncClient, extensions: object) -> None:
    answer = await post(http, TYPENAME | {"extensions": extensions})
    assert answer.json()["data"] == {"__typename": "Query"}


# --- refusals before anything is executed -------------------------------------------------------


REQUEST_ERRORS = [
    pytest.param({"query": "{"}, id="syntax error"),
    pytest.param({"query": "# nothing"}, id="empty document"),
    pytest.param({"query": '{ invoice(token: "\\uD800") { number } }'}, id="lone surrogate"),
    pytest.param({"query": "{ nothing }"}, id="unknown field"),
    pytest.param({"query": "{ ...Missing }"}, id="unknown fragment"),
    pytest.param({"query": "{ ...F } fragment F on Query { ...F }"}, id="recursive fragment"),
    pytest.param({"query": "query($n: Nothing) { __typename }"}, id="unknown type"),
    pytest.param(
        {"query": "query($t: String!) { invoice(token: $t) { number } }"}, id="missing variable"
    ),
    pytest.param(
        {
            "query": "query($t: String!) { invoice(token: $t) { number } }",
            "variables": {"t": 1},
        },
        id="variable of another type",
    ),
]


@pytest.mark.parametrize("request_", REQUEST_ERRORS)
async def test_a_request_error_is_400_in_the_new_media_type(
    http: httpx.AsyncClient, request_: dict[str, Any]
) -> None:
    assert_refused(await post(http, request_, GRAPHQL), 400)


@pytest.mark.parametrize("request_", REQUEST_ERRORS)
async def test_a_request_error_is_200_in_the_old_media_type(
    http: httpx.AsyncClient, request_: dict[str, Any]
) -> None:
    assert_refused(await post(http, request_, JSON), 200)


@both_types
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("query A { __typename }", "B"),
        ("query A { __typename }", ""),
        ("query A { __typename } query B { __typename }", None),
        ("fragment F on Query { __typename }", None),
        ("type A { a: Int }", None),
    ],
)
async def test_an_ambiguous_operation_is_refused(
    http: httpx.AsyncClient, query: str, name: str | None, accept: str
) -> None:
    assert_refused(await post(http, {"query": query, "operationName": name}, accept), 400)


@both_types
async def test_an_error_in_a_field_keeps_the_other_data(
    http: httpx.AsyncClient, accept: str
) -> None:
    query = '{ __typename invoice(token: "none") { number } }'
    answer = await post(http, {"query": query}, accept)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"__typename": "Query", "invoice": None}
    assert answer.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


# --- bodies -------------------------------------------------------------------------------------


@both_types
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"query": "{ __typename }"',
        b'{"query": "{ __typename }"} x',
        b'{"query": "\xff\xfe"}',
        b'{"query": "{ __typename } # \\ud800"}',
        b'{"query": "{ __typename } # \xed\xa0\x80"}',
        b'{"query": "{ __typename }", "variables": {"n": NaN}}',
        b'{"query": "{ __typename }", "variables": {"n": -Infinity}}',
        b'{"query": "{ __typename }", "variables": {"n": 1e999}}',
        b"[" * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        b'"{ __typename }"',
        b"null",
        b"true",
        b"7",
        b"[]",
        b"[" + b"{}," * 100 + b"{}]",
        b"{}",
        b'{"Query": "{ __typename }"}',
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_a_malformed_body_is_refused(
    http: httpx.AsyncClient, body: bytes, accept: str
) -> None:
    code = "BATCHING_NOT_SUPPORTED" if body.endswith((b"[]", b"{}]")) else "BAD_INPUT"
    assert_refused(await post(http, body, accept), 400, code)


@both_types
async def test_each_operation_of_a_batch_gets_the_error(
    http: httpx.AsyncClient, accept: str
) -> None:
    answer = await post(http, [TYPENAME, [{}], 7], accept)
    assert (answer.status_code, len(answer.json())) == (400, 3)
    for result in answer.json():
        assert result["errors"][0]["extensions"] == {"code": "BATCHING_NOT_SUPPORTED"}


async def test_the_response_has_the_cost_of_the_query(http: httpx.AsyncClient) -> None:
    answer = (await post(http, {"query": "{ __typename me { name } }"})).json()
    assert answer["extensions"] == {"cost": {"requested": 31, "limit": 80_000}}
    page = "views(first: 100) { edges { node { id ip } } }"
    large = f"{{ company {{ invoices(first: 100) {{ edges {{ node {{ {page} }} }} }} }} }}"
    answer = (await post(http, {"query": large})).json()
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert answer["extensions"]["cost"]["requested"] > 80_000


async def test_a_rate_limit_has_a_retry_after(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise RateLimited(retry_after=17)

    monkeypatch.setattr(TokenLookup, "find_invoice", refuse)
    answer = await post(http, {"query": '{ invoice(token: "x") { number } }'})
    assert (answer.status_code, answer.headers["retry-after"]) == (200, "17")
    assert answer.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 17}


async def test_the_last_of_duplicate_keys_counts(http: httpx.AsyncClient) -> None:
    answer = await post(http, b'{"query": "{ nothing }", "query": "{ __typename }"}')
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_a_body_of_256_kib_is_accepted(http: httpx.AsyncClient) -> None:
    body = json.dumps(TYPENAME).encode()
    full = body + b" " * (256 * 1024 - len(body))
    assert (await post(http, full)).status_code == 200
    assert_refused(await post(http, full + b" "), 413)


async def test_a_chunked_body_is_limited_too(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(257):
            yield b" " * 1024

    answer = await http.post("/graphql", content=chunks(), headers={"content-type": JSON})
    assert_refused(answer, 413)


async def test_a_disconnect_during_the_body_is_not_an_error(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert http.base_url.port
    _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b'content-length: 100\r\n\r\n{"query'
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async def is_answered() -> bool:
        return "'status': 400" in caplog.text

    await eventually(is_answered)
    assert "Traceback" not in caplog.text


# --- origins ------------------------------------------------------------------------------------


async def test_an_allowed_origin_may_call(http: httpx.AsyncClient) -> None:
    answer = await post(http, TYPENAME, origin=FRONT)
    assert answer.headers["access-control-allow-origin"] == FRONT
    assert answer.headers["access-control-expose-headers"] == (
        "content-disposition, etag, ratelimit, ratelimit-policy, retry-after, traceresponse,"
        " x-request-id"
    )
    assert "access-control-allow-credentials" not in answer.headers


async def test_other_origins_cannot_read_the_response(http: httpx.AsyncClient) -> None:
    answer = await post(http, TYPENAME, origin=FOREIGN)
    assert "access-control-allow-origin" not in answer.headers
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize(("origin", "status"), [(FRONT, 200), (FOREIGN, 400)])
async def test_preflight_allows_json_from_allowed_origins_only(
    http: httpx.AsyncClient, origin: str, status: int
) -> None:
    answer = await http.options(
        "/graphql",
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "apollographql-client-name, authorization,"
            " baggage, content-type, last-event-id, sentry-trace, traceparent, x-request-id",
        },
    )
    assert answer.status_code == status
    assert (answer.headers.get("access-control-allow-origin") == origin) is (origin == FRONT)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("origin", [FOREIGN, "null", f"{FRONT}.evil.example"])
async def test_a_websocket_from_a_foreign_origin_is_refused(portal_url: str, origin: str) -> None:
    url = portal_url.replace("http", "ws", 1) + "/graphql"
    with pytest.raises(InvalidStatus) as refusal:
        await connect(url, subprotocols=["graphql-transport-ws"], origin=origin)  # type: ignore[list-item, arg-type]
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": ""}, "BAD_INPUT"),
        ({"query": FOLLOW, "operationName": "B"}, "BAD_INPUT"),
        ({"query": "{ me { name } }"}, "BAD_INPUT"),
        ({"query": "mutation { signOut }"}, "BAD_INPUT"),
        ({"query": "subscription { viewedInvoice(first: 1) { cursor } }"}, "BAD_INPUT"),
        ({"query": "subscription {" + "a {" * 20 + "b" + "}" * 21}, "QUERY_TOO_COMPLEX"),
        ({"query": 'subscription { viewedInvoice(invoiceId: "x") { cursor } }'}, "NOT_FOUND"),
        ({"query": 'subscription { viewedInvoice(after: "x") { cursor } }'}, "BAD_INPUT"),
    ],
)  # fmt: skip
async def test_a_websocket_refuses_with_a_code(
    portal_url: str, business: Business, payload: dict[str, Any], code: str
) -> None:
    url = portal_url.replace("http", "ws", 1) + "/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"]) as websocket:  # type: ignore[list-item]
        hello = {"authorization": f"Bearer {business.secret}"}
        await websocket.send(json.dumps({"type": "connection_init", "payload": hello}))
        assert json.loads(await websocket.recv()) == {"type": "connection_ack"}
        await websocket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        answer = json.loads(await websocket.recv())
    errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
    assert [error["extensions"]["code"] for error in errors] == [code]
    assert (await business.gql("{ me { name } }"))["me"] == {"name": "bootstrap"}


async def test_a_websocket_limits_its_subscriptions(portal_url: str, business: Business) -> None:
    url = portal_url.replace("http", "ws", 1) + "/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"]) as websocket:  # type: ignore[list-item]
        hello = {"authorization": f"Bearer {business.secret}"}
        await websocket.send(json.dumps({"type": "connection_init", "payload": hello}))
        assert json.loads(await websocket.recv()) == {"type": "connection_ack"}
        for n in range(MAX_SUBSCRIPTIONS + 1):
            message = {"id": str(n), "type": "subscribe", "payload": {"query": FOLLOW}}
            await websocket.send(json.dumps(message))
        answer = json.loads(await websocket.recv())
    assert (answer["id"], answer["type"]) == (str(MAX_SUBSCRIPTIONS), "error")
    [error] = answer["payload"]
    assert error["message"] == "A websocket has at most 20 subscriptions."
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}


async def test_a_websocket_from_an_allowed_origin_is_accepted(portal_url: str) -> None:
    url = portal_url.replace("http", "ws", 1) + "/graphql"
    async with connect(
        url,
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        origin=FRONT,  # type: ignore[arg-type]
    ) as websocket:
        assert websocket.subprotocol == "graphql-transport-ws"
