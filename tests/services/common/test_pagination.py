"""Pagination: complete, stable while rows are added, and with opaque cursors."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from db.connections import connection
from db.counts import count_each_up_to, count_up_to
from models import Customer
from services.common.listings import _after, newest_first
from services.common.pagination import BY_CREATION, decode_cursor
from tests.support.clients import Business

_ID: Final = "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69"
_PAGE: Final = (
    "query($first: Int!, $after: String) { company { customers(first: $first, after: $after) {"
    " totalCount edges { cursor node { name } }"
    " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"
)
_VIEWS: Final = (
    "query($id: ID!, $after: String)"
    " { company { invoice(id: $id) { views(after: $after) { totalCount } } } }"
)


async def _page(business: Business, first: int, after: str | None = None) -> Any:
    data = await business.gql(_PAGE, first=first, after=after)
    return data["company"]["customers"]


def _names(page: Any) -> list[str]:
    return [edge["node"]["name"] for edge in page["edges"]]


async def _enter(business: Business, *names: str, at: datetime | None = None) -> None:
    for name in names:
        customer = await Customer.create(company_id=business.company_id, name=name)
        if at:
            await Customer.filter(id=customer.id).update(created_at=at)


async def _walk(business: Business, first: int) -> list[str]:
    page = await _page(business, first)
    names = _names(page)
    while page["pageInfo"]["hasNextPage"]:
        page = await _page(business, first, page["pageInfo"]["endCursor"])
        assert page["edges"]
        names += _names(page)
    return names


async def test_pages_report_their_neighbours(business: Business) -> None:
    await _enter(business, "a", "b", "c")
    first = await _page(business, 2)
    assert (_names(first), first["totalCount"]) == (["c", "b"], 3)
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    last = await _page(business, 2, cursors[1])
    assert (_names(last), last["totalCount"]) == (["a"], 3)
    assert last["pageInfo"]["hasNextPage"] is False
    assert last["pageInfo"]["hasPreviousPage"] is True


async def test_an_empty_list_has_an_empty_page(business: Business) -> None:
    page = await _page(business, 1)
    assert page["edges"] == []
    assert page["totalCount"] == 0
    assert set(page["pageInfo"].values()) == {False, None}


async def test_an_exactly_full_page_has_no_next(business: Business) -> None:
    await _enter(business, "a", "b")
    assert (await _page(business, 2))["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("first", [1, 2, 3, 7, 100])
async def test_rows_with_equal_times_appear_once_each(business: Business, first: int) -> None:
    now = datetime.now(UTC)
    await _enter(business, *map(str, range(5)), at=now)
    await _enter(business, *map(str, range(5, 7)), at=now - timedelta(microseconds=1))
    await _enter(business, *map(str, range(7, 9)), at=now.replace(microsecond=0))
    names = await _walk(business, first)
    assert sorted(names) == [str(n) for n in range(9)]
    assert sorted(names[:5]) == [str(n) for n in range(5)]


async def test_added_rows_do_not_shift_pages(business: Business) -> None:
    await _enter(business, "a", "b", "c", "d")
    first = await _page(business, 2)
    await _enter(business, "new")
    second = await _page(business, 2, first["pageInfo"]["endCursor"])
    assert _names(first) + _names(second) == ["d", "c", "b", "a"]
    assert second["totalCount"] == 5


async def test_a_cursor_outlives_its_row(business: Business) -> None:
    await _enter(business, "a", "b", "c")
    first = await _page(business, 2)
    await Customer.filter(company_id=business.company_id, name="b").delete()
    assert _names(await _page(business, 2, first["pageInfo"]["endCursor"])) == ["a"]


@pytest.mark.parametrize("first", [-1, 0, 101, 2**31 - 1])
async def test_a_page_has_1_to_100_rows(business: Business, first: int) -> None:
    refusal = await business.refused(_PAGE, first=first)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "first")


def _encode(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "=" * 9,
        "A" * 5000,
        _encode(1),
        _encode({}),
        _encode([]),
        _encode([None, None]),
        _encode([1, 2]),
        _encode(["2026-01-01T00:00:00+00:00"]),
        _encode(["2026-01-01T00:00:00+00:00", "no id"]),
        _encode(["2026-01-01T00:00:00", _ID]),
        _encode(["0001-01-01T00:00:00+23:59", _ID]),
        _encode(["9999-12-31T23:59:59-23:59", _ID]),
        _encode(["2026-01-01T00:00:00+00:00", _ID, "more"]),
        _encode(["'; DROP TABLE customer; --", _ID]),
        base64.urlsafe_b64encode(b"[" * 140).decode(),
    ],
    ids=repr,
)
async def test_an_invalid_cursor_is_refused(business: Business, cursor: str) -> None:
    refusal = await business.refused(_PAGE, first=1, after=cursor)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "after")


@pytest.mark.parametrize("number", ["-1", "9223372036854775808", "1.5", "", "x"])
async def test_a_number_out_of_range_is_an_invalid_cursor(business: Business, number: str) -> None:
    refusal = await business.refused(
        _VIEWS, id=await business.make_invoice(), after=_encode([number])
    )
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "after")


@pytest.mark.parametrize(
    "values",
    [["NAME", "\ud800", _ID], ["NAME", "\x00", _ID], ["a", "NAME", _ID], ["a", _ID]],
    ids=repr,
)
async def test_a_name_that_no_row_has_is_an_invalid_cursor(
    business: Business, values: list[str]
) -> None:
    query = (
        "query($after: String) { company { customers(after: $after, orderBy: NAME)"
        " { totalCount } } }"
    )
    refusal = await business.refused(query, after=_encode(values))
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "after")


async def test_another_list_s_cursor_shows_nothing_of_that_list(
    business: Business, rival: Business
) -> None:
    await _enter(rival, "secret", "secret")
    theirs = (await _page(rival, 1))["pageInfo"]["endCursor"]
    await _enter(business, "mine")
    assert _names(await _page(business, 5, theirs)) == []
    refusal = await business.refused(_VIEWS, id=await business.make_invoice(), after=theirs)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "after")


async def test_a_page_starts_at_its_cursor_in_the_index(business: Business) -> None:
    await _enter(business, "a", "b")
    rows = Customer.filter(company_id=business.company_id)
    page = await newest_first(rows, 1, None)
    cursor = page.cursor(page.rows[0])
    rows_after = rows.filter(_after(decode_cursor(cursor, BY_CREATION), BY_CREATION))
    on_sqlite = connection().capabilities.dialect == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    async with in_transaction() as transaction:
        if not on_sqlite:
            await transaction.execute_query("SET LOCAL enable_seqscan = off")
            await transaction.execute_query("SET LOCAL enable_bitmapscan = off")
            await transaction.execute_query("SET LOCAL enable_sort = off")
        sql = rows_after.order_by("-created_at", "-id").limit(1).sql(params_inline=True)
        plan = str(await transaction.execute_query_dict(f"{explain} {sql}"))
    assert "customer_listing" in plan
    expected = "company_id=? AND created_at<?" if on_sqlite else r"created_at <= '"
    assert expected in plan


async def test_the_audit_log_is_paged_by_time_and_private(
    business: Business, rival: Business
) -> None:
    query = (
        "query($after: String) { company { auditEntries(first: 2, after: $after)"
        " { edges { node { id subject } } pageInfo { hasNextPage endCursor } } } }"
    )
    for name in "abcde":
        for company in (business, rival):
            await company.share_portal(await company.make_customer(name=name))
    entries: list[dict[str, str]] = []
    page: Any = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        log = (await business.gql(query, after=page["endCursor"]))["company"]["auditEntries"]
        entries += [edge["node"] for edge in log["edges"]]
        page = log["pageInfo"]
    assert [entry["subject"] for entry in entries] == list("eeddccbbaa")  # created and shared
    assert {UUID(entry["id"]).version for entry in entries} == {4}


_WINDOW: Final = (
    "query($first: Int, $after: String, $last: Int, $before: String) { company {"
    " customers(first: $first, after: $after, last: $last, before: $before) {"
    " edges { node { name } } pageInfo { hasNextPage hasPreviousPage startCursor } } } }"
)


async def test_pages_go_backwards_from_the_end_and_from_a_cursor(business: Business) -> None:
    await _enter(business, "a", "b", "c")
    last = (await business.gql(_WINDOW, last=2))["company"]["customers"]
    assert _names(last) == ["b", "a"]
    before = last["pageInfo"].pop("startCursor")
    assert last["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}
    rest = (await business.gql(_WINDOW, last=2, before=before))["company"]["customers"]
    assert _names(rest) == ["c"]
    del rest["pageInfo"]["startCursor"]
    assert rest["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}


@pytest.mark.parametrize(
    "arguments",
    [{"first": 2, "after": "", "before": ""}, {"last": 2, "before": "", "after": ""}],
)
async def test_an_empty_cursor_is_none(business: Business, arguments: dict[str, Any]) -> None:
    await _enter(business, "a", "b", "c")
    empty = (await business.gql(_WINDOW, **arguments))["company"]["customers"]
    size = {name: arguments[name] for name in arguments if arguments[name]}
    assert empty == (await business.gql(_WINDOW, **size))["company"]["customers"]


@pytest.mark.parametrize("after", ["", None])
async def test_an_empty_cursor_is_none_in_a_portal(business: Business, after: str | None) -> None:
    query = """query($token: String!, $after: String) { portal(token: $token) {
        invoices(first: 1, after: $after) { edges { node { number } } } } }"""
    invoice_id = await business.make_invoice()
    portal = await business.gql(
        """query($id: ID!) { company { invoice(id: $id) { number customer { id } } } }""",
        id=invoice_id,
    )
    invoice = portal["company"]["invoice"]
    share = await business.mutate(
        "sharePortal", "CustomerRef", "{ token }", customerId=invoice["customer"]["id"]
    )
    page = (await business.gql(query, token=share["token"], after=after))["portal"]["invoices"]
    assert page["edges"] == [{"node": {"number": invoice["number"]}}]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"first": 20, "last": 1}, "first"),
        ({"after": "x", "before": "x"}, "after"),
        ({"last": 0}, "last"),
        ({"last": 1, "before": "x"}, "before"),
    ],
)
async def test_a_page_goes_in_one_direction(
    business: Business, arguments: dict[str, Any], field: str
) -> None:
    refusal = await business.refused(_WINDOW, **arguments)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", field)


async def test_no_more_than_the_most_are_counted(business: Business) -> None:
    await _enter(business, "a", "b", "c")
    rows = Customer.filter(company_id=business.company_id)
    assert [await count_up_to(most, rows) for most in (2, 3, 4)] == [2, 3, 3]


async def test_several_counts_keep_their_own_parameters(business: Business) -> None:
    await _enter(business, "a", "b", "c")
    rows = Customer.filter(company_id=business.company_id)
    each = [rows.filter(name="a"), rows, rows.filter(name__in=["b", "c", "d"])]
    assert await count_each_up_to(3, each) == [1, 3, 2]
