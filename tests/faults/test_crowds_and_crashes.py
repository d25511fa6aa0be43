"""Nothing is lost or doubled in a crowd, without Redis, or in a crash."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from tests.faults.conftest import Cluster, Template, crowd_client
from tests.support import servers
from tests.support.clients import Business, Caller
from tests.support.subscribers import UPDATED, VIEWED, Subscriber, following

_CROWD = 300
_ADDRESSES = 50


async def _record(staff: Business, token: str, count: int) -> None:
    for _ in range(count):
        assert await staff.stranger.record_view(token)


async def test_crowd_is_counted_exactly_and_reaches_the_other_process(
    cluster: Cluster, staff: Business
) -> None:
    invoice_id = await staff.make_invoice()
    token = await staff.share(invoice_id)
    other = cluster.portals[1]
    async with (
        crowd_client(other.url) as elsewhere,
        following(other.url, staff.secret or "") as dashboard,
    ):
        clients = [
            Caller(http, ip=f"203.0.113.{n}")
            for n in range(_ADDRESSES)
            for http in (staff.http, elsewhere)
        ]
        # As many at once as there are connections. More would only wait in the client.
        queue = iter([clients[n % len(clients)] for n in range(_CROWD)])

        async def record_views() -> None:
            for client in queue:
                assert await client.record_view(token)

        await asyncio.gather(
            *(record_views() for _ in range(200)),
            dashboard.until(_CROWD),
        )
    assert dashboard.ids == list(range(1, _CROWD + 1))
    stats = (
        await staff.invoice(
            invoice_id,
            "viewStats { viewCount uniqueIps firstViewedAt } views(first: 1) { totalCount }",
        )
    )["viewStats"]
    assert (stats["viewCount"], stats["uniqueIps"]) == (_CROWD, _ADDRESSES)
    assert stats["firstViewedAt"] == dashboard.events[0]["view"]["viewedAt"]


@pytest.mark.parametrize("seconds_down", [0, 1, 4])
async def test_followers_receive_everything_when_redis_is_killed(
    cluster: Cluster, staff: Business, seconds_down: int
) -> None:
    token = await staff.share(await staff.make_invoice())
    secret = staff.secret or ""
    async with AsyncExitStack() as stack:
        dashboards: list[Subscriber] = [
            await stack.enter_async_context(following(portal.url, secret))
            for _ in range(50)
            for portal in cluster.portals
        ]
        await _record(staff, token, 5)
        cluster.redis.kill()
        await _record(staff, token, 5)
        await asyncio.sleep(seconds_down)
        cluster.redis.start()
        await _record(staff, token, 5)
        await asyncio.gather(*(dashboard.until(15) for dashboard in dashboards))
        assert {tuple(dashboard.ids) for dashboard in dashboards} == {tuple(range(1, 16))}


async def test_followers_receive_everything_while_redis_stays_down(
    cluster: Cluster, staff: Business
) -> None:
    token = await staff.share(await staff.make_invoice())
    async with following(cluster.portals[1].url, staff.secret or "") as dashboard:
        cluster.redis.kill()
        await _record(staff, token, 3)
        await dashboard.until(3)
        assert dashboard.ids == [1, 2, 3]
        assert (await staff.http.get("/readyz")).json() == {"database": "ok", "redis": "away"}
        assert (await staff.http.get("/readyz?exclude=redis")).json() == {"database": "ok"}


async def test_followers_receive_everything_when_redis_freezes(
    cluster: Cluster, staff: Business
) -> None:
    token = await staff.share(await staff.make_invoice())
    async with following(cluster.portals[1].url, staff.secret or "") as dashboard:
        await _record(staff, token, 1)
        await dashboard.until(1)
        cluster.redis.freeze()
        asking_redis = asyncio.create_task(staff.http.get("/readyz"))
        for _ in range(2):
            ready = await staff.http.get("/readyz?exclude=redis")
            assert ready.json() == {"database": "ok"}
        assert not asking_redis.done()
        await _record(staff, token, 2)
        await dashboard.until(3)
        cluster.redis.thaw()
        await asking_redis
        await _record(staff, token, 2)
        await dashboard.until(5)
        assert dashboard.ids == [1, 2, 3, 4, 5]


async def test_follower_resumes_by_its_cursor_after_the_server_is_killed(
    cluster: Cluster, staff: Business
) -> None:
    token = await staff.share(await staff.make_invoice())
    secret = staff.secret or ""
    victim = cluster.portals[1]
    async with following(victim.url, secret) as before:
        await _record(staff, token, 3)
        await before.until(3)
        victim.kill()
    await _record(staff, token, 3)
    victim.start()
    async with following(victim.url, secret, after=before.cursor) as after:
        await _record(staff, token, 2)
        await after.until(5)
        assert before.ids + after.ids == list(range(1, 9))


async def _pay(staff: Business, invoice_id: str, count: int) -> None:
    for _ in range(count):
        await staff.pay(invoice_id, "0.01")


async def test_events_reach_the_other_process_with_and_without_redis(
    cluster: Cluster, staff: Business
) -> None:
    invoice_id = await staff.make_invoice()
    async with following(cluster.portals[1].url, staff.secret or "", UPDATED) as dashboard:
        await _pay(staff, invoice_id, 2)
        await dashboard.until(3)
        cluster.redis.kill()
        await _pay(staff, invoice_id, 2)
        await dashboard.until(5)
        cluster.redis.start()
        await _pay(staff, invoice_id, 2)
        await dashboard.until(7)
        assert dashboard.cursors == list(range(1, 8))
        assert dashboard.changes == ["ISSUED", *["PAYMENT_RECEIVED"] * 6]


async def test_events_resume_by_cursor_after_the_server_is_killed(
    cluster: Cluster, staff: Business
) -> None:
    invoice_id = await staff.make_invoice()
    secret = staff.secret or ""
    victim = cluster.portals[1]
    async with following(victim.url, secret, UPDATED) as before:
        await _pay(staff, invoice_id, 2)
        await before.until(3)
        victim.kill()
    await _pay(staff, invoice_id, 3)
    victim.start()
    async with following(victim.url, secret, UPDATED, after=before.cursor) as after:
        await _pay(staff, invoice_id, 2)
        await after.until(5)
        assert before.cursors + after.cursors == list(range(1, 9))


async def test_concurrent_payments_at_two_processes_are_events_in_order(
    cluster: Cluster, staff: Business
) -> None:
    # Few enough that a slow machine makes nobody wait too long for the company's lock.
    invoice_ids = [await staff.make_invoice() for _ in range(3)]
    async with (
        crowd_client(cluster.portals[1].url) as elsewhere,
        following(cluster.portals[1].url, staff.secret or "", UPDATED) as dashboard,
    ):
        other = Business(elsewhere, staff.secret)
        await asyncio.gather(
            *(_pay(business, id_, 8) for id_ in invoice_ids for business in (staff, other))
        )
        await dashboard.until(51)
        assert dashboard.cursors == list(range(1, 52))
    for invoice_id in invoice_ids:
        invoice = await staff.invoice(invoice_id, "amountPaid { amount }")
        assert invoice["amountPaid"]["amount"] == "0.16"


async def test_a_server_that_stops_ends_its_streams_at_once(
    environment: dict[str, str], template: Template, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    portal = servers.PortalProcess(environment, servers.free_port(), log=log, forked=True)
    portal.start()
    headers = {"authorization": f"Bearer {template.api_key}", "accept": "text/event-stream"}
    async with (
        following(portal.url, template.api_key) as dashboard,
        httpx.AsyncClient(base_url=portal.url, timeout=60) as http,
        http.stream("POST", "/graphql", json={"query": VIEWED}, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        await asyncio.to_thread(portal.stop)
        assert "event: complete" not in "".join([line async for line in stream.aiter_lines()])
        with pytest.raises(ConnectionClosed) as end:
            await dashboard.until_ended()  # after the views of earlier tests
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == CloseCode.SERVICE_RESTART
    # It warns of what it had to cut off after 5 seconds.
    assert not {"[warning", "[error"} & set(log.read_text().split())


async def test_counters_match_rows_after_a_crash_in_a_crowd(
    cluster: Cluster, staff: Business
) -> None:
    invoice_id = await staff.make_invoice()
    token = await staff.share(invoice_id)
    survivor, victim = cluster.portals
    async with (
        following(survivor.url, staff.secret or "") as dashboard,
        httpx.AsyncClient(base_url=victim.url, timeout=60) as doomed,
    ):
        crowd = asyncio.gather(
            *(Caller(doomed).record_view(token) for _ in range(300)), return_exceptions=True
        )
        await dashboard.until(20)
        victim.kill()
        answers = await crowd
        confirmed = sum(answer is True for answer in answers)
        page = "views(first: 1) { totalCount } viewStats { viewCount uniqueIps }"
        invoice = await staff.invoice(invoice_id, page)
        rows = invoice["views"]["totalCount"]
        assert invoice["viewStats"] == {"viewCount": rows, "uniqueIps": rows}
        assert rows >= confirmed
        await dashboard.until(rows)
        assert dashboard.ids == list(range(1, rows + 1))


async def test_disconnecting_clients_leave_no_lock_and_no_connection(
    cluster: Cluster, staff: Business
) -> None:
    invoice_id = await staff.make_invoice()
    host, port = "127.0.0.1", cluster.portals[0].port
    query = f'mutation {{ shareInvoice(input: {{invoiceId: "{invoice_id}"}}) {{ token }} }}'
    body = json.dumps({"query": query}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {staff.secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    for _ in range(200):
        _, writer = await asyncio.open_connection(host, port)
        writer.write(head + body)
        await writer.drain()
        writer.transport.abort()
    tokens = await asyncio.gather(*(staff.share(invoice_id) for _ in range(30)))
    assert len(set(tokens)) == 1
    log = await staff.gql("{ company { auditEntries { edges { node { action } } } } }")
    actions = [edge["node"]["action"] for edge in log["company"]["auditEntries"]["edges"]]
    assert actions.count("INVOICE_SHARED") == 1
