"""The oldest PostgreSQL that is supported. All other tests run on one that is new."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx
import pytest

from db.migrations import migrate
from tests.db.test_finished_schema import schema_of
from tests.services.billing.lists.test_filters import OVERDUE, assert_skipped_within_the_index
from tests.support import servers
from tests.support.clients import Business
from tests.support.migrations import migrate_to, opened
from tests.support.oldest_postgres import oldest_postgres


@pytest.fixture(scope="module")
def old_server() -> Iterator[str]:
    """Yield the URL of the server, without a database's name."""
    programs = oldest_postgres()
    if programs == servers.POSTGRES_PROGRAMS:
        pytest.skip("no older PostgreSQL is found")
    with servers.postgres(programs=programs) as url:
        yield url


async def test_migrations_and_the_finished_schema_are_the_same_there(old_server: str) -> None:
    migrated, finished = [await servers.create_database(old_server) for _ in range(2)]
    async with opened(migrated):
        await migrate_to()
    await migrate(finished)
    assert await schema_of(migrated) == await schema_of(finished)


# --- a portal -------------------------------------------------------------------------------------


@pytest.fixture
async def old_portal(
    old_server: str, redis_server: servers.RedisServer
) -> AsyncIterator[tuple[dict[str, str], Business]]:
    """Yield the environment of a portal on the old server, and a company there."""
    environment = {
        "DATABASE_URL": await servers.create_database(old_server),
        "REDIS_URL": redis_server.url,
        "PUBLIC_URL": "https://old.example",  # of its own in Redis
        "PDF_WARM": "false",
        "BOOTSTRAP_PASSWORD": "correct horse battery staple",
    }
    servers.invotify(environment, "migrate")
    options = ("--company", "Acme", "--email", "a@acme.example", "--plan", "pro", "--json")
    made = json.loads(servers.invotify(environment, "bootstrap", *options))
    with servers.portal(environment, forked=True) as portal:
        async with httpx.AsyncClient(base_url=portal.url, timeout=60) as http:
            yield environment, Business(http, made["apiKey"])


async def _viewed(business: Business) -> Any:
    """Return the next view that a subscriber hears of."""
    query = "subscription { viewedInvoice { cursor sentence } }"
    headers = business.headers | {"accept": "text/event-stream"}
    async with business.http.stream(
        "POST", "/graphql", json={"query": query}, headers=headers
    ) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and "viewedInvoice" in line:
                return json.loads(line.removeprefix("data:"))
    raise AssertionError("the stream has ended")


async def test_a_portal_works_there(old_portal: tuple[dict[str, str], Business]) -> None:
    environment, business = old_portal
    customer = await business.make_customer(name="Müller & Söhne")
    invoice = await business.make_invoice(customerId=customer)
    token = await business.share(invoice)

    listening = asyncio.create_task(_viewed(business))
    while not listening.done():
        await business.stranger.record_view(token)
        await asyncio.wait([listening], timeout=0.2)
    assert "errors" not in listening.result()
    for path in (f"/invoice/{token}", f"/invoice/{token}.pdf", "/readyz"):
        assert (await business.http.get(path)).status_code == 200

    await business.pay(invoice, "40.00")
    company = (await business.gql(_LISTS, customer=customer))["company"]
    lists = [company[name] for name in ("all", "found", "unpaid", "customers")]
    assert [one["totalCount"] for one in lists] == [1, 1, 1, 1]
    assert company["overview"]["openCount"] == 1
    assert company["all"]["edges"][0]["node"]["amountDue"]["amount"] == "60.00"
    await business.make_credit_note(customer, "5.00")
    for command in ("remind", "reconcile --full", "admin retention run"):
        code, said = servers.run_invotify(environment, *command.split())
        assert code == 0, said
    async with opened(environment["DATABASE_URL"]):
        await assert_skipped_within_the_index(business, *OVERDUE)


_LISTS: Final = """query($customer: ID!) { company {
    all: invoices(customerId: $customer) {
        totalCount edges { node { amountDue { amount } views { totalCount } } } }
    found: invoices(search: "muller", shared: true, opened: true) { totalCount }
    unpaid: invoices(unpaid: true, status: PARTIALLY_PAID, orderBy: NUMBER) { totalCount }
    customers(search: "SÖHNE") { totalCount }
    overview { openCount figures { currency } ageing { currency } followUps { reason } }
    views(first: 20) { edges { node { viewedAt } } }
} }"""
