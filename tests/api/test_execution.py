"""The plans of operations give exactly the responses of graphql-core."""

from typing import Any

import pytest

from api.execution import PortalExecutor
from dev.benchmarks.queries import INVOICE_AS_TEXT
from schema.lazy_fields import Computed
from schema.lines import LineItem
from tests.support.clients import Business
from tests.support.execution import execute_without_plans

_QUERIES = [
    "{ number status issueDate dueDate notes payment { minimum { amount } } }",
    "{ __typename number lines { __typename amount { formatted } } }",
    "{ a: number b: number lines { x: amount { amount } y: amount { currency } } }",
    "{ ...Head lines { ...Line } ... on PublicInvoice { total { ...M } } }"  # noqa: ISC004  # one query
    " fragment Head on PublicInvoice { business { name } billTo { name email } }"
    " fragment Line on LineItem { description unitPrice { ...M } }"
    " fragment M on Money { amount currency formatted }",
    "{ number @skip(if: true) total @include(if: true) { amount currency @skip(if: true) } }",
    "{ lines { description description amount { amount } amount { currency } } isOverdue }",
]


@pytest.mark.parametrize("selection", _QUERIES)
async def test_a_plan_gives_the_same_response(
    business: Business, monkeypatch: pytest.MonkeyPatch, selection: str
) -> None:
    token = await business.share(await business.make_invoice(notes="Thank you"))
    selected, _, fragments = selection.partition(" fragment ")
    query = f"query($token: String!) {{ invoice(token: $token) {selected} }}"
    query += f" fragment {fragments}" if fragments else ""
    client = business.stranger
    first, again = [(await client.post(query, token=token)).text for _ in range(2)]
    execute_without_plans(monkeypatch)
    assert first == again == (await client.post(query, token=token)).text


@pytest.mark.parametrize(
    "query",
    [
        INVOICE_AS_TEXT,
        INVOICE_AS_TEXT.replace("number status", "__typename number status"),
        INVOICE_AS_TEXT.replace("{ amount currency", "{ __typename amount currency"),
        INVOICE_AS_TEXT.replace("number status", "number @skip(if: false) status"),
    ],
)
async def test_a_public_invoice_is_executed_by_its_plan_alone(
    business: Business, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    token = await business.share(await business.make_invoice())
    executed: list[str] = []
    execute_field = PortalExecutor.execute_field

    def record(self: PortalExecutor, parent: Any, source: Any, details: Any, *more: Any) -> Any:
        executed.append(details[0].node.name.value)
        return execute_field(self, parent, source, details, *more)

    monkeypatch.setattr(PortalExecutor, "execute_field", record)
    invoice = (await business.stranger.gql(query, token=token))["invoice"]
    assert (invoice["total"]["amount"], executed) == ("100.00", [])


async def test_fields_are_skipped_by_the_variables_of_each_request(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    query = """query($token: String!, $wanted: Boolean!) {
        invoice(token: $token) { number total @include(if: $wanted) { amount } }
    }"""
    invoices = [
        (await business.stranger.gql(query, token=token, wanted=wanted))["invoice"]
        for wanted in (True, False, True)
    ]
    assert [set(invoice) for invoice in invoices] == [
        {"number", "total"},
        {"number"},
        {"number", "total"},
    ]


async def test_null_in_a_non_null_field_is_an_error_with_its_path(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await business.share(await business.make_invoice())

    monkeypatch.setattr("schema.lines.without_trailing_zeros", lambda _: None)
    monkeypatch.setattr(LineItem, "write_quantity", Computed(lambda _: None, "line.quantity"))
    query = "query($token: String!) { invoice(token: $token) { lines { quantity } } }"
    [error] = (await business.stranger.post(query, token=token)).json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["path"] == ["invoice", "lines", 0, "quantity"]


async def test_resolved_fields_and_plain_fields_mix(business: Business) -> None:
    invoice_id = await business.make_invoice()
    invoice = await business.invoice(
        invoice_id, "total { amount } customer { name } lines { amount { amount } }"
    )
    assert invoice == {
        "total": {"amount": "100.00"},
        "customer": {"name": "Ada Lovelace"},
        "lines": [{"amount": {"amount": "100.00"}}],
    }
