"""A customer's portal shows balances and pages of invoices, and nothing of others."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from graphql import get_named_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import (
    Company,
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
)
from models.companies import today_in
from services.sharing.link_targets import LinkTargets
from tests.api.test_complexity import PORTAL
from tests.support.clients import Business
from tests.support.documents import store
from tests.support.operations import object_type, whole
from tests.support.sql_statements import (
    statements,
    statements_for_lines,
    statements_for_portal,
)
from values.money import MAX_AMOUNT
from values.taxes import TaxCategory

_BALANCES: Final = (
    "query($token: String!) { portal(token: $token) { isOverdue balances {"
    " outstanding { amount currency } overdue { amount } credit { amount } }"
    " invoices { totalCount } } }"
)
_PAGE: Final = (
    "query($token: String!, $first: Int, $after: String) { portal(token: $token) {"
    " invoices(first: $first, after: $after) { totalCount edges { cursor node { number status } }"
    " pageInfo { hasNextPage hasPreviousPage endCursor } } } }"
)
_INVOICE: Final = (
    "query($token: String!, $number: String!) { portal(token: $token) {"
    " invoice(number: $number) { number status pdfUrl lines { description amount { formatted } }"
    " billTo { name } business { name } total { formatted } } } }"
)
_IN_FRAGMENTS: Final = (
    "invoices { ...P } } } fragment P on PublicInvoiceConnection { edges { node { ...Row } } }"
    " fragment Row on PublicInvoice { other: lines { quantity "
)
_DAY: Final = timedelta(days=1)
_numbers = count(1)


def _invoice(
    business: Business,
    customer_id: str,
    status: InvoiceStatus = InvoiceStatus.ISSUED,
    total: int = 10_000,
    **columns: Any,
) -> Invoice:
    """Return a row that was built without a service, which is faster."""
    now = datetime.now(UTC)
    usual = {
        "number": f"N-{next(_numbers):05d}",
        "currency": "EUR",
        "amount_paid": total if status is InvoiceStatus.PAID else 0,
        "issued_at": None if status is InvoiceStatus.DRAFT else now,
        "cancelled_at": now if status is InvoiceStatus.CANCELLED else None,
    }
    return Invoice(
        company_id=business.company_id,
        customer_id=UUID(customer_id),
        status=status,
        subtotal=total,
        total=total,
        **usual | columns,
    )


def _credit_note(
    business: Business, customer_id: str, status: CreditNoteStatus, total: int, applied: int = 0
) -> CreditNote:
    now = datetime.now(UTC)
    return CreditNote(
        company_id=business.company_id,
        customer_id=UUID(customer_id),
        number=f"C-{next(_numbers):05d}",
        status=status,
        currency="EUR",
        subtotal=total,
        total=total,
        applied=applied,
        issued_at=None if status is CreditNoteStatus.DRAFT else now,
        voided_at=now if status is CreditNoteStatus.VOID else None,
    )


async def _shared(business: Business) -> tuple[str, str]:
    """Return a new customer's id and the token of its portal."""
    customer_id = await business.make_customer()
    return customer_id, await business.share_portal(customer_id)


async def _portal(business: Business, query: str, token: str, **more: object) -> Any:
    return (await business.stranger.gql(query, token=token, **more))["portal"]


# --- balances ------------------------------------------------------------------------------------

_amounts = st.one_of(st.integers(0, 10**6), st.integers(MAX_AMOUNT - 5, MAX_AMOUNT))
_currencies = st.sampled_from(["EUR", "JPY", "KWD"])
_days = st.one_of(st.none(), st.integers(-3, 3))
_invoices = st.lists(
    st.tuples(
        st.sampled_from(["draft", "cancelled", "open"]),
        _currencies,
        _amounts,
        st.floats(0, 1),
        _days,
    ),
    max_size=12,
)
_credit = st.lists(
    st.tuples(st.sampled_from(CreditNoteStatus), _currencies, _amounts.map(lambda n: n + 2)),
    max_size=6,
)


def _drawn_invoice(business: Business, customer_id: str, drawn: Any) -> Invoice:
    kind, currency, total, share, days = drawn
    paid = int(total * share) if kind == "open" else 0
    row = _invoice(business, customer_id, InvoiceStatus.ISSUED, total, currency=currency)
    row.amount_paid = min(paid, total)
    row.status = row.status_when_issued
    row.due_date = None if days is None else datetime.now(UTC).date() + days * _DAY
    if kind == "draft":
        row.status = InvoiceStatus.DRAFT
        row.issued_at = None
        row.amount_paid = 0
    if kind == "cancelled":
        row.status = InvoiceStatus.CANCELLED
        row.cancelled_at = datetime.now(UTC)
    return row


def _drawn_credit(business: Business, customer_id: str, drawn: Any) -> CreditNote:
    status, currency, total = drawn
    applied = total // 2 if status is CreditNoteStatus.APPLIED else 0
    row = _credit_note(business, customer_id, status, min(total, MAX_AMOUNT), applied)
    row.currency = currency
    return row


async def _expected(customer_id: str) -> list[dict[str, Any]]:
    """Return the balances, computed row by row."""
    invoices = await Invoice.filter(customer_id=customer_id).exclude(status="DRAFT")
    credit = await CreditNote.filter(customer_id=customer_id, status__in=["ISSUED", "APPLIED"])
    rows: list[Invoice | CreditNote] = [*invoices, *credit]
    balances = []
    for currency in sorted({row.currency for row in rows}):
        mine = [row for row in invoices if row.currency == currency]
        outstanding = sum(row.amount_due for row in mine)
        overdue = sum(row.amount_due for row in mine if row.is_overdue(datetime.now(UTC).date()))
        remaining = sum(row.remaining for row in credit if row.currency == currency)
        scale = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
        amounts = [f"{Decimal(n).scaleb(-scale)}" for n in (outstanding, overdue, remaining)]
        balances.append(
            {
                "outstanding": {"amount": amounts[0], "currency": currency},
                "overdue": {"amount": amounts[1]},
                "credit": {"amount": amounts[2]},
            }
        )
    return balances


@given(invoices=_invoices, credit=_credit)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_every_balance_is_the_sum_of_the_rows(
    business: Business, invoices: list[Any], credit: list[Any]
) -> None:
    customer_id, token = await _shared(business)
    for drawn in invoices:
        await store(_drawn_invoice(business, customer_id, drawn))
    for drawn in credit:
        await store(_drawn_credit(business, customer_id, drawn))
    rows = await Invoice.filter(customer_id=customer_id)
    assert await _portal(business, _BALANCES, token) == {
        "isOverdue": any(row.is_overdue(datetime.now(UTC).date()) for row in rows),
        "balances": await _expected(customer_id),
        "invoices": {"totalCount": sum(row.status is not InvoiceStatus.DRAFT for row in rows)},
    }


async def test_the_largest_amounts_add_up_exactly(business: Business) -> None:
    customer_id, token = await _shared(business)
    # Of many months: the sum of one would be changed ten thousand times in a transaction.
    days = [date(2020, 1, 1) + 31 * n * _DAY for n in range(50)]
    most = [
        _invoice(business, customer_id, total=MAX_AMOUNT - n % 2, issue_date=days[n % 50])
        for n in range(10_000)
    ]
    await store(*most)
    shown = await _portal(business, _BALANCES, token)
    [balance] = shown["balances"]
    assert balance["outstanding"]["amount"] == "99999999999999950.00"
    assert shown["invoices"]["totalCount"] == 10_000


async def test_a_customer_who_owes_nothing_has_a_zero_balance(business: Business) -> None:
    customer_id, token = await _shared(business)
    assert (await _portal(business, _BALANCES, token))["balances"] == []
    await store(_invoice(business, customer_id, InvoiceStatus.DRAFT, currency="USD"))
    await store(_credit_note(business, customer_id, CreditNoteStatus.VOID, 100))
    assert (await _portal(business, _BALANCES, token))["balances"] == []
    await store(_invoice(business, customer_id, InvoiceStatus.PAID))
    assert await _portal(business, _BALANCES, token) == {
        "isOverdue": False,
        "balances": [
            {
                "outstanding": {"amount": "0.00", "currency": "EUR"},
                "overdue": {"amount": "0.00"},
                "credit": {"amount": "0.00"},
            }
        ],
        "invoices": {"totalCount": 1},
    }


@pytest.mark.parametrize("time_zone", ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati"])
async def test_an_invoice_is_overdue_the_day_after_its_due_date(
    business: Business, time_zone: str
) -> None:
    customer_id, token = await _shared(business)
    await Company.filter(id=business.company_id).update(time_zone=time_zone)
    today = today_in(time_zone)
    await store(_invoice(business, customer_id, due_date=today))
    assert not (await _portal(business, _BALANCES, token))["isOverdue"]
    await store(_invoice(business, customer_id, due_date=today - _DAY, total=250))
    shown = await _portal(business, _BALANCES, token)
    assert shown["isOverdue"]
    assert shown["balances"][0]["overdue"] == {"amount": "2.50"}


# --- invoices ------------------------------------------------------------------------------------


async def _walk(business: Business, token: str, first: int) -> list[str]:
    """Return the invoice numbers of all pages, issuing another invoice after each."""
    numbers: list[str] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    customer = await Customer.get(portal_token=token)
    while info["hasNextPage"]:
        page = await _portal(business, _PAGE, token, first=first, after=info["endCursor"])
        info = page["invoices"]["pageInfo"]
        numbers += [edge["node"]["number"] for edge in page["invoices"]["edges"]]
        await store(_invoice(business, str(customer.id), number=f"new {next(_numbers)}"))
    return numbers


@pytest.mark.parametrize("first", [1, 20, 44, 45, 100])
async def test_each_of_45_invoices_is_listed_once_while_others_are_issued(
    business: Business, first: int
) -> None:
    customer_id, token = await _shared(business)
    for n in range(45):
        await store(_invoice(business, customer_id, number=f"{n}"))
        await store(_invoice(business, customer_id, InvoiceStatus.DRAFT))
    assert await _walk(business, token, first) == [str(n) for n in reversed(range(45))]


async def test_drafts_are_neither_listed_nor_counted(business: Business) -> None:
    customer_id, token = await _shared(business)
    for status in InvoiceStatus:
        paid = 1 if status is InvoiceStatus.PARTIALLY_PAID else 0
        columns = {"amount_paid": paid} if paid else {}
        await store(_invoice(business, customer_id, status, number=status.value, **columns))
    page = (await _portal(business, _PAGE, token))["invoices"]
    shown = [edge["node"]["status"] for edge in page["edges"]]
    assert shown == ["CANCELLED", "PAID", "PARTIALLY_PAID", "ISSUED"]
    assert page["totalCount"] == 4


async def _refused(business: Business, token: str, number: str) -> str:
    refusal = await business.stranger.refused(_INVOICE, token=token, number=number)
    return refusal.code


async def test_only_the_customers_own_invoices_are_found(
    business: Business, rival: Business
) -> None:
    customer_id, token = await _shared(business)
    await business.make_draft(customerId=customer_id, number="draft")
    await business.make_invoice(number="another customer's")
    await rival.make_invoice(number="another company's")
    await business.make_invoice(customerId=customer_id, number="mine")
    for number in ("draft", "another customer's", "another company's", "%", "MINE", "m\x00"):
        assert await _refused(business, token, number) == "NOT_FOUND"
        page = await business.http.get(
            f"/portal/{token}/{number.replace('%', '%25')}".replace("\x00", "%00"),
            headers=business.stranger.headers,
        )
        assert page.status_code == 404
    shown = (await _portal(business, _INVOICE, token, number="mine"))["invoice"]
    assert shown["number"] == "mine"


async def test_numbers_of_0_2_0_that_differ_in_case_only_are_both_found(business: Business) -> None:
    customer_id, token = await _shared(business)
    for number in ("A-1", "B-1"):
        await business.make_invoice(customerId=customer_id, number=number)
    invoices = Invoice.filter(company_id=business.company_id)
    await invoices.filter(number="B-1").update(number="a-1", number_key="a-1\n2")
    for number in ("A-1", "a-1"):
        shown = (await _portal(business, _INVOICE, token, number=number))["invoice"]
        assert shown["number"] == number
        assert (await business.http.get(f"/portal/{token}/{number}")).status_code == 200
    assert await _refused(business, token, "a-1\n2") == "NOT_FOUND"
    links = LinkTargets()
    found = [await links.find(token, number) for number in ("A-1", "a-1")]
    assert len({target.invoice_id for target in found if target}) == 2


async def test_an_invoice_is_complete_but_has_no_share_link(business: Business) -> None:
    customer_id, token = await _shared(business)
    invoice_id = await business.make_invoice(customerId=customer_id, number="7")
    share_token = await business.share(invoice_id)
    answer = await business.stranger.post(_INVOICE, token=token, number="7")
    assert answer.json()["data"]["portal"]["invoice"] == {
        "number": "7",
        "status": "ISSUED",
        "pdfUrl": f"http://127.0.0.1:8000/portal/{token}/7.pdf",
        "lines": [{"description": "Work", "amount": {"formatted": "€100.00"}}],
        "billTo": {"name": "Ada Lovelace"},
        "business": {"name": "Acme Ltd"},
        "total": {"formatted": "€100.00"},
    }
    everything = (await business.stranger.post(PORTAL, token=token)).text
    for secret in (share_token, invoice_id, customer_id, str(business.company_id)):
        assert secret not in answer.text
        assert secret not in everything


async def test_two_portals_in_one_request_are_kept_apart(
    business: Business, rival: Business
) -> None:
    query = """query($a: String!, $b: String!) { a: portal(token: $a) { ...P }
        b: portal(token: $b) { ...P } }
        fragment P on Portal { balances { outstanding { amount } } invoices { totalCount } }"""
    tokens = []
    for company, total in ((business, 100), (rival, 250)):
        customer_id, token = await _shared(company)
        await store(_invoice(company, customer_id, total=total))
        tokens.append(token)
    portals = await business.stranger.gql(query, a=tokens[0], b=tokens[1])
    assert [portals[name]["balances"][0]["outstanding"]["amount"] for name in "ab"] == [
        "1.00",
        "2.50",
    ]


async def test_every_amount_is_formatted_in_the_customers_language(business: Business) -> None:
    customer_id, token = await _shared(business)
    await Customer.filter(id=customer_id).update(language="de-AT")
    await business.make_invoice(customerId=customer_id)
    amounts = set(_formatted(await _portal(business, PORTAL, token)))
    assert amounts == {"€\N{NO-BREAK SPACE}100,00", "€\N{NO-BREAK SPACE}0,00"}


def _formatted(value: Any) -> Iterable[str]:
    """Yield every formatted amount in `value`."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        if "formatted" in value:
            yield value["formatted"]
        for inner in value.values():
            yield from _formatted(inner)


# --- statements ----------------------------------------------------------------------------------


async def _with_lines(business: Business, customer_id: str, number: int) -> None:
    invoices = [_invoice(business, customer_id) for _ in range(number)]
    await store(*invoices)
    line = {"description": "x", "quantity": 1, "unit_price": 1, "amount": 100, "net": 100}
    untaxed = {"tax_category": TaxCategory.ZERO, "tax_rate": 0, "tax": 0, "discount": 0}
    await InvoiceLine.bulk_create(
        InvoiceLine(invoice_id=row.id, position=n, **line, **untaxed)
        for row in invoices
        for n in range(3)
    )


@pytest.mark.parametrize("number", [0, 1, 20, 300])
async def test_a_portal_takes_few_statements_however_many_invoices_there_are(
    business: Business, number: int
) -> None:
    customer_id, token = await _shared(business)
    await _with_lines(business, customer_id, number)
    with statements() as queries:
        shown = await _portal(business, PORTAL, token)
    edges = shown["invoices"]["edges"]
    assert shown["invoices"]["totalCount"] == number
    assert [len(edge["node"]["lines"]) for edge in edges] == [3] * min(number, 20)
    for_lines = 1 if number else 0
    assert len(queries) == statements_for_portal(2) + for_lines  # with account and page


async def test_a_portals_page_takes_one_statement(business: Business) -> None:
    customer_id, token = await _shared(business)
    await _with_lines(business, customer_id, 21)
    with statements() as queries:
        page = await business.http.get(f"/portal/{token}")
    assert page.text.count('<tr role="row"><td') == 20
    assert len(queries) == statements_for_portal(3)  # with account, page and number of credits


@pytest.mark.parametrize(
    ("selection", "parts", "further"),
    [
        ("customer { name }", 0, 0),
        ("isOverdue balances { credit { amount } }", 1, 0),
        ("... on Portal { isOverdue }", 1, 0),
        ("invoices { ... { totalCount } }", 2, 0),
        ("invoices { edges { node { number total { amount } } } }", 1, 0),
        ("invoices { edges { node { isOverdue billTo { name } } } }", 1, 0),
        ("invoices { edges { node { ...on PublicInvoice { lines { quantity } } } } }", 1, 1),
        (_IN_FRAGMENTS, 1, 1),
        ("isOverdue @skip(if: true) invoices @include(if: false) { totalCount }", 0, 0),
        ("invoices { totalCount edges @skip(if: true) { node { lines { quantity } } } }", 2, 0),
        ("a: invoices { edges { cursor } } b: invoices(first: 1) { edges { cursor } }", 1, 1),
        ('invoice(number: "7") { total { amount } }', 0, 1),
    ],
)
async def test_only_what_is_selected_is_loaded(
    business: Business, selection: str, parts: int, further: int
) -> None:
    customer_id, token = await _shared(business)
    await business.make_invoice(customerId=customer_id, number="7")
    query = f"query($token: String!) {{ portal(token: $token) {{ __typename {selection} }} }}"
    with statements() as queries:
        await _portal(business, query, token)
    assert len(queries) == statements_for_portal(parts) + further


@pytest.mark.parametrize(
    ("selection", "has_cursors"),
    [("edges { node { number } }", False), ("pageInfo { endCursor }", True)],
)
async def test_times_of_creation_are_loaded_for_cursors(
    business: Business, selection: str, has_cursors: bool
) -> None:
    customer_id, token = await _shared(business)
    await business.make_invoice(customerId=customer_id)
    query = f"query($token: String!) {{ portal(token: $token) {{ invoices {{ {selection} }} }} }}"
    with statements() as queries:
        await _portal(business, query, token)
    assert any('"invoice"."created_at"' in sql for sql in queries) is has_cursors


@pytest.mark.parametrize("with_it", [True, False])
async def test_variables_decide_what_is_loaded(business: Business, with_it: bool) -> None:
    customer_id, token = await _shared(business)
    await business.make_invoice(customerId=customer_id)
    query = """query($token: String!, $with: Boolean!) { portal(token: $token) { __typename
        invoices @include(if: $with) { edges { node { number lines @include(if: $with) {
        quantity } } } } } }"""
    with statements() as queries:
        shown = await _portal(business, query, token, **{"with": with_it})
    assert ("invoices" in shown) is with_it
    assert len(queries) == (statements_for_portal(1) + 1 if with_it else 1)


async def test_every_page_comes_with_the_portal(business: Business) -> None:
    customer_id, token = await _shared(business)
    await store(*[_invoice(business, customer_id, number=f"{n}") for n in range(3)])
    after, numbers = None, []
    for _ in range(3):
        with statements() as queries:
            shown = await _portal(business, _PAGE, token, first=1, after=after)
        assert len(queries) == statements_for_portal(2)
        numbers += [edge["node"]["number"] for edge in shown["invoices"]["edges"]]
        after = shown["invoices"]["pageInfo"]["endCursor"]
    assert numbers == ["2", "1", "0"]


async def test_each_alias_has_the_page_that_it_asks_for(business: Business) -> None:
    customer_id, token = await _shared(business)
    await store(*[_invoice(business, customer_id, number=f"{n}") for n in range(3)])
    query = """query($token: String!, $two: Int) { portal(token: $token) {
        one: invoices(first: 1) { edges { node { number } } }
        two: invoices(first: $two) { edges { node { number lines { quantity } } } }
        all: invoices(first: null) { edges { node { number } } } } }"""
    shown = await _portal(business, query, token, two=2)
    numbers = {
        name: [edge["node"]["number"] for edge in page["edges"]] for name, page in shown.items()
    }
    assert numbers == {"one": ["2"], "two": ["2", "1"], "all": ["2", "1", "0"]}


@pytest.mark.parametrize("arguments", ["first: 101", "first: 0", 'after: "x"', "after: $token"])
async def test_a_page_that_does_not_exist_is_refused_by_its_field(
    business: Business, arguments: str
) -> None:
    _, token = await _shared(business)
    query = f"""query($token: String!) {{ portal(token: $token) {{
        page: invoices({arguments}) {{ totalCount }} }} }}"""
    answer = (await business.stranger.post(query, token=token)).json()
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["portal", "page"], "BAD_INPUT")
    unknown = (await business.stranger.post(query, token=str(uuid4()))).json()
    [error] = unknown["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["portal"], "NOT_FOUND")


@pytest.mark.parametrize(
    ("documents", "type_name"),
    [("invoices", "PublicInvoice"), ("creditNotes", "PublicCreditNote")],
)
async def test_each_field_of_a_list_has_what_it_needs(
    business: Business, documents: str, type_name: str
) -> None:
    customer_id, token = await _shared(business)
    await business.make_invoice(customerId=customer_id)
    await business.make_credit_note(customer_id, "5")
    for name, field in object_type(type_name).fields.items():
        below = whole(get_named_type(field.type), rows=1, depth=2)
        selection = f"{documents} {{ edges {{ node {{ {name} {below} }} }} }}"
        shown = await _portal(
            business, f"query($token: String!) {{ portal(token: $token) {{ {selection} }} }}", token
        )
        assert len(shown[documents]["edges"]) == 1


async def test_an_invoice_comes_with_its_lines(business: Business) -> None:
    customer_id, token = await _shared(business)
    await business.make_invoice(customerId=customer_id, number="7")
    query = 'query($token: String!) { portal(token: $token) { invoice(number: "7") { %s } } }'
    with statements() as queries:
        shown = await _portal(business, query % "lines { quantity }", token)
    assert shown["invoice"]["lines"] == [{"quantity": "1"}]
    assert len(queries) == 2 + statements_for_lines()
