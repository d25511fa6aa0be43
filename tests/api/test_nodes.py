"""Any object by its ID, for those who may see it."""

from typing import Final
from uuid import UUID, uuid4

import httpx
from graphql import GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType, get_named_type
from tortoise.models import Model

from models import (
    Checkout,
    CheckoutShare,
    CompanyUpkeep,
    CreditApplication,
    CreditPayout,
    Webhook,
    WebhookKind,
)
from services.common.nodes import NodeKind
from tests.support.clients import Business, Caller, create_business
from tests.support.operations import SCHEMA
from tests.support.rows import fill
from tests.support.sql_statements import statements
from tests.support.staff import new_session

NODE: Final = "query($id: ID!) { node(id: $id) { __typename id } }"
NOT_FOUND_BY_ID: Final = {
    *("InvoiceView", "CompanyView", "StripeEvent", "TimelineEntry", "CreateApiKeyPayload"),
    *("TimelineSubject", "TimelineEmail"),
}
"""Types whose IDs aren't UUIDs, a payload, and those that have the ID of a node of another type."""
TYPES: Final = {
    "company": "Company",
    "invoice": "Invoice",
    "quote": "Quote",
    "question": "Question",
    "credit_note": "CreditNote",
    "customer": "Customer",
    "payment": "Payment",
    "stripe_refund": "Refund",
    "credit_application": "CreditApplication",
    "credit_payout": "CreditPayout",
    "email_delivery": "EmailDelivery",
    "staff_user": "User",
    "credential": "ApiKey",
    "audit_entry": "AuditEntry",
    "webhook": "Webhook",
    "webhook_delivery": "WebhookDelivery",
}


def _nodes() -> GraphQLInterfaceType:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return node


def _is_found(row: Model) -> bool:
    """Whether the row is in the API by itself.

    Not as what takes another one back, or with the id of its payment or company, as a checkout, its
    shares, a chat or what is noted about a company's upkeep.
    """
    is_reversal = isinstance(row, CreditApplication | CreditPayout) and row.reverses_id
    is_chat = isinstance(row, Webhook) and row.kind is WebhookKind.CHAT
    is_part = is_reversal or is_chat or isinstance(row, Checkout | CheckoutShare | CompanyUpkeep)
    return isinstance(row.pk, UUID) and not is_part


async def _type_of(caller: Caller, id_: object) -> str | None:
    """Return the type of the node with this id; None if it isn't found."""
    answer = (await caller.post(NODE, id=str(id_))).json()
    node = answer["data"]["node"]
    if node is None:
        assert [error["extensions"] for error in answer["errors"]] == [{"code": "NOT_FOUND"}]
        return None
    assert node["id"] == str(id_)
    return str(node["__typename"])


def test_each_type_with_an_id_of_its_own_is_a_node() -> None:
    with_id = {
        name
        for name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType)
        if (field := type_.fields.get("id")) and isinstance(field.type, GraphQLNonNull)
        if get_named_type(field.type).name == "ID"
    }
    nodes = {type_.name for type_ in SCHEMA.get_possible_types(_nodes())}
    assert with_id - nodes == NOT_FOUND_BY_ID
    assert nodes == {*TYPES.values(), "Session"}
    assert len(nodes) == len(NodeKind)


async def test_each_row_with_a_type_is_found_by_its_own_company_only(
    http: httpx.AsyncClient,
) -> None:
    ours, theirs = await create_business(http), await create_business(http)
    rows = [row for row in await fill(ours) if _is_found(row)]
    found = [(row._meta.db_table, await _type_of(ours, row.pk)) for row in rows]
    assert {table: type_ for table, type_ in found if type_} == TYPES
    assert [await _type_of(theirs, row.pk) for row in rows] == [None] * len(rows)
    assert await _type_of(ours, uuid4()) is None
    assert await _type_of(ours, "INV-1") is None


async def test_what_a_timeline_names_is_found(business: Business) -> None:
    await fill(business)
    entries = await business.gql(
        """{ company { timeline(first: 100) { edges { node
        { document { id type } customer { id type } email { id } } } } } }"""
    )
    nodes = [edge["node"] for edge in entries["company"]["timeline"]["edges"]]
    named = {
        (name if name == "email" else node[name]["type"], node[name]["id"])
        for node in nodes
        for name in ("document", "customer", "email")
        if node[name]
    }
    found = {(kind, await _type_of(business, id_)) for kind, id_ in named}
    assert found == {
        *(("INVOICE", "Invoice"), ("QUOTE", "Quote"), ("CREDIT_NOTE", "CreditNote")),
        *(("CUSTOMER", "Customer"), ("email", "EmailDelivery")),
    }


async def test_staff_find_what_their_permissions_let_them_see(business: Business) -> None:
    rows = [row for row in await fill(business) if _is_found(row)]
    viewer = await business.make_key("VIEW_INVOICES")
    found = {type_ for row in rows if (type_ := await _type_of(viewer, row.pk))}
    managed = {"User", "ApiKey", "AuditEntry", "Webhook", "WebhookDelivery"}
    assert found == set(TYPES.values()) - managed
    assert (await business.stranger.refused(NODE, id=str(uuid4()))).code == "UNAUTHENTICATED"


async def test_people_find_their_own_sessions(business: Business) -> None:
    person = Caller(business.http, await new_session(business))
    [session] = (await person.gql("{ sessions { id } }"))["sessions"]
    assert await _type_of(person, session["id"]) == "Session"
    assert await _type_of(business, session["id"]) is None


async def test_a_node_takes_two_statements_whatever_it_is(business: Business) -> None:
    invoice_id = await business.make_invoice()
    query = """query($id: ID!) { node(id: $id) { id ... on Invoice { number status total { amount }
        viewStats { viewCount } } ... on Customer { name } } }"""
    await business.gql(query, id=invoice_id)
    with statements() as ran:
        node = (await business.gql(query, id=invoice_id))["node"]
    assert node["total"] == {"amount": "100.00"}
    assert (node["status"], node["viewStats"]) == ("ISSUED", {"viewCount": 0})
    assert len(ran) == 3  # with the credential's


def test_lists_of_nodes_are_planned() -> None:
    asking = [
        name
        for name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType) and type_.is_type_of is not None
    ]
    assert asking == []
