"""The middleware around every request: log, metrics and headers."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.logging import configure_logging
from core.telemetry.metrics import REGISTRY
from services.public import documents
from tests.support.clients import Business, eventually
from tests.support.subscribers import websocket
from web.http.middleware import HEADERS, RequestContextMiddleware


class Log:
    """The log, as JSON lines."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def events(self) -> list[dict[str, Any]]:
        """All log lines."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    @property
    def of_requests(self) -> list[dict[str, Any]]:
        """The lines of requests, without those of the portal's background tasks."""
        return [event for event in self.events if "request_id" in event]


@pytest.fixture
def log() -> Iterator[Log]:
    """Capture everything that this process logs, as in production."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging(as_json=True)
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield Log(stream)
    root.handlers = handlers
    root.level = level


_SCOPE: Final = {"type": "http", "method": "GET", "path": "/invoice/x", "headers": []}


async def _pass(app: ASGIApp) -> list[Message]:
    """Send a request through the middleware around `app`, and return the response."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await RequestContextMiddleware(app)(dict(_SCOPE), receive, send)
    return sent


async def _answer(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


async def test_page_error_is_logged_once_with_the_request_id(
    business: Business, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    token = await business.share(await business.make_invoice())
    monkeypatch.setattr(documents, "lines_of", fail)
    page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert page.status_code == 500
    assert "Something went wrong on our side." in page.text
    assert "the disk is full" not in page.text
    request_id = page.headers["x-request-id"]

    async def is_logged() -> bool:
        return any(e["event"] == "request" and e["status"] == 500 for e in log.events)

    await eventually(is_logged)
    [fault] = [event for event in log.events if "the disk is full" in str(event)]
    assert (fault["event"], fault["request_id"]) == ("fault", request_id)
    assert not [event for event in log.events if event["logger"].startswith("uvicorn")]


async def test_a_websocket_has_one_line(business: Business, portal_url: str, log: Log) -> None:
    async with websocket(portal_url, business.secret or ""):
        pass
    [line] = log.of_requests
    assert (line["method"], line["path"], line["status"]) == ("GET", "/graphql", 101)


async def test_500_has_every_header(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await business.share(await business.make_invoice())
    monkeypatch.setattr(documents, "lines_of", None)
    page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert page.status_code == 500
    assert {name: page.headers[name] for name in HEADERS} == HEADERS


async def test_a_response_keeps_its_own_headers_and_gets_the_others_once() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"cache-control", b"public"), (b"vary", b"accept")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body"})

    [start, _] = await _pass(app)
    names = [name.decode() for name, _ in start["headers"]]
    assert sorted(names) == sorted({*HEADERS, "vary", "x-request-id"})
    assert {(b"cache-control", b"public"), (b"vary", b"accept, Origin")} < set(start["headers"])


async def test_pages_may_load_nothing_from_elsewhere(business: Business) -> None:
    pages = [
        await business.http.get(path, headers={"accept": "text/html"})
        for path in ("/graphql", "/dashboard/sign-in")
    ]
    graphiql, sign_in = (page.headers.get_list("content-security-policy") for page in pages)
    assert len(graphiql) == len(sign_in) == 1
    assert "script-src 'self';" in graphiql[0]
    assert not any("https" in policy for policy in (*graphiql, *sign_in))


async def test_error_after_the_response_does_not_reach_the_client(log: Log) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await _answer(send)
        raise OSError

    assert len(await _pass(app)) == 2
    assert [event["event"] for event in log.of_requests] == ["fault", "request"]


async def test_error_without_a_response_is_answered_with_500(log: Log) -> None:
    async def app(_: Scope, __: Receive, ___: Send) -> None:
        message = "broke"
        raise RuntimeError(message)

    start, _ = await _pass(app)
    assert start["status"] == 500
    assert {name.encode() for name in HEADERS} < {name for name, _ in start["headers"]}
    assert [event["event"] for event in log.of_requests] == ["fault", "request"]
    assert log.of_requests[1]["status"] == 500


async def test_measured_time_ends_with_the_response(log: Log) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await _answer(send)
        await asyncio.sleep(0.5)

    def seconds() -> float:
        labels = {"route": "invoice"}
        return REGISTRY.get_sample_value("invotify_request_seconds_sum", labels) or 0

    before = seconds()
    await _pass(app)
    [event] = log.of_requests
    assert event["ms"] < 500
    assert seconds() - before < 0.5


async def test_crawlers_are_not_disallowed(business: Business) -> None:
    robots = await business.http.get("/robots.txt")
    assert (robots.status_code, robots.text) == (200, "User-agent: *\nDisallow:\n")


async def test_portal_is_ready_if_its_servers_respond(business: Business) -> None:
    ready = await business.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "redis": "ok"})


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", True),
        ("a" * 129, False),
        ('a"b', False),
        ("inv_key_abc", False),
        ("", False),
    ],
)
async def test_request_id_of_the_client_is_taken_if_it_is_safe(
    business: Business, log: Log, sent: str, *, is_taken: bool
) -> None:
    answer = await business.http.get("/robots.txt", headers={"x-request-id": sent})
    used = answer.headers["x-request-id"]
    assert (used == sent) is is_taken
    await eventually(lambda: _is_logged(log, used))


async def test_trace_of_the_client_is_in_the_log_and_the_response(
    business: Business, log: Log
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for parent, expected in (
        (f"00-{trace}-00f067aa0ba902b7-01", trace),
        (f"00-{trace}-x-01", None),
    ):
        answer = await business.http.get("/robots.txt", headers={"traceparent": parent})
        request_id = answer.headers["x-request-id"]
        assert answer.headers.get("traceresponse", "---").split("-")[1] == (expected or "")
        await eventually(lambda id_=request_id: _is_logged(log, id_))
        [line] = [event for event in log.of_requests if event["request_id"] == request_id]
        assert line.get("trace_id") == expected


async def _line_of(log: Log, answer: httpx.Response) -> dict[str, Any]:
    """Return the line of a request."""
    request_id = answer.headers["x-request-id"]
    await eventually(lambda: _is_logged(log, request_id))
    [line] = [event for event in log.of_requests if event["request_id"] == request_id]
    return line


async def test_the_log_says_which_operation_which_company_and_from_where(
    business: Business, log: Log
) -> None:
    company = f"{str(business.company_id)[:8]}…"
    answer = await business.post("query Who { company { name } }")
    line = await _line_of(log, answer)
    network = f"{business.ip.rpartition('.')[0]}.0/24"
    assert (line["operation"], line["company_id"], line["network"]) == ("Who", company, network)
    assert business.ip not in json.dumps(line)
    token = await business.share(await business.make_invoice())
    headers = {"x-forwarded-for": "2001:db8:1:2::3"}
    line = await _line_of(log, await business.http.get(f"/invoice/{token}", headers=headers))
    assert "operation" not in line
    assert (line["company_id"], line["network"]) == (company, "2001:db8:1::/48")
    line = await _line_of(log, await business.http.get("/robots.txt"))
    assert "company_id" not in line


async def test_the_name_of_an_operation_neither_fills_the_log_nor_shows_a_secret(
    business: Business, log: Log
) -> None:
    line = await _line_of(log, await business.post(f"query {'A' * 5000} {{ company {{ name }} }}"))
    assert line["operation"] == "A" * 100
    secret = "inv_key_" + "Zx9yWv8uTs7rQp6o"
    line = await _line_of(log, await business.post(f"query {secret} {{ company {{ name }} }}"))
    assert line["operation"] == "inv_key_Zx9y…"


async def _is_logged(log: Log, request_id: str) -> bool:
    return any(event["request_id"] == request_id for event in log.of_requests)
