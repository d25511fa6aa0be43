"""Live streams: events come in order, each once, and only to followers with permission."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from api.outlets import ConnectionOutlet
from core.websocket_codes import TRY_AGAIN_LATER
from db.transactions import transactional
from models import Credential, ViewSource
from services.common.pagination import encode_cursor
from services.sharing.new_views import NewView
from services.sharing.view_rows import write_views
from subscriptions.rooms import Encoded
from tests.support.clients import Business, eventually, new_ip
from tests.support.people import EVERYTHING, add_member, make_api_key, set_permissions
from tests.support.subscribers import (
    BEGINNING,
    UPDATED,
    VIEWED,
    events_of,
    following,
    nobody_follows,
    websocket,
)

_each_stream = pytest.mark.parametrize("query", [VIEWED, UPDATED], ids=["views", "invoice events"])


async def _cause_events(business: Business) -> None:
    """Issue and open an invoice, which causes one event on each stream."""
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)


async def test_view_reaches_its_company_only(
    business: Business, rival: Business, portal_url: str
) -> None:
    token = await business.share(await business.make_invoice())
    async with (
        following(portal_url, business.secret or "") as dashboard,
        following(portal_url, rival.secret or "") as foreign,
    ):
        await business.stranger.record_view(token)
        await dashboard.until(1)
        await rival.stranger.record_view(await rival.share(await rival.make_invoice()))
        await foreign.until(1)
        [event] = dashboard.events
        assert event["invoice"]["viewStats"] == {"viewCount": 1, "uniqueIps": 1, "isLive": True}
        assert dashboard.ids == [1]
        assert foreign.events[0]["invoice"]["id"] != event["invoice"]["id"]


@_each_stream
async def test_missed_events_come_before_new_ones(
    business: Business, portal_url: str, query: str
) -> None:
    for _ in range(3):
        await _cause_events(business)
    secret = business.secret or ""
    async with following(portal_url, secret, query, after=encode_cursor(1)) as dashboard:
        await dashboard.until(2)
        await _cause_events(business)
        await dashboard.until(3)
        assert dashboard.cursors == [2, 3, 4]


@_each_stream
async def test_stream_without_a_cursor_begins_now(
    business: Business, portal_url: str, query: str
) -> None:
    await _cause_events(business)
    async with websocket(portal_url, business.secret or "") as dashboard:
        await dashboard.subscribe("1", query)
        # Nothing signals that the stream has started, so cause events until one arrives.
        while not dashboard.events:
            await _cause_events(business)
            try:
                await dashboard.until(1, seconds=0.5)
            except TimeoutError:
                continue
        assert dashboard.cursors[0] > 1


async def test_each_event_loads_current_data(business: Business, portal_url: str) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    query = """subscription($after: String) {
        viewedInvoice(after: $after) {
            cursor view { id } invoice { payments { amount { amount } } }
        }
    }"""
    async with websocket(portal_url, business.secret or "") as dashboard:
        await dashboard.subscribe("1", query, after=BEGINNING)
        await business.stranger.record_view(token)
        await dashboard.until(1)
        await business.mutate(
            "recordPayment",
            "RecordPaymentInput",
            "{ invoice { id } }",
            invoiceId=invoice_id,
            amount="10.00",
            method="cash",
        )
        await business.stranger.record_view(token)
        await dashboard.until(2)
    paid = [event["invoice"]["payments"] for event in dashboard.events]
    assert paid == [[], [{"amount": {"amount": "10.00"}}]]


async def test_internal_error_ends_the_stream_and_the_event_can_be_read_again(
    business: Business, portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await business.share(await business.make_invoice())
    query = """subscription($after: String) {
        viewedInvoice(after: $after) { cursor view { id } invoice { lines { description } } }
    }"""

    def broken(*_: object) -> None:
        raise OSError

    async with websocket(portal_url, business.secret or "") as dashboard:
        await dashboard.subscribe("1", query, after=BEGINNING)
        await business.stranger.record_view(token)
        await dashboard.until(1)
        with monkeypatch.context() as patch:
            patch.setattr("schema.lines.LineItem.all_of", broken)
            await business.stranger.record_view(token)
            await dashboard.until_ended()
        await business.stranger.record_view(token)
        assert [error["extensions"]["code"] for error in dashboard.errors] == ["INTERNAL"]
        dashboard.ended = False
        await dashboard.subscribe("2", query, after=dashboard.cursor)
        await dashboard.until(3)
        assert dashboard.ids == [1, 2, 3]


async def test_websocket_closes_when_authentication_fails_internally(
    business: Business, portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise OSError

    monkeypatch.setattr("context.authenticate", fail)
    with pytest.raises(ConnectionClosed) as closed:
        async with websocket(portal_url, business.secret or ""):
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == TRY_AGAIN_LATER


@_each_stream
async def test_stream_of_one_invoice_has_its_events_only(
    business: Business, portal_url: str, query: str
) -> None:
    one, other = await business.make_draft(), await business.make_draft()
    async with following(portal_url, business.secret or "", query, invoiceId=one) as dashboard:
        for invoice_id in (other, one):
            await business.issue(invoice_id)
            await business.stranger.record_view(await business.share(invoice_id))
        await dashboard.until(1)
        assert [event["invoice"]["id"] for event in dashboard.events] == [one]
        assert dashboard.cursors == [2]


@pytest.mark.parametrize(("include", "expected"), [(False, [2]), (True, [1, 2])])
async def test_automated_views_come_only_if_requested(
    business: Business, portal_url: str, include: bool, expected: list[int]
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    bot = business.stranger
    bot.user_agent = "WhatsApp/2.23.20.0"
    await bot.record_view(token)
    await business.stranger.record_view(token)
    secret = business.secret or ""
    async with following(portal_url, secret, includeAutomated=include) as dashboard:
        await dashboard.until(len(expected))
        assert dashboard.ids == expected


@_each_stream
@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"invoiceId": "not-an-id"}, "NOT_FOUND"),
        ({"invoiceId": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
        ({"after": "nonsense"}, "BAD_INPUT"),
        ({"after": encode_cursor(10**6)}, "BAD_INPUT"),
        ({"after": encode_cursor(-1)}, "BAD_INPUT"),
        ({"after": encode_cursor(2**70)}, "BAD_INPUT"),
    ],
)
async def test_invalid_arguments_are_refused(
    business: Business, portal_url: str, query: str, variables: dict[str, str], code: str
) -> None:
    async with websocket(portal_url, business.secret or "") as dashboard:
        await dashboard.subscribe("1", query, **variables)
        await dashboard.until_ended()
        assert [error["extensions"]["code"] for error in dashboard.errors] == [code]


@_each_stream
async def test_invoice_of_another_company_cannot_be_followed(
    business: Business, rival: Business, portal_url: str, query: str
) -> None:
    foreign = await rival.make_invoice()
    async with websocket(portal_url, business.secret or "") as dashboard:
        await dashboard.subscribe("1", query, invoiceId=foreign, after=BEGINNING)
        await dashboard.until_ended()
        assert [error["extensions"]["code"] for error in dashboard.errors] == ["NOT_FOUND"]


@_each_stream
async def test_key_without_permission_cannot_follow(
    business: Business, portal_url: str, query: str
) -> None:
    key = await business.make_key("MANAGE_INVOICES")
    async with websocket(portal_url, key.secret or "") as dashboard:
        await dashboard.subscribe("1", query)
        await dashboard.until_ended()
        assert dashboard.errors[0]["extensions"]["code"] == "FORBIDDEN"


@_each_stream
@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "permissions"])
async def test_stream_ends_when_its_credential_loses_permission(
    business: Business, portal_url: str, query: str, change: str
) -> None:
    key = await business.make_key("VIEW_INVOICES")
    secret = key.secret or ""
    async with following(portal_url, secret, query) as dashboard:
        await _cause_events(business)
        await dashboard.until(1)
        lost: object = "" if change == "permissions" else datetime.now(UTC)
        await Credential.filter(name="tool", company_id=business.company_id).update(
            **{change: lost}
        )
        await dashboard.until_ended()
        expected = "FORBIDDEN" if change == "permissions" else "UNAUTHENTICATED"
        assert [error["extensions"]["code"] for error in dashboard.errors] == [expected]


@pytest.mark.parametrize("change", ["demoted", "removed"])
async def test_stream_of_a_key_ends_when_its_user_loses_permission(
    business: Business, portal_url: str, change: str
) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    _, key = await make_api_key(member)
    async with following(portal_url, key.secret or "", VIEWED) as dashboard:
        if change == "demoted":
            await set_permissions(business, user_id, "MANAGE_COMPANY")
        else:
            await business.mutate("removeUser", "UserRef", "", userId=user_id)
        await dashboard.until_ended()
        expected = "FORBIDDEN" if change == "demoted" else "UNAUTHENTICATED"
        assert [error["extensions"]["code"] for error in dashboard.errors] == [expected]


@_each_stream
async def test_no_event_is_sent_after_the_key_is_revoked(
    business: Business, portal_url: str, query: str
) -> None:
    key = await business.make_key("VIEW_INVOICES")
    async with following(portal_url, key.secret or "", query) as dashboard:
        await _cause_events(business)
        await dashboard.until(1)
        await Credential.filter(name="tool", company_id=business.company_id).update(
            revoked_at=datetime.now(UTC)
        )
        await _cause_events(business)
        await dashboard.until_ended()
        assert dashboard.cursors == [1]


async def test_events_stream_over_sse(business: Business, http: httpx.AsyncClient) -> None:
    token = await business.share(await business.make_invoice())
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    async with http.stream("POST", "/graphql", json=body, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-robots-tag"] == "noindex, nofollow"
        await business.stranger.record_view(token)
        async with asyncio.timeout(30):
            event = await anext(events_of(response))
    assert event["data"]["viewedInvoice"]["view"]["id"] == "1"


@_each_stream
async def test_equal_subscriptions_that_have_caught_up_are_sent_the_same_bytes(
    business: Business,
    portal_url: str,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
) -> None:
    sent: list[tuple[int, bool]] = []
    send = ConnectionOutlet.send

    def noted(outlet: ConnectionOutlet, encoded: Encoded) -> bool:
        sent.append((id(encoded), send(outlet, encoded)))
        return sent[-1][1]

    monkeypatch.setattr(ConnectionOutlet, "send", noted)
    body = {"query": query, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    async with (
        following(portal_url, business.secret or "", query) as first,
        following(portal_url, business.secret or "", query) as second,
        http.stream("POST", "/graphql", json=body, headers=headers) as response,
        asyncio.timeout(30),
    ):
        await second.subscribe("other", query, after=BEGINNING)
        stream, streamed = events_of(response), []
        for n in range(1, 5):
            await _cause_events(business)
            await asyncio.gather(first.until(n), second.until(2 * n))
            streamed.append(await anext(stream))
        cursors = [next(iter(event["data"].values()))["cursor"] for event in streamed]
        assert [event["cursor"] for event in first.events] == cursors
        assert second.cursors == [1, 1, 2, 2, 3, 3, 4, 4]
    assert len(sent) >= 8
    assert all(was_sent for _, was_sent in sent)
    assert len({encoded for encoded, _ in sent}) <= 4


async def test_view_with_a_later_commit_is_not_skipped(business: Business, portal_url: str) -> None:
    """The first writer delays its commit. The second one must wait and come after it."""
    invoice_id = await business.make_invoice()
    opened = _open(business, invoice_id, await business.share(invoice_id))
    written, may_commit = asyncio.Event(), asyncio.Event()

    @transactional
    async def write_and_wait() -> None:
        await write_views([opened])
        written.set()
        await may_commit.wait()

    async with following(portal_url, business.secret or "") as dashboard:
        first = asyncio.create_task(write_and_wait())
        await written.wait()
        second = asyncio.create_task(write_views([opened.repeated()]))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
        may_commit.set()
        await asyncio.gather(first, second)
        await dashboard.until(2)
        assert dashboard.ids == [1, 2]


def _open(business: Business, invoice_id: str, token: str) -> NewView:
    return NewView(
        invoice_id=UUID(invoice_id),
        company_id=business.company_id,
        token=token,
        source=ViewSource.LINK,
        ip=new_ip(),
        user_agent="x" * 500,
        automated=False,
    )


async def test_slow_reader_receives_everything(business: Business, portal_url: str) -> None:
    """It reads nothing until there are more events than memory holds."""
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    opened = _open(business, invoice_id, token)
    async with following(portal_url, business.secret or "") as dashboard:
        for _ in range(12):
            await write_views([opened.repeated() for _ in range(100)])
        await dashboard.until(1200, seconds=60)
        assert dashboard.ids == list(range(1, 1201))


async def test_200_subscriptions_that_end_at_once_leave_no_followers(
    business: Business, portal_url: str
) -> None:
    async with websocket(portal_url, business.secret or "") as dashboard:
        for n in range(200):
            await dashboard.subscribe(str(n))
            await dashboard.send({"id": str(n), "type": "complete"})
        token = await business.share(await business.make_invoice())
        await business.stranger.record_view(token)
        await dashboard.subscribe("last", after=BEGINNING)
        await dashboard.until(1)
    await eventually(nobody_follows(business.http))


async def test_client_that_disconnects_no_longer_follows(
    business: Business, http: httpx.AsyncClient
) -> None:
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    async with http.stream("POST", "/graphql", json=body, headers=headers) as response:
        events = events_of(response)
        await anext(events)
        assert not await nobody_follows(business.http)()
    await eventually(nobody_follows(business.http))


async def test_websocket_refuses_queries_and_mutations(business: Business, portal_url: str) -> None:
    async with websocket(portal_url, business.secret or "") as dashboard:
        await dashboard.subscribe("1", "mutation { signOut }")
        await dashboard.until_ended()
        assert dashboard.errors[0]["extensions"]["code"] == "BAD_INPUT"
    assert (await business.gql("{ me { name } }"))["me"]["name"] == "bootstrap"


async def test_one_who_has_seen_no_event_misses_none(business: Business, portal_url: str) -> None:
    await _cause_events(business)
    positions = await business.gql("{ company { viewsCursor updatesCursor } }")
    await _cause_events(business)
    for query, cursor in ((VIEWED, "viewsCursor"), (UPDATED, "updatesCursor")):
        after = positions["company"][cursor]
        async with following(portal_url, business.secret or "", query, after=after) as late:
            await late.until(1)
            assert late.cursors == [2]
