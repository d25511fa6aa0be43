"""A client's tools narrow the lists of a portal: to what is open, words, a currency, a period."""

from typing import Any, Final

from models import Invoice, Quote
from tests.support.clients import Business
from tests.support.sql_statements import statements, statements_for_portal

_INVOICES: Final = """query($token: String!, $first: Int, $after: String, $group: InvoiceGroup,
    $search: String, $currency: String, $from: Date, $to: Date) { portal(token: $token) {
    invoices(first: $first, after: $after, group: $group, search: $search, currency: $currency,
        issuedFrom: $from, issuedTo: $to) {
    totalCount edges { node { number } } pageInfo { hasNextPage endCursor } } } }"""
_OTHERS: Final = """query($token: String!, $search: String, $number: String!) {
    portal(token: $token) {
    quotes(search: $search) { totalCount edges { node { number summary status } } }
    creditNotes(search: $search) { totalCount edges { node { number summary } } }
    quote(number: $number) { number pdfUrl lines { description } } } }"""
_BALANCES: Final = """query($token: String!) { portal(token: $token) { balances {
    outstanding { amount } pending { amount } openInvoices overdueInvoices nextDueDate } } }"""

_NARROWED: Final[list[tuple[dict[str, str], list[str]]]] = [
    ({}, ["GONE", "PAID", "PART", "OPEN"]),
    ({"group": "OPEN"}, ["PART", "OPEN"]),
    ({"group": "PAID"}, ["PAID"]),
    ({"group": "CANCELLED"}, ["GONE"]),
    ({"currency": "USD"}, ["PART"]),
    ({"currency": "USD", "group": "PAID"}, []),
    ({"from": "2020-03-01", "to": "2020-03-01"}, ["OPEN"]),
    ({"from": "2020-03-02"}, ["GONE", "PAID", "PART"]),
    ({"to": "2020-02-29"}, []),
    ({"search": "UBERWACHUNG"}, ["OPEN"]),
    ({"search": "mehr"}, []),  # of the description's second line
    ({"search": "oeuvre pai"}, ["PAID"]),
    ({"search": "o-9", "group": "OPEN"}, ["PART"]),
    ({"search": "draft"}, []),
    ({"search": " \x00 "}, ["GONE", "PAID", "PART", "OPEN"]),
    ({"search": "%"}, []),
]
"""Arguments, and the invoices of `_account` that they leave."""


async def _listed(business: Business, token: str, **arguments: object) -> tuple[list[str], int]:
    """Return the numbers of a page of the invoices, and how many there are."""
    shown = await business.stranger.gql(_INVOICES, token=token, **arguments)
    invoices = shown["portal"]["invoices"]
    return [edge["node"]["number"] for edge in invoices["edges"]], invoices["totalCount"]


def _line(description: str) -> dict[str, Any]:
    line = {"description": description, "quantity": "1", "unitPrice": "100.00"}
    return {"lines": [line]}


async def _account(business: Business) -> tuple[str, str]:
    """Return a customer with invoices in every state, and the token of the portal."""
    customer_id = await business.make_customer()
    mine = {"customerId": customer_id}
    await business.make_draft(**mine, number="draft")
    old = {"issueDate": "2020-03-01", "dueDate": "2020-03-31"}
    await business.make_invoice(**mine, **old, number="OPEN", **_line("Überwachung\nund mehr"))
    part = await business.make_invoice(**mine, number="PART", currency="USD", purchaseOrder="PO-9")
    paid = await business.make_invoice(**mine, number="PAID", **_line("Two days of œuvre"))
    gone = await business.make_invoice(**mine, number="GONE")
    await business.pay(part, "40")
    await business.pay(paid, "100")
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=gone)
    await business.make_invoice(number="OTHER", **_line("Überwachung"))
    return customer_id, await business.share_portal(customer_id)


async def test_invoices_are_narrowed(business: Business) -> None:
    _, token = await _account(business)
    for arguments, expected in _NARROWED:
        assert await _listed(business, token, **arguments) == (expected, len(expected)), arguments


async def test_each_page_of_a_narrowed_list_goes_on_where_the_last_one_ended(
    business: Business,
) -> None:
    customer_id = await business.make_customer()
    token = await business.share_portal(customer_id)
    numbers = [f"N-{n}" for n in range(7)]
    for number in numbers:
        invoice_id = await business.make_invoice(customerId=customer_id, number=number)
        if number in {"N-2", "N-3", "N-6"}:
            await business.pay(invoice_id, "1")
    for narrowing in ({"group": "OPEN"}, {"group": "OPEN", "search": "n-"}, {"search": "n-"}):
        listed, after = list[str](), None
        for left in (True, True, True, False):
            page = await business.stranger.gql(
                _INVOICES, token=token, first=2, after=after, **narrowing
            )
            invoices = page["portal"]["invoices"]
            listed += [edge["node"]["number"] for edge in invoices["edges"]]
            after = invoices["pageInfo"]["endCursor"]
            assert invoices["pageInfo"]["hasNextPage"] is left
            assert invoices["totalCount"] == 7
        assert listed == numbers[::-1]


async def test_what_cannot_be_is_refused_by_name(business: Business) -> None:
    token = await business.share_portal(await business.make_customer())
    wrong: list[tuple[str, dict[str, object]]] = [
        ("currency", {"currency": "EURO"}),
        ("currency", {"currency": "\x00"}),
        ("after", {"search": "x", "after": "x"}),
        ("first", {"search": "x", "first": 101}),
        ("first", {"group": "PAID", "first": 0}),
    ]
    for field, arguments in wrong:
        refusal = await business.stranger.refused(_INVOICES, token=token, **arguments)
        assert (refusal.code, refusal.errors[0]["extensions"]["field"]) == ("BAD_INPUT", field)


async def test_quotes_and_credit_notes_are_listed_and_found(
    business: Business, rival: Business
) -> None:
    customer_id = await business.make_customer()
    token = await business.share_portal(customer_id)
    await business.make_quote(customerId=customer_id)  # a draft
    for owner, customer in ((business, customer_id), (business, None), (rival, None)):
        mine = {"customerId": customer} if customer else {}
        quote_id = await owner.make_quote(**mine, **_line("Pool edge"))
        await owner.share_quote(quote_id)
    await business.make_credit_note(customer_id, "5.00")
    quote = await Quote.get(customer_id=customer_id, status="SENT")
    shown = await business.stranger.gql(_OTHERS, token=token, search="EDGE", number=quote.number)
    assert shown["portal"] == {
        "quotes": {
            "totalCount": 1,
            "edges": [{"node": {"number": quote.number, "summary": "Pool edge", "status": "SENT"}}],
        },
        "creditNotes": {"totalCount": 0, "edges": []},
        "quote": {
            "number": quote.number,
            "pdfUrl": f"http://127.0.0.1:8000/quote/{token}/{quote.number}.pdf",
            "lines": [{"description": "Pool edge"}],
        },
    }
    refusal = await business.stranger.refused(_OTHERS, token=token, number="Q-0")
    assert refusal.code == "NOT_FOUND"


async def test_balances_say_what_is_late_on_its_way_and_due_next(business: Business) -> None:
    customer_id = await business.make_customer()
    token = await business.share_portal(customer_id)
    soon, later = {"dueDate": "2099-01-01"}, {"dueDate": "2099-02-01"}
    pending = await business.make_invoice(customerId=customer_id, **soon)
    await Invoice.filter(id=pending).update(amount_pending=100_00)
    await business.make_invoice(customerId=customer_id, **later)
    late = {"issueDate": "2020-03-01", "dueDate": "2020-03-31"}
    await business.make_invoice(customerId=customer_id, **late)
    shown = await business.stranger.gql(_BALANCES, token=token)
    assert shown["portal"]["balances"] == [
        {
            "outstanding": {"amount": "300.00"},
            "pending": {"amount": "100.00"},
            "openInvoices": 3,
            "overdueInvoices": 1,
            "nextDueDate": "2099-02-01",
        }
    ]


async def test_a_group_takes_no_more_statements_than_all_invoices(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id, number="1")
    token = await business.share_portal(customer_id)
    for group in (None, "OPEN", "PAID"):
        with statements() as queries:
            await _listed(business, token, group=group)
        assert len(queries) == statements_for_portal(2)  # with account and page
