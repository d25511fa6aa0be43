"""Views are recorded once, counted exactly, and only if they count."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models import Invoice, InvoiceView, InvoiceViewer, ViewFeed, ViewSource
from services.sharing.new_views import NewView
from services.sharing.view_rows import write_views
from tests.support.clients import Business, Caller, eventually, new_ip

_STATS = "viewStats { viewCount uniqueIps firstViewedAt lastViewedAt isLive }"
_LOG = "views(first: 100, includeAutomated: true) { edges { node { id source ip automated } } }"


async def _stats(business: Business, invoice_id: str) -> dict[str, object]:
    stats: dict[str, object] = (await business.invoice(invoice_id, _STATS))["viewStats"]
    return stats


async def test_a_view_is_written_and_counted(business: Business) -> None:
    invoice_id = await business.make_invoice()
    client = business.stranger
    assert await client.record_view(await business.share(invoice_id), source="EMAIL")
    stats = await _stats(business, invoice_id)
    assert (stats["viewCount"], stats["uniqueIps"], stats["isLive"]) == (1, 1, True)
    assert stats["firstViewedAt"] == stats["lastViewedAt"]
    [edge] = (await business.invoice(invoice_id, _LOG))["views"]["edges"]
    assert edge["node"] == {
        "id": "1",
        "source": "EMAIL",
        "ip": client.ip,
        "automated": False,
    }


async def test_concurrent_views_are_counted_exactly(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    clients = [business.stranger for _ in range(12)]
    views = [client.record_view(token) for client in clients for _ in range(5)]
    assert all(await asyncio.gather(*views))
    stats = await _stats(business, invoice_id)
    assert (stats["viewCount"], stats["uniqueIps"]) == (60, 12)
    rows = await InvoiceView.filter(invoice_id=invoice_id).order_by("sequence")
    assert [row.sequence for row in rows] == list(range(1, 61))
    assert [row.viewed_at for row in rows] == sorted(row.viewed_at for row in rows)


async def test_the_first_view_is_never_overwritten(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.stranger.record_view(token)
    first = (await _stats(business, invoice_id))["firstViewedAt"]
    await business.stranger.record_view(token)
    stats = await _stats(business, invoice_id)
    assert stats["firstViewedAt"] == first
    assert stats["lastViewedAt"] != first


async def test_views_do_not_follow_a_clock_that_was_ahead(business: Business) -> None:
    invoice_id, ahead = await business.make_invoice(), datetime.now(UTC) + timedelta(days=1)
    token = await business.share(invoice_id)
    await business.stranger.record_view(token)
    await ViewFeed.filter(company_id=business.company_id).update(viewed_at=ahead)
    await Invoice.filter(id=invoice_id).update(first_viewed_at=ahead, last_viewed_at=ahead)
    assert (await _stats(business, invoice_id))["isLive"] is False
    await business.stranger.record_view(token)
    invoice, row = (
        await Invoice.get(id=invoice_id),
        await InvoiceView.get(invoice_id=invoice_id, sequence=2),
    )
    assert invoice.first_viewed_at == invoice.last_viewed_at == row.viewed_at
    assert abs(row.viewed_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_views_over_the_rate_limit_are_not_counted(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    client = business.stranger
    recorded = [await client.record_view(token) for _ in range(11)]
    assert recorded == [True] * 10 + [False]
    assert (await _stats(business, invoice_id))["viewCount"] == 10
    assert await client.gql("query($t: String!) { invoice(token: $t) { number } }", t=token)


async def test_each_alias_in_a_query_counts_towards_the_rate_limit(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    aliases = " ".join(f"v{n}: recordView(input: $input) {{ recorded }}" for n in range(12))
    query = f"mutation($input: RecordViewInput!) {{ {aliases} }}"
    data = await business.stranger.gql(query, input={"token": token})
    assert Counter(payload["recorded"] for payload in data.values()) == {True: 10, False: 2}


@pytest.mark.parametrize(
    ("user_agent", "headers"),
    [
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", {}),
        ("", {}),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101", {"sec-purpose": "prefetch"}),
    ],
)
async def test_an_automated_view_is_logged_but_not_counted(
    business: Business, user_agent: str, headers: dict[str, str]
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    client = Caller(business.http, user_agent=user_agent)
    query = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
    body = {"query": query, "variables": {"input": {"token": token}}}
    answer = await business.http.post("/graphql", json=body, headers=client.headers | headers)
    assert answer.json()["data"]["recordView"]["recorded"] is True
    assert (await _stats(business, invoice_id))["viewCount"] == 0
    [edge] = (await business.invoice(invoice_id, _LOG))["views"]["edges"]
    assert edge["node"]["automated"] is True


async def test_staff_viewing_their_own_invoice_is_not_recorded(
    business: Business, rival: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    assert not await business.record_view(token)
    assert (await _stats(business, invoice_id))["viewCount"] == 0
    assert await rival.record_view(token)
    assert (await _stats(business, invoice_id))["viewCount"] == 1


async def test_an_api_key_can_report_a_clients_view(business: Business) -> None:
    invoice_id = await business.make_invoice()
    assert await business.record_view(await business.share(invoice_id), source="API")
    assert (await _stats(business, invoice_id))["viewCount"] == 1


async def test_a_portal_token_opens_an_invoice_by_its_number(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id, number="2026/7 ä")
    token = await business.share_portal(customer_id)
    assert await business.stranger.record_view(token, number="2026/7 ä", source="PORTAL")
    assert (await _stats(business, invoice_id))["viewCount"] == 1


async def test_an_invoice_token_never_opens_the_portal(business: Business) -> None:
    invoice_id = await business.make_invoice(number="7")
    token = await business.share(invoice_id)
    query = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
    refusal = await business.stranger.refused(query, input={"token": token, "number": "7"})
    assert refusal.code == "NOT_FOUND"
    assert (await _stats(business, invoice_id))["viewCount"] == 0


async def test_the_page_records_a_view_with_its_source(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    client = business.stranger
    page = await business.http.get(f"/invoice/{token}?source=email", headers=client.headers)
    assert page.status_code == 200

    async def recorded() -> bool:
        return (await _stats(business, invoice_id))["viewCount"] == 1

    await eventually(recorded)
    [edge] = (await business.invoice(invoice_id, _LOG))["views"]["edges"]
    assert edge["node"]["source"] == "EMAIL"


async def test_a_head_request_is_logged_as_automated(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.http.head(f"/invoice/{token}", headers=business.stranger.headers)

    async def logged() -> bool:
        return len((await business.invoice(invoice_id, _LOG))["views"]["edges"]) == 1

    await eventually(logged)
    assert (await _stats(business, invoice_id))["viewCount"] == 0


async def test_a_view_through_a_link_revoked_meanwhile_is_not_written(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.revoke(invoice_id)
    assert await write_views([_open(business, invoice_id, token)]) == set()
    assert await InvoiceView.filter(invoice_id=invoice_id).count() == 0
    assert (await _stats(business, invoice_id))["viewCount"] == 0


async def test_a_link_that_was_just_used_is_not_found_once_it_is_revoked(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    limited = business.stranger
    assert [await limited.record_view(token) for _ in range(11)][-1] is False
    await business.revoke(invoice_id)
    mutation = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
    for client in (business.stranger, limited, business.stranger):
        refusal = await client.refused(mutation, input={"token": token})
        assert refusal.code == "NOT_FOUND"
    assert (await _stats(business, invoice_id))["viewCount"] == 10


async def test_views_of_many_invoices_are_written_in_one_group(
    business: Business, rival: Business
) -> None:
    theirs = [(business, await business.make_invoice()) for _ in range(3)]
    theirs += [(rival, await rival.make_invoice())]
    views = [
        _open(owner, invoice_id, await owner.share(invoice_id))
        for owner, invoice_id in theirs
        for _ in range(2)
    ]
    assert len(await write_views(views)) == 8
    for owner, invoice_id in theirs:
        assert (await _stats(owner, invoice_id))["viewCount"] == 2
        assert await InvoiceViewer.filter(invoice_id=invoice_id).count() == 2


def _open(business: Business, invoice_id: str, token: str) -> NewView:
    return NewView(
        invoice_id=UUID(invoice_id),
        company_id=business.company_id,
        token=token,
        source=ViewSource.LINK,
        ip=new_ip(),
        user_agent="",
        automated=False,
    )


async def test_a_company_lists_the_views_of_all_its_invoices(
    business: Business, rival: Business
) -> None:
    invoice_ids = [await business.make_invoice() for _ in range(2)]
    for invoice_id in invoice_ids:
        token = await business.share(invoice_id)
        await business.stranger.record_view(token)
        await Caller(business.http, user_agent="Slackbot").record_view(token)
    await rival.stranger.record_view(await rival.share(await rival.make_invoice()))
    query = (
        "query($automated: Boolean) { company { views(includeAutomated: $automated) {"
        " totalCount edges { node { automated invoice { id } } } } } }"
    )
    views = (await business.gql(query))["company"]["views"]
    newest_first = [edge["node"]["invoice"]["id"] for edge in views["edges"]]
    assert (views["totalCount"], newest_first) == (2, invoice_ids[::-1])
    everything = (await business.gql(query, automated=True))["company"]["views"]
    assert [edge["node"]["automated"] for edge in everything["edges"]] == [True, False] * 2
