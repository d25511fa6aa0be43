"""Streams with the session cookie, as an EventSource on a page of the dashboard gets them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from api.sse import EventSourceEvents
from models import Credential
from services.common.pagination import encode_cursor
from tests.support.clients import Business
from tests.support.staff import EVENTS, INVOICES, Browser
from tests.support.subscribers import BEGINNING, VIEWED


class Stream:
    """The events of a stream, parsed from its lines."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def start(self) -> str:
        """Return the id that the stream begins with."""
        return (await self._next())["id"]

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event. Raises TimeoutError if there is none."""
        while "data" not in (event := await self._next()):
            pass
        return event

    async def _next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        async with asyncio.timeout(30):
            async for line in self._lines:
                if not line and event:
                    return event
                name, _, value = line.partition(":")
                if name:
                    event[name] = value.strip()
        return event

    async def payload(self) -> Any:
        """Return the payload of the next event."""
        event = await self.next()
        assert event["event"] == "next"
        return json.loads(event["data"])


@asynccontextmanager
async def _following(
    staff_client: Browser,
    query: str = VIEWED,
    variables: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    **more: str,
) -> AsyncIterator[Stream]:
    """Yield the events that an EventSource of `staff_client` gets."""
    params = {"query": query, "variables": json.dumps(variables or {"after": BEGINNING}), **more}
    async with staff_client.http.stream(
        "GET", "/graphql", params=params, headers=EVENTS | dict(headers or {})
    ) as response:
        yield Stream(response)


async def _open(business: Business, times: int = 1) -> str:
    """Record a view of an invoice, and return the token of its link."""
    token = await business.share(await business.make_invoice())
    for _ in range(times):
        await business.stranger.record_view(token)
    return token


async def _refusal(staff_client: Browser, **how: Any) -> str:
    async with _following(staff_client, **how) as stream:
        code: str = json.loads(await stream.response.aread())["errors"][0]["extensions"]["code"]
    assert stream.response.status_code == {"BAD_INPUT": 400, "UNAUTHENTICATED": 401}[code]
    return code


async def test_event_id_is_its_cursor(staff_client: Browser, business: Business) -> None:
    token = await _open(business)
    async with _following(staff_client) as stream:
        first = await stream.next()
        event = json.loads(first["data"])["data"]["viewedInvoice"]
        assert (first["event"], first["id"]) == ("next", event["cursor"])
        assert event["view"]["id"] == "1"
        await business.stranger.record_view(token)
        assert (await stream.next())["id"] == encode_cursor(2)


async def test_stream_tells_where_it_begins_before_the_first_event(
    staff_client: Browser, business: Business
) -> None:
    token = await _open(business, times=2)
    async with _following(staff_client, variables={"includeAutomated": False}) as stream:
        start = await stream.start()
        assert start == encode_cursor(2)
    await business.stranger.record_view(token)
    async with _following(staff_client, headers={"last-event-id": start}) as stream:
        assert (await stream.next())["id"] == encode_cursor(3)


async def test_stream_resumes_after_the_last_event_id(
    staff_client: Browser, business: Business
) -> None:
    await _open(business, times=4)
    async with _following(staff_client) as stream:
        seen = [await stream.next() for _ in range(2)]
    # An EventSource reconnects with its original variables.
    async with _following(staff_client, headers={"last-event-id": seen[-1]["id"]}) as stream:
        ids = [(await stream.payload())["data"]["viewedInvoice"]["view"]["id"] for _ in range(2)]
    assert ids == ["3", "4"]


@pytest.mark.parametrize(
    "query",
    [
        "subscription($after: String) { viewedInvoice(after: $after) { view { id } } }",
        "subscription($after: String) { x: viewedInvoice(after: $after) { cursor: __typename } }",
    ],
)
async def test_event_has_its_id_whatever_is_selected(
    staff_client: Browser, business: Business, query: str
) -> None:
    token = await _open(business, times=2)
    async with _following(staff_client, query) as stream:
        assert [(await stream.next())["id"] for _ in range(2)] == [*map(encode_cursor, (1, 2))]
        await business.stranger.record_view(token)
        assert (await stream.next())["id"] == encode_cursor(3)


@pytest.mark.parametrize("arguments", ["", '(after: "")', f'(after: "{BEGINNING}")'])
async def test_the_last_event_id_resumes_whatever_the_operation_says(
    staff_client: Browser, business: Business, arguments: str
) -> None:
    await _open(business, times=3)
    query = f"subscription {{ viewedInvoice{arguments} {{ view {{ id }} }} }}"
    headers = {"last-event-id": encode_cursor(2)}
    async with _following(staff_client, query, {}, headers) as stream:
        assert (await stream.payload())["data"]["viewedInvoice"]["view"]["id"] == "3"


async def test_the_last_event_id_may_be_in_the_url(
    staff_client: Browser, business: Business
) -> None:
    await _open(business, times=3)
    async with _following(staff_client, lastEventId=encode_cursor(2)) as stream:
        assert (await stream.next())["id"] == encode_cursor(3)


@pytest.mark.parametrize("name", ["viewedInvoice", "invoiceUpdated"])
async def test_an_empty_cursor_begins_now(
    staff_client: Browser, business: Business, name: str
) -> None:
    await _open(business)
    query = f'subscription {{ {name}(after: "") {{ cursor }} }}'
    cursors = await business.gql(
        "{ company { viewedInvoice: viewsCursor invoiceUpdated: updatesCursor } }"
    )
    async with _following(staff_client, query, headers={"last-event-id": ""}) as stream:
        assert await stream.start() == cursors["company"][name]


async def test_invalid_last_event_id_is_refused(staff_client: Browser, rival: Business) -> None:
    await _open(rival, times=2)
    for last in ("nonsense", encode_cursor(2)):
        assert await _refusal(staff_client, headers={"last-event-id": last}) == "BAD_INPUT"


async def test_stream_has_no_events_of_another_company(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    await _open(rival)
    await _open(business)
    async with _following(staff_client) as stream:
        event = (await stream.payload())["data"]["viewedInvoice"]
        ids = await business.gql("{ company { invoices { edges { node { id } } } } }")
        [edge] = ids["company"]["invoices"]["edges"]
        assert event["invoice"]["id"] == edge["node"]["id"]


@pytest.mark.parametrize("query", ["{ me { name } }", "mutation { signOut }"])
async def test_cookie_is_no_credential_for_queries_and_mutations(
    staff_client: Browser, query: str
) -> None:
    assert await _refusal(staff_client, query=query) == "BAD_INPUT"
    for headers in ({}, {"accept": "application/json"}):
        response = await staff_client.http.get("/graphql", params={"query": query}, headers=headers)
        assert response.json().get("data") is None
        response = await staff_client.http.post("/graphql", json={"query": query}, headers=headers)
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await staff_client.get(INVOICES)).status_code == 200


async def test_cookie_is_a_credential_for_streams_by_get_only(staff_client: Browser) -> None:
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    response = await staff_client.http.post("/graphql", json=body, headers=EVENTS)
    assert "UNAUTHENTICATED" in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_page_of_another_origin_gets_no_stream(
    staff_client: Browser, business: Business, headers: dict[str, str]
) -> None:
    await _open(business)
    assert await _refusal(staff_client, headers=headers) == "UNAUTHENTICATED"


async def test_page_of_another_origin_gets_no_stream_in_an_old_browser(
    staff_client: Browser, business: Business
) -> None:
    await _open(business)
    params = {"query": VIEWED, "variables": json.dumps({"after": BEGINNING})}
    headers = {"accept": EVENTS["accept"], "origin": "https://front.example"}
    response = await staff_client.http.get("/graphql", params=params, headers=headers)
    assert "UNAUTHENTICATED" in response.text
    assert "access-control-allow-credentials" not in response.headers


async def test_anonymous_client_gets_no_stream(anonymous_client: Browser) -> None:
    assert await _refusal(anonymous_client) == "UNAUTHENTICATED"


async def test_stream_of_a_revoked_session_ends(staff_client: Browser, business: Business) -> None:
    await _open(business)
    async with _following(staff_client) as stream:
        await stream.payload()
        await staff_client.post("/dashboard/sign-out", page=INVOICES)
        errors = (await stream.payload())["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await stream.next())["event"] == "complete"
    assert await Credential.filter(company_id=business.company_id, kind="SESSION").count() == 1


def test_stream_sends_events_that_keep_the_connection_alive() -> None:
    beat = EventSourceEvents().heartbeat_message(json.dumps)
    assert beat == "event: ping\ndata: \n\n"
    assert EventSourceEvents().heartbeat_interval <= 15


async def test_pages_contain_the_cursors_of_their_streams(
    staff_client: Browser, business: Business
) -> None:
    await _open(business, times=3)
    page = (await staff_client.get(INVOICES)).text
    assert f'data-opens="{encode_cursor(3)}" data-updates="{encode_cursor(1)}"' in page
