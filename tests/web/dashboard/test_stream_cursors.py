"""Following by cookie, as a browser's EventSource does it from a page of the dashboard."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from api.sse import EventSourceEvents
from models import Credential
from services.common.pagination import encode_cursor
from tests.support.clients import Business
from tests.support.staff import EVENTS, INVOICES, Browser
from tests.support.subscribers import BEGINNING, VIEWED

_WITHOUT_CURSOR: Final = (
    "subscription($after: String) { viewedInvoice(after: $after) { view { id } } }"
)


class Stream:
    """A stream of events: lines, put together to what each event has."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event; TimeoutError if none comes."""
        event: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self._lines:
                if not line and event:
                    return event
                name, _, value = line.partition(":")
                if name:
                    event[name] = value.strip()
        return event

    async def payload(self) -> Any:
        """Return what the next event is about."""
        event = await self.next()
        assert event["event"] == "next"
        return json.loads(event["data"])


@asynccontextmanager
async def _following(
    staff_client: Browser,
    query: str = VIEWED,
    variables: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[Stream]:
    """Yield what an EventSource of `staff_client` gets."""
    params = {"query": query, "variables": json.dumps(variables or {"after": BEGINNING})}
    async with staff_client.http.stream(
        "GET", "/graphql", params=params, headers=EVENTS | dict(headers or {})
    ) as response:
        yield Stream(response)


async def _open(business: Business, times: int = 1) -> str:
    """Have an invoice opened; returns the token of its link."""
    token = await business.share(await business.make_invoice())
    for _ in range(times):
        await business.stranger.record_view(token)
    return token


async def _refusal(staff_client: Browser, **how: Any) -> str:
    async with _following(staff_client, **how) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        code: str = (await stream.payload())["errors"][0]["extensions"]["code"]
        assert (await stream.next())["event"] == "complete"
    return code


async def test_each_event_s_id_is_its_cursor(staff_client: Browser, business: Business) -> None:
    token = await _open(business)
    async with _following(staff_client) as stream:
        first = await stream.next()
        event = json.loads(first["data"])["data"]["viewedInvoice"]
        assert (first["event"], first["id"]) == ("next", event["cursor"])
        assert event["view"]["id"] == "1"
        await business.stranger.record_view(token)
        assert (await stream.next())["id"] == encode_cursor(2)


async def test_it_goes_on_behind_the_last_event_that_was_seen(
    staff_client: Browser, business: Business
) -> None:
    await _open(business, times=4)
    async with _following(staff_client) as stream:
        seen = [await stream.next() for _ in range(2)]
    # What an EventSource asks again has the variables that it began with.
    async with _following(staff_client, headers={"last-event-id": seen[-1]["id"]}) as stream:
        ids = [(await stream.payload())["data"]["viewedInvoice"]["view"]["id"] for _ in range(2)]
    assert ids == ["3", "4"]


async def test_an_event_without_a_cursor_has_no_id(
    staff_client: Browser, business: Business
) -> None:
    await _open(business)
    async with _following(staff_client, _WITHOUT_CURSOR) as stream:
        assert set(await stream.next()) == {"event", "data"}


async def test_a_last_event_id_that_is_none_is_refused(
    staff_client: Browser, rival: Business
) -> None:
    await _open(rival, times=2)
    for last in ("nonsense", encode_cursor(2)):
        assert await _refusal(staff_client, headers={"last-event-id": last}) == "BAD_INPUT"


async def test_nothing_of_another_company_arrives(
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
async def test_a_cookie_neither_asks_nor_changes_anything(
    staff_client: Browser, query: str
) -> None:
    assert await _refusal(staff_client, query=query) == "BAD_INPUT"
    for headers in ({}, {"accept": "application/json"}):
        answer = await staff_client.http.get("/graphql", params={"query": query}, headers=headers)
        assert answer.json().get("data") is None
        answer = await staff_client.http.post("/graphql", json={"query": query}, headers=headers)
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await staff_client.get(INVOICES)).status_code == 200


async def test_a_cookie_follows_by_get_only(staff_client: Browser) -> None:
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    answer = await staff_client.http.post("/graphql", json=body, headers=EVENTS)
    assert "UNAUTHENTICATED" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_page_of_another_origin_follows_nothing(
    staff_client: Browser, business: Business, headers: dict[str, str]
) -> None:
    await _open(business)
    assert await _refusal(staff_client, headers=headers) == "UNAUTHENTICATED"


async def test_another_origin_follows_nothing_in_an_old_browser_either(
    staff_client: Browser, business: Business
) -> None:
    await _open(business)
    params = {"query": VIEWED, "variables": json.dumps({"after": BEGINNING})}
    headers = {"accept": EVENTS["accept"], "origin": "https://front.example"}
    answer = await staff_client.http.get("/graphql", params=params, headers=headers)
    assert "UNAUTHENTICATED" in answer.text
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_stranger_follows_nothing(stranger: Browser) -> None:
    assert await _refusal(stranger) == "UNAUTHENTICATED"


async def test_a_revoked_session_s_stream_ends(staff_client: Browser, business: Business) -> None:
    await _open(business)
    async with _following(staff_client) as stream:
        await stream.payload()
        await staff_client.post("/dashboard/sign-out", page=INVOICES)
        errors = (await stream.payload())["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await stream.next())["event"] == "complete"
    assert await Credential.filter(company_id=business.company_id, kind="SESSION").count() == 1


def test_a_script_hears_that_the_connection_lives() -> None:
    beat = EventSourceEvents().heartbeat_message(json.dumps)
    assert beat == "event: ping\r\ndata: \r\n\r\n"
    assert EventSourceEvents().heartbeat_interval <= 15


async def test_pages_say_behind_what_they_go_on_to_listen(
    staff_client: Browser, business: Business
) -> None:
    await _open(business, times=3)
    page = (await staff_client.get(INVOICES)).text
    assert f'data-opens="{encode_cursor(3)}" data-updates="{encode_cursor(1)}"' in page
