"""Lists are searched by parts of words, regardless of case and accents, and in many orders."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search_texts import MAX_SEARCH_TEXT, searchable
from db.connections import connection
from db.search import terms_for_index
from models import Customer, Invoice
from tests.support.clients import Business

_CUSTOMERS: Final = (
    "query($search: String, $order: CustomerOrder) { company {"
    " customers(search: $search, orderBy: $order) { totalCount edges { node { name } } } } }"
)
_INVOICES: Final = (
    "query($search: String, $order: InvoiceOrder, $first: Int, $after: String, $last: Int,"
    " $before: String) { company { invoices(search: $search, orderBy: $order, first: $first,"
    " after: $after, last: $last, before: $before) { edges { node { id } }"
    " pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }"
)


async def _names(business: Business, **arguments: object) -> list[str]:
    customers = (await business.gql(_CUSTOMERS, **arguments))["company"]["customers"]
    names = [edge["node"]["name"] for edge in customers["edges"]]
    assert customers["totalCount"] == len(names)
    return names


async def _invoices(business: Business, **arguments: object) -> Any:
    return (await business.gql(_INVOICES, **arguments))["company"]["invoices"]


async def _found(business: Business, search: str) -> list[str]:
    invoices = await _invoices(business, search=search)
    return [edge["node"]["id"] for edge in invoices["edges"]]


@pytest.mark.parametrize(
    ("name", "searches"),
    [
        ("Éclair Straße", ("eclair", "STRASSE", "straße lair", "r str", "é")),
        ("Łódź İstanbul", ("lodz", "ISTANBUL", "ıstanbul", "łÓD")),
        ("ΟΔΥΣΣΕΎΣ", ("οδυσσευς", "σσεύς")),
        ("Ёлка и Ко", ("елка", "КО")),
        ("مُحَمَّد", ("محمد",)),
        ("株式会社山田", ("山田", "社", "株式会社")),
        ("ＡＢＣ—Ø% _", ("abc-o%", "_", "c-")),
    ],
)
async def test_a_word_is_found_in_any_spelling(
    business: Business, rival: Business, name: str, searches: tuple[str, ...]
) -> None:
    await business.make_customer(name=name, email=None)
    await business.make_customer(name="Qub", email=None)
    await rival.make_customer(name=name)
    for search in searches:
        assert await _names(business, search=search) == [name], search
    for other in ("zzz", f"{searches[0]} zzz", "'; --", "\\"):
        assert await _names(business, search=other) == []


async def test_a_document_is_found_by_all_that_names_it(business: Business) -> None:
    ada = await business.make_customer(name="Ada Lovelace", email="countess@example.com")
    invoice = await business.make_invoice(
        customerId=ada, number="KH-77", purchaseOrder="PO 4711", buyerReference="04011000-1"
    )
    bob = await business.make_customer(name="Bob", email=None)
    draft = await business.make_draft(number="KH-78", customerId=bob)
    for search in ("kh-77", "4711", "04011000-1", "lovel", "countess@", "kh ADA 47"):
        assert await _found(business, search) == [invoice], search
    assert await _found(business, "h-78") == [draft]
    assert await _found(business, "kh") == [draft, invoice]
    assert await _found(business, "4711 4712") == []


async def test_a_new_name_is_found_at_once(business: Business) -> None:
    customer_id = await business.make_customer(name="Before")
    invoice = await business.make_invoice(customerId=customer_id)
    changes = {"customerId": customer_id, "name": "Àfter"}
    await business.mutate("updateCustomer", "UpdateCustomerInput", "{ __typename }", **changes)
    assert await _found(business, "after") == [invoice]
    assert await _found(business, "before") == []


async def test_many_customers_with_the_term_are_all_searched(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.billing.lists.search._MAX_IDS", 1)
    invoices = [
        await business.make_invoice(customerId=await business.make_customer(name=f"Acme {end}"))
        for end in ("one", "two")
    ]
    assert await _found(business, "acme") == invoices[::-1]
    assert await _found(business, "acme one") == invoices[:1]


async def test_words_that_are_rare_alone_or_together_are_looked_up_in_the_index(
    business: Business,
) -> None:
    for notes in ("consulting", "thanks") * 2:
        await business.make_invoice(notes=notes)
    for words, looked_up in (
        (["consulting"], []),
        (["consulting", "thanks"], ["consulting", "thanks"]),
        (["consulting", "travel"], ["travel"]),
        (["inv", "consulting"], []),
    ):
        found = await terms_for_index(Invoice, business.company_id, words)
        is_indexed = connection().capabilities.dialect == "postgres"
        assert found == (looked_up if is_indexed else [])


async def _make_sortable(business: Business) -> list[str]:
    """Return four invoices and a draft; two are due on the same day."""
    today = date(2026, 3, 1)
    ids = []
    for at, (days, price) in enumerate([(9, "3"), (1, "20"), (9, "3"), (4, "1")]):
        line = {"description": "Work", "quantity": "1", "unitPrice": price}
        ids.append(
            await business.make_invoice(
                number=f"N-{4 - at}",
                issueDate=str(today),
                dueDate=str(today + timedelta(days=days)),
                lines=[line],
            )
        )
    return [*ids, await business.make_draft()]


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_documents_are_sorted_by_their_customers(
    business: Business, rival: Business, size: int
) -> None:
    await rival.make_invoice()
    names = ("Zoë", "émile", "Eva", "adam", "Eva")
    customers = [await business.make_customer(name=name, email=None) for name in names]
    ids = [await business.make_draft(customerId=customer) for customer in customers * 2]
    evas = sorted((2, 4), key=lambda at: UUID(customers[at]))
    expected = [ids[at] for customer in (3, 1, *evas, 0) for at in (customer, customer + 5)]
    for order, wanted in (("CUSTOMER", expected), ("CUSTOMER_DESC", expected[::-1])):
        forwards, backwards = list[str](), list[str]()
        after, before = None, None
        while after or not forwards:
            page = await _invoices(business, order=order, first=size, after=after)
            forwards += [edge["node"]["id"] for edge in page["edges"]]
            info = page["pageInfo"]
            after = info["endCursor"] if info["hasNextPage"] else None
        while before or not backwards:
            page = await _invoices(business, order=order, last=size, before=before)
            backwards = [edge["node"]["id"] for edge in page["edges"]] + backwards
            info = page["pageInfo"]
            before = info["startCursor"] if info["hasPreviousPage"] else None
        assert forwards == backwards == wanted
    assert await _found(business, "eva") == [ids[at] for at in (9, 7, 4, 2)]
    found = await _invoices(business, order="CUSTOMER", search="eva")
    assert [edge["node"]["id"] for edge in found["edges"]] == expected[4:8]


@pytest.mark.parametrize(
    ("order", "column"),
    [("DUE_DATE", "due_date"), ("NUMBER", "number"), ("TOTAL", "total"), ("OLDEST", "created_at")],
)
async def test_orders_are_the_same_in_pages_of_any_size_and_in_reverse(
    business: Business, order: str, column: str
) -> None:
    await _make_sortable(business)
    rows = await Invoice.filter(company_id=business.company_id)
    values = {str(row.id): getattr(row, column) for row in rows}
    whole = await _invoices(business, order=order)
    ids = [edge["node"]["id"] for edge in whole["edges"]]
    with_value = [id_ for id_ in ids if values[id_] is not None]
    assert sorted(ids) == sorted(values)
    assert with_value == sorted(with_value, key=lambda id_: (values[id_], UUID(id_)))
    assert ids[: len(with_value)] == with_value
    reverse = {"OLDEST": "NEWEST"}.get(order, f"{order}_DESC")
    down = await _invoices(business, order=reverse)
    assert [edge["node"]["id"] for edge in down["edges"]] == ids[::-1]
    for name in (order, reverse):
        forwards, backwards = list[str](), list[str]()
        after, before = None, None
        for _ in ids:
            page = await _invoices(business, order=name, first=1, after=after)
            forwards += [edge["node"]["id"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            page = await _invoices(business, order=name, last=1, before=before)
            backwards += [edge["node"]["id"] for edge in page["edges"]]
            before = page["pageInfo"]["startCursor"]
        assert forwards == backwards[::-1] == (ids if name == order else ids[::-1])


async def test_a_cursor_belongs_to_its_order_and_filters(business: Business) -> None:
    await _make_sortable(business)
    cursors = [
        (await _invoices(business, first=1, **arguments))["pageInfo"]["endCursor"]
        for arguments in ({}, {"order": "TOTAL"}, {"order": "TOTAL_DESC"}, {"search": "n"})
    ]
    for at, arguments in enumerate(({}, {"order": "TOTAL"}, {"search": "n"})):
        for cursor in cursors:
            if cursor == cursors[(0, 1, 3)[at]]:
                await _invoices(business, first=1, after=cursor, **arguments)
                continue
            refusal = await business.refused(_INVOICES, first=1, after=cursor, **arguments)
            assert (refusal.code, refusal.field) == ("BAD_INPUT", "after")


async def test_customers_are_sorted_by_name(business: Business) -> None:
    for name in ("Zoë", "émile", "Eva", "adam"):
        await business.make_customer(name=name)
    assert await _names(business, order="NAME") == ["adam", "émile", "Eva", "Zoë"]
    assert await _names(business, order="NAME_DESC") == ["Zoë", "Eva", "émile", "adam"]


async def test_the_longest_name_is_stored(business: Business) -> None:
    name = "\ufdfa" * 200
    await business.make_customer(name=name)
    row = await Customer.get(company_id=business.company_id)
    assert len(row.search_text) <= MAX_SEARCH_TEXT
    assert await _names(business, order="NAME", search="\ufdfa") == [name]


@given(st.text(max_size=100))
def test_searchable_texts_stay_as_they_are(text: str) -> None:
    found = searchable(text)
    assert searchable(found) == found == searchable(text.upper(), "") or "ŉ" in text
