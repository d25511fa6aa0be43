"""Lists are narrowed by what is asked for, alone and together."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import pytest
from tortoise.transactions import in_transaction

from auth.staff import authenticate
from db.connections import connection
from models import Invoice
from services.billing.lists.filters import InvoiceFilter
from tests.support.clients import Business

_AHEAD: Final = date(2099, 12, 31)


async def _numbers(business: Business, arguments: str, documents: str = "invoices") -> list[str]:
    query = f"{{ company {{ {documents}{arguments} {{ edges {{ node {{ number }} }} }} }} }}"
    data: Any = await business.gql(query)
    return [edge["node"]["number"] for edge in data["company"][documents]["edges"]]


async def _make_invoices(business: Business) -> None:
    """Make invoices A to D: overdue and opened, shared, paid in dollars, and cancelled."""
    late = {"issueDate": "2026-01-10", "dueDate": "2026-01-20"}
    opened = await business.make_invoice(number="A", **late)
    token = await business.share(opened)
    await business.stranger.record_view(token)
    await business.share(await business.make_invoice(number="B", dueDate=str(_AHEAD)))
    paid = await business.make_invoice(number="C", currency="USD", issueDate="2026-02-01")
    await business.pay(paid, "100.00")
    cancelled = await business.make_invoice(number="D", **late)
    await business.mutate("cancelInvoice", "InvoiceRef", "{ __typename }", invoiceId=cancelled)
    await business.make_draft()


async def test_invoices_are_narrowed_by_each_filter_and_by_several(business: Business) -> None:
    await _make_invoices(business)
    for arguments, numbers in (
        ("(unpaid: true)", ["B", "A"]),
        ("(overdue: true)", ["A"]),
        ("(opened: true)", ["A"]),
        ("(opened: false)", ["B"]),
        ("(opened: true, unpaid: true)", ["A"]),
        ("(opened: true, status: DRAFT)", []),
        ("(shared: true, status: DRAFT)", []),
        ('(currency: "USD")', ["C"]),
        ('(currency: "GBP")', []),
        ('(issuedFrom: "2026-01-10", issuedTo: "2026-01-10")', ["D", "A"]),
        ('(issuedFrom: "2026-01-11", issuedTo: "2026-02-01")', ["C"]),
        ('(dueTo: "2026-01-20", unpaid: true)', ["A"]),
        (f'(dueFrom: "{_AHEAD - timedelta(days=1)}", shared: true)', ["B"]),
        ('(search: "usd 100")', ["C"]),
    ):
        assert await _numbers(business, arguments) == numbers, arguments


async def test_quotes_and_credit_notes_are_narrowed(business: Business) -> None:
    customer_id = await business.make_customer()
    late = {"issueDate": "2026-01-10", "validUntil": "2026-01-20"}
    await business.share_quote(await business.make_quote(number="Q", **late))
    await business.make_quote(currency="USD")
    assert await _numbers(business, "(expired: true)", "quotes") == ["Q"]
    assert await _numbers(business, '(currency: "USD")', "quotes") == [None]
    assert await _numbers(business, '(issuedTo: "2026-01-10")', "quotes") == ["Q"]
    await business.make_credit_note(customer_id, "5.00")
    assert len(await _numbers(business, '(currency: "EUR")', "creditNotes")) == 1
    assert await _numbers(business, '(currency: "USD")', "creditNotes") == []


OVERDUE: Final = (
    InvoiceFilter(overdue=True, issued_from=_AHEAD),
    ("ISSUED", "issue_date", "due_date"),
)


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        OVERDUE,
        (InvoiceFilter(shared=False), ("share_token IS NULL",)),
        (InvoiceFilter(opened=False), ("share_token IS NOT NULL", "first_viewed_at")),
    ],
)
async def test_what_is_not_wanted_is_skipped_within_the_index_of_the_order(
    business: Business, wanted: InvoiceFilter, parts: Sequence[str]
) -> None:
    if connection().capabilities.dialect == "sqlite":
        pytest.skip("SQLite reads a row to see whether it is wanted.")
    await assert_skipped_within_the_index(business, wanted, parts)


async def assert_skipped_within_the_index(
    business: Business, wanted: InvoiceFilter, parts: Sequence[str]
) -> None:
    """Assert that the plan finds parts of the condition in the index of each order."""
    staff = await authenticate(f"Bearer {business.secret}")
    async with in_transaction() as transaction:
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            await transaction.execute_query(f"SET LOCAL enable_{way} = off")
        for order, column in (("TOTAL", "total"), ("NUMBER", "number_key")):
            rows = (await wanted.listing(staff, order)).rows.order_by(column, "id").limit(1)
            plan = await transaction.execute_query_dict(f"EXPLAIN {rows.sql(params_inline=True)}")
            [condition] = [line for row in plan if "Index Cond" in (line := str(row))]
            for part in parts:
                assert part in condition, order


async def test_what_cannot_be_is_refused_by_name(business: Business) -> None:
    for arguments, field in (
        ('(currency: "EURO")', "currency"),
        ('(issuedFrom: "2026-02-01", issuedTo: "2026-01-31")', "issuedTo"),
        ('(dueFrom: "2026-02-01", dueTo: "2026-01-31")', "dueTo"),
    ):
        refusal = await business.refused(
            f"{{ company {{ invoices{arguments} {{ totalCount }} }} }}"
        )
        assert (refusal.code, refusal.field) == ("BAD_INPUT", field)


async def test_an_amount_finds_what_has_it_as_total_or_still_to_pay(business: Business) -> None:
    def line(price: str) -> list[dict[str, str]]:
        return [{"description": "Work", "quantity": "1", "unitPrice": price}]

    await business.make_invoice(number="A", lines=line("1200.50"))
    part = await business.make_invoice(number="B", lines=line("1300.50"))
    await business.pay(part, "100.00")
    await business.make_invoice(number="C", currency="JPY", lines=line("1200"))
    await business.make_invoice(number="D", currency="KWD", lines=line("1.200"))
    for search, numbers in (
        ("1200,50", ["B", "A"]),
        ("1,200.50", ["B", "A"]),
        ("€1.200,50", ["B", "A"]),
        ("1 200,50", ["B", "A"]),
        ("EUR 1300.50", ["B"]),
        ("1.200", ["D", "C"]),
        ("¥1,200", ["D", "C"]),
        ("120050", []),
        ("99999999999999999999999", []),
    ):
        assert await _numbers(business, f'(search: "{search}")') == numbers, search


async def test_a_number_is_found_without_its_zeros_and_an_invoice_by_its_notes(
    business: Business,
) -> None:
    await business.make_invoice(number="INV-00034", notes="Thanks for the Čapek order")
    await business.make_invoice(number="INV-00340", notes="x" * 1000)
    for search, numbers in (
        ("INV-34", ["INV-00034"]),
        ("inv-034", ["INV-00034"]),
        ("inv-4", []),
        ("capek", ["INV-00034"]),
        ("xxxxx", ["INV-00340"]),
    ):
        assert await _numbers(business, f'(search: "{search}")') == numbers, search


async def test_invoices_are_sorted_by_what_is_due_and_cancelled_ones_owe_nothing(
    business: Business,
) -> None:
    await _make_invoices(business)
    part = await business.make_invoice(number="E")
    await business.pay(part, "40.00")
    await Invoice.filter(company_id=business.company_id, number=None).delete()
    down = await _numbers(business, "(orderBy: AMOUNT_DUE_DESC)")
    assert {*down[:2]} == {"A", "B"}
    assert down[2] == "E"
    assert await _numbers(business, "(orderBy: AMOUNT_DUE)") == down[::-1]
    first = await business.gql(
        "{ company { invoices(orderBy: AMOUNT_DUE_DESC, first: 3) { pageInfo { endCursor } } } }"
    )
    cursor = first["company"]["invoices"]["pageInfo"]["endCursor"]
    assert await _numbers(business, f'(orderBy: AMOUNT_DUE_DESC, after: "{cursor}")') == down[3:]


async def test_a_cursor_only_works_with_the_same_filters(business: Business) -> None:
    for _ in range(2):
        await business.make_invoice()
    query = "{ company { invoices(first: 1, %s) { edges { node { id } } pageInfo { endCursor } }}}"
    found = await business.gql(query % "shared: false")
    cursor = found["company"]["invoices"]["pageInfo"]["endCursor"]
    rest = await business.gql(query % f'shared: false, after: "{cursor}"')
    assert len(rest["company"]["invoices"]["edges"]) == 1
    for others in ("", "opened: false,", "shared: false, unpaid: true,"):
        refusal = await business.refused(query % f'{others} after: "{cursor}"')
        assert (refusal.code, refusal.field) == ("BAD_INPUT", "after")
