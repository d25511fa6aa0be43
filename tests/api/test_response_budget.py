"""What a response may cost, counted while it is made."""

from typing import Any
from uuid import UUID

import pytest
from graphql import get_introspection_query

from api import http_requests
from core import response_budget
from core.response_budget import MAX_COST, ResponseBudget, ResponseTooLarge
from db.compiled_queries import CompiledQuery
from db.statements import fetch
from services.billing.loaders import load_invoice_lines
from tests.support.clients import Business
from tests.support.execution import execute_without_plans
from tests.support.operations import everything_of

_LINE = {"description": "Work", "quantity": "1", "unitPrice": "100.00", "taxRate": "19"}
_TYPE_REFERENCES = "kind name ofType { " * 9 + "kind name" + " }" * 9
_TOOLS = [
    pytest.param(get_introspection_query(), id="GraphiQL, Apollo Sandbox"),
    pytest.param(
        get_introspection_query(
            descriptions=True,
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
        ),
        id="graphql-codegen, rover, Relay, urql with every option",
    ),
    pytest.param(
        "{ __schema { types { kind name possibleTypes { name } interfaces { name }"
        f" fields(includeDeprecated: true) {{ name type {{ {_TYPE_REFERENCES} }}"
        f" args {{ name type {{ {_TYPE_REFERENCES} }} }} }} }} }} }}",
        id="types at any depth",
    ),
]


# --- introspection ------------------------------------------------------------------------------


@pytest.mark.parametrize("query", _TOOLS)
async def test_the_introspection_of_common_tools_is_answered(
    business: Business, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    response = await business.stranger.post(query)
    assert "errors" not in response.json()
    execute_without_plans(monkeypatch)
    assert (await business.stranger.post(f"{query} # not cached")).text == response.text


_REPEATED = """{ __schema { ...A } }
    fragment A on __Schema { a: types { ...B } b: types { ...B } c: types { ...B } }
    fragment B on __Type { a: fields { ...C } b: fields { ...C } c: fields { ...C } }
    fragment C on __Field { name a: type { name description } b: type { name description }
    c: args { name type { name } } d: args { name type { name } } }"""
_WITH_VARIABLES = "query($yes: Boolean = true) " + _REPEATED.replace(
    "fields {", "fields(includeDeprecated: $yes) {"
)
_ALIASES = [
    f"a{n}: __schema {{ types {{ fields {{ name description isDeprecated }} }} }}"
    for n in range(30)
]


@pytest.mark.parametrize("query", [_REPEATED, _WITH_VARIABLES, "{" + " ".join(_ALIASES) + "}"])
async def test_introspection_is_charged_for_all_that_it_lists(
    business: Business, query: str
) -> None:
    response = (await business.stranger.post(query)).json()
    [error] = response["errors"]
    assert response["data"] is None
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
    assert f"more than {MAX_COST:,} points" in error["message"]


# --- rows ---------------------------------------------------------------------------------------


async def test_everything_about_one_invoice_of_a_thousand_lines_is_answered(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice(lines=[_LINE] * 1000, notes="Thank you. " * 900)
    token = await business.share(invoice_id)
    shared = everything_of("PublicInvoice", "PublicInvoice")
    public = await business.stranger.gql(
        f"query($token: String!) {{ invoice(token: $token) {shared} }}", token=token
    )
    own = everything_of("Invoice", "Invoice")
    staff = await business.gql(
        f"query($id: ID!) {{ company {{ invoice(id: $id) {own} }} }}", id=invoice_id
    )
    assert len(public["invoice"]["lines"]) == len(staff["company"]["invoice"]["lines"]) == 1000


async def test_a_page_with_too_many_lines_is_refused(business: Business) -> None:
    customer_id = await business.make_customer()
    for _ in range(4):
        await business.make_invoice(customerId=customer_id, lines=[_LINE] * 1000)
    token = await business.share_portal(customer_id)
    below = "edges { node { number lines { quantity } } }"
    public = f"query($token: String!) {{ portal(token: $token) {{ invoices {{ {below} }} }} }}"
    refusals = [
        await business.stranger.refused(public, token=token),
        await business.refused(f"{{ company {{ invoices {{ {below} }} }} }}"),
    ]
    assert [refusal.code for refusal in refusals] == ["QUERY_TOO_COMPLEX"] * 2
    few = public.replace("invoices {", "invoices(first: 2) {")
    edges = (await business.stranger.gql(few, token=token))["portal"]["invoices"]["edges"]
    assert [len(edge["node"]["lines"]) for edge in edges] == [1000, 1000]


async def test_no_more_rows_are_loaded_than_can_be_paid_for(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice_id = UUID(await business.make_invoice(lines=[_LINE] * 10))
    built: list[int] = []
    build = CompiledQuery.build

    def record(query: CompiledQuery[Any], records: Any) -> Any:
        built.append(len(records))
        return build(query, records)

    monkeypatch.setattr(CompiledQuery, "build", record)
    with pytest.raises(ResponseTooLarge):
        await load_invoice_lines([invoice_id], ResponseBudget(left=100))
    assert built == []
    [lines] = await load_invoice_lines([invoice_id], ResponseBudget(left=200))
    assert (len(lines), built) == (10, [10])


async def test_statements_of_account_are_loaded_for_what_the_others_left(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_id = await business.make_customer()
    for _ in range(2):
        await business.make_invoice(customerId=customer_id)
    loaded: list[tuple[object, int]] = []

    async def record(sql: str, *values: object) -> Any:
        rows = await fetch(sql, *values)
        loaded.append((values[-1], len(rows)))
        return rows

    monkeypatch.setattr("services.sharing.statements.fetch", record)
    monkeypatch.setattr(response_budget, "ROW_COST", 20_000)
    below = f'statement(customerId: "{customer_id}") {{ balances {{ entries {{ kind }} }} }}'
    refusal = await business.refused(f"{{ company {{ a: {below} b: {below} c: {below} }} }}")
    assert refusal.code == "QUERY_TOO_COMPLEX"
    assert loaded[:2] == [(4, 2), (2, 2)]
    assert sum(rows for _, rows in loaded) <= 5


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["", "lines { quantity }"])
async def test_long_texts_are_charged_by_their_length(
    business: Business, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    invoice_id = await business.make_invoice(notes="x" * 10_000)
    spent: list[int] = []
    monkeypatch.setattr(ResponseBudget, "spend", lambda _, points: spent.append(points))
    query = f"query($id: ID!) {{ company {{ invoice(id: $id) {{ notes {more} }} }} }}"
    await business.gql(query, id=invoice_id)
    with_notes = sum(spent)
    spent.clear()
    await business.gql(query.replace("notes", "number"), id=invoice_id)
    assert with_notes - sum(spent) == 20


async def test_a_response_has_a_maximum_size(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await business.share(await business.make_invoice(notes="x" * 10_000))
    monkeypatch.setattr(http_requests, "_MAX_RESPONSE", 9_999)
    query = "query($token: String!) { invoice(token: $token) { number notes } }"
    response = await business.stranger.post(query, token=token)
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
