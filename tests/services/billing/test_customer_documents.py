"""What belongs to a customer: documents in pages, and what they owe."""

from typing import Any, Final

import pytest

from tests.support.clients import Business

_LISTS: Final = ("invoices", "quotes", "creditNotes")


async def _write_documents(business: Business, customer_id: str) -> dict[str, str]:
    """Give the customer a document of each kind, and return their ids by list."""
    return {
        "invoices": await business.make_invoice(customerId=customer_id),
        "quotes": await business.make_quote(customerId=customer_id),
        "creditNotes": await business.make_credit_note(customer_id, "5.00"),
    }


def _ids(connection: Any) -> list[str]:
    return [edge["node"]["id"] for edge in connection["edges"]]


@pytest.mark.parametrize("documents", _LISTS)
async def test_lists_are_narrowed_to_a_customer(
    business: Business, rival: Business, documents: str
) -> None:
    ada, bob = [await business.make_customer() for _ in range(2)]
    ids = await _write_documents(business, ada)
    await _write_documents(business, bob)
    query = f"query($id: ID) {{ company {{ {documents}(customerId: $id) {{ edges {{ node {{ id }}"
    query += " } } } }"
    assert _ids((await business.gql(query, id=ada))["company"][documents]) == [ids[documents]]
    for unknown in (await rival.make_customer(), "x"):
        assert (await business.refused(query, id=unknown)).code == "NOT_FOUND"


async def test_each_customer_has_pages_of_their_documents(business: Business) -> None:
    ada, bob = [await business.make_customer() for _ in range(2)]
    of_ada = [await _write_documents(business, ada) for _ in range(3)]
    await _write_documents(business, bob)
    for documents in _LISTS:
        page = "{ totalCount pageInfo { hasNextPage endCursor } edges { node { id } } }"
        query = (
            f"query($after: String) {{ company {{ customers(last: 1) {{ edges {{ node {{"
            f" {documents}(first: 2, after: $after) {page} }} }} }} }} }}"
        )

        async def read(after: str | None, query: str = query, documents: str = documents) -> Any:
            data = await business.gql(query, after=after)
            return data["company"]["customers"]["edges"][0]["node"][documents]

        newest = await read(None)
        assert (newest["totalCount"], newest["pageInfo"]["hasNextPage"]) == (3, True)
        older = await read(newest["pageInfo"]["endCursor"])
        assert older["pageInfo"]["hasNextPage"] is False
        assert _ids(newest) + _ids(older) == [each[documents] for each in reversed(of_ada)]


async def test_customers_have_balances_per_currency(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    await business.make_credit_note(customer_id, "5.00", currency="GBP")
    amounts = "outstanding { formatted } overdue { amount } credit { formatted }"
    query = f"query($id: ID!) {{ company {{ customer(id: $id) {{ isOverdue balances {{ {amounts}"
    data = await business.gql(f"{query} }} }} }} }}", id=customer_id)
    customer = data["company"]["customer"]
    assert customer["isOverdue"] is False
    assert [(b["outstanding"]["formatted"], b["credit"]["formatted"]) for b in customer["balances"]]


async def test_invoices_are_narrowed_to_overdue_ones(business: Business) -> None:
    await business.make_invoice()
    late = await business.make_invoice(issueDate="2026-01-01", dueDate="2026-01-02")
    data = await business.gql("{ company { invoices(overdue: true) { edges { node { id } } } } }")
    assert _ids(data["company"]["invoices"]) == [late]
