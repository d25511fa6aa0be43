"""`gql`, the GraphQL client for Python, over HTTP and over a websocket."""

from typing import Any, Final

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.support.clients import Business

FOLLOW: Final = """subscription($invoiceId: ID!, $after: String) {
    viewedInvoice(invoiceId: $invoiceId, after: $after) { cursor view { source } }
}"""


def _client(business: Business) -> Client:
    headers = {"authorization": f"Bearer {business.secret}"}
    url = str(business.http.base_url.join("/graphql"))
    transport = HTTPXAsyncTransport(url=url, headers=headers)
    return Client(transport=transport, fetch_schema_from_transport=True)


async def test_a_payment_is_booked_once(business: Business) -> None:
    invoice_id = await business.make_invoice()
    query = gql(
        """mutation($input: RecordPaymentInput!) {
            recordPayment(input: $input) { invoice { payments { amount { amount } } } }
        }"""
    )
    query.variable_values = {
        "input": {"invoiceId": invoice_id, "amount": "10.00", "method": "cash"}
    }
    async with _client(business) as session:
        result = await session.execute(query)
    assert result["recordPayment"]["invoice"]["payments"] == [{"amount": {"amount": "10.00"}}]


async def test_an_error_has_its_code(business: Business) -> None:
    async with _client(business) as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql('{ portal(token: "unknown") { isOverdue } }'))
    assert refused.value.errors
    assert refused.value.errors[0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_batch_is_refused_with_its_code(business: Business) -> None:
    queries = [GraphQLRequest("{ me { name } }"), GraphQLRequest("{ company { name } }")]
    async with _client(business) as session:
        with pytest.raises(TransportQueryError, match="one operation per request") as refused:
            await session.execute_batch(queries)
    assert refused.value.errors
    assert refused.value.errors[0]["extensions"]["code"] == "BATCHING_NOT_SUPPORTED"


@pytest.mark.parametrize("by", ["payload", "headers"])
async def test_views_are_followed_over_a_websocket(business: Business, by: str) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    after = (await business.gql("{ company { viewsCursor } }"))["company"]["viewsCursor"]
    assert await business.stranger.record_view(token, source="PORTAL")
    credential = {"Authorization": f"Bearer {business.secret}"}
    given: Any = {"init_payload" if by == "payload" else "headers": credential}
    url = business.http.base_url.join("/graphql").copy_with(scheme="ws")
    query = gql(FOLLOW)
    query.variable_values = {"invoiceId": invoice_id, "after": after}
    async with Client(transport=WebsocketsTransport(url=str(url), **given)) as session:
        async for result in session.subscribe(query):
            assert result["viewedInvoice"]["view"] == {"source": "PORTAL"}
            break
