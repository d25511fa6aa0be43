"""Quotes: drafting, sharing, deciding and invoicing."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import AuditEntry, Company, Invoice, InvoiceLine, Quote, QuoteLine
from tests.support.clients import Business, Caller, GraphQLFailed
from tests.support.sql_statements import statements, statements_for_lines

pytestmark = pytest.mark.one_database

_CREATE: Final = "mutation($input: CreateQuoteInput!) { createQuote(input: $input) %s }"
_UPDATE: Final = "mutation($input: UpdateQuoteInput!) { updateQuote(input: $input) %s }"
_DELETE: Final = "mutation($input: QuoteRef!) { deleteQuote(input: $input) }"
_SHARE: Final = "mutation($input: QuoteRef!) { shareQuote(input: $input) %s }"
_REVOKE: Final = "mutation($input: QuoteRef!) { revokeQuoteShare(input: $input) %s }"
_ACCEPT: Final = "mutation($input: QuoteRef!) { acceptQuote(input: $input) %s }"
_DECLINE: Final = "mutation($input: QuoteRef!) { declineQuote(input: $input) %s }"
_INVOICE: Final = "mutation($input: QuoteRef!) { invoiceQuote(input: $input) { invoice { id } } }"
_DELETE_INVOICE: Final = "mutation($input: InvoiceRef!) { deleteInvoice(input: $input) }"
_QUOTE: Final = "{ quote { id number status } }"
_LINE: Final = {"description": "Work", "quantity": "1", "unitPrice": "100.00"}
_OPEN: Final = "query($token: String!) { quote(token: $token) { %s } }"

once_per_portal = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""Settings of a test whose examples share one set of fixtures."""


async def _create(business: Business, selection: str = "id number", **details: object) -> Any:
    if "customerId" not in details:
        details["customerId"] = await business.make_customer()
    query = _CREATE % f"{{ quote {{ {selection} }} }}"
    data = await business.gql(query, input={"lines": [_LINE]} | details)
    return data["createQuote"]["quote"]


async def _do(business: Business, query: str, quote_id: str, **more: object) -> Any:
    """Run a mutation of a quote, and return its payload."""
    query = query % _QUOTE if "%s" in query else query
    [payload] = (await business.gql(query, input={"quoteId": quote_id} | more)).values()
    return payload


async def _refused(business: Business, query: str, **input: object) -> GraphQLFailed:
    return await business.refused(query % _QUOTE if "%s" in query else query, input=input)


async def _make_sent(business: Business, **details: object) -> str:
    quote_id = await business.make_quote(**details)
    await business.share_quote(quote_id)
    return quote_id


async def _make_accepted(business: Business, **details: object) -> str:
    quote_id = await _make_sent(business, **details)
    await _do(business, _ACCEPT, quote_id)
    return quote_id


async def _invoice(business: Business, quote_id: str) -> str:
    """Turn an accepted quote into an invoice, and return its id."""
    invoice_id: str = (await _do(business, _INVOICE, quote_id))["invoice"]["id"]
    return invoice_id


async def _number_of_quotes(business: Business) -> int:
    return await Quote.filter(company_id=business.company_id).count()


async def _actions(business: Business) -> list[str]:
    """Return the actions in the audit log, oldest first, apart from creating things."""
    entries = AuditEntry.filter(company_id=business.company_id).order_by("at", "id")
    actions = [entry.action.value for entry in await entries]
    return [action for action in actions if not action.endswith("_CREATED")]


# --- drafts --------------------------------------------------------------------------------------


async def test_a_draft_has_defaults(business: Business) -> None:
    selection = "number status issueDate validUntil isExpired notes shareUrl sharedAt sentAt"
    selection += " decidedAt invoice { id } discount { amount } total { amount currency }"
    assert await _create(business, selection) == {
        "number": None,
        "status": "DRAFT",
        "issueDate": None,
        "validUntil": None,
        "isExpired": False,
        "notes": None,
        "shareUrl": None,
        "sharedAt": None,
        "sentAt": None,
        "decidedAt": None,
        "invoice": None,
        "discount": {"amount": "0.00"},
        "total": {"amount": "100.00", "currency": "EUR"},
    }


async def test_a_draft_stores_every_detail(business: Business) -> None:
    line = {"description": "A\nB", "quantity": "1.5", "unitPrice": "3.33", "taxRate": "7.7"}
    selection = "issueDate validUntil notes customer { name } subtotal { amount }"
    selection += " discount { amount } tax { amount } total { amount currency }"
    selection += " lines { description quantity unitPrice { amount } taxRate amount { amount } }"
    details = {
        "issueDate": "2026-01-31",
        "validUntil": "2026-01-31",
        "notes": "Thanks\nalways",
    }
    created = await _create(
        business,
        selection,
        **details,
        number="2026/7",
        currency="CHF",
        lines=[line],
        discount="0.50",
    )
    assert created == details | {
        "customer": {"name": "Ada Lovelace"},
        "subtotal": {"amount": "5.00"},
        "discount": {"amount": "0.50"},
        "tax": {"amount": "0.35"},
        "total": {"amount": "4.85", "currency": "CHF"},
        "lines": [
            {
                "description": "A\nB",
                "quantity": "1.5",
                "unitPrice": {"amount": "3.33"},
                "taxRate": "7.7",
                "amount": {"amount": "5.00"},
            }
        ],
    }
    [row] = await Quote.filter(company_id=business.company_id)
    assert (row.number, row.requested_number) == (None, "2026/7")


@pytest.mark.both_databases
async def test_quotes_have_their_own_numbers(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    await asyncio.gather(*(_make_sent(business, customerId=customer_id) for _ in range(16)))
    quotes = Quote.filter(company_id=business.company_id).order_by("number")
    assert [quote.number for quote in await quotes] == [f"Q-{n:05d}" for n in range(1, 17)]
    quote_id = await _make_sent(business, customerId=customer_id, number="INV-00001")
    assert await business.quote(quote_id, "number") == {"number": "INV-00001"}


async def test_a_taken_number_is_refused(business: Business, rival: Business) -> None:
    await _create(rival, number="A-1")
    created = await _create(business, number="A-1")
    other = await _create(business, number="A-2")
    details = {"customerId": await business.make_customer(), "number": "A-1", "lines": [_LINE]}
    for query, change in ((_CREATE, details), (_UPDATE, details | {"quoteId": other["id"]})):
        refusal = await _refused(business, query, **change)
        assert (refusal.code, refusal.field) == ("CONFLICT", "number")
    assert await _number_of_quotes(business) == 2
    assert (await Quote.get(id=created["id"])).requested_number == "A-1"
    assert (await Quote.get(id=other["id"])).requested_number == "A-2"


@pytest.mark.both_databases
async def test_a_repeated_key_creates_one_quote(business: Business) -> None:
    details = {"customerId": await business.make_customer(), "idempotencyKey": "k"}
    created = await asyncio.gather(*(_create(business, **details) for _ in range(16)))
    assert len({quote["id"] for quote in created}) == await _number_of_quotes(business) == 1
    refusal = await _refused(business, _CREATE, **details, lines=[_LINE], validUntil="2030-01-01")
    assert (refusal.code, refusal.field) == ("CONFLICT", "idempotencyKey")
    await business.make_draft(**details)  # an invoice's key is another one's
    assert await _number_of_quotes(business) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "n" * 65}, "number"),
        ({"notes": "n" * 10_001}, "notes"),
        ({"currency": "eur"}, "currency"),
        ({"issueDate": "2026-02-02", "validUntil": "2026-02-01"}, "validUntil"),
        ({"discount": "100.01"}, "discount"),
        ({"lines": []}, "lines"),
        ({"lines": [_LINE | {"description": " "}]}, "lines.0.description"),
        ({"lines": [_LINE | {"quantity": "0"}]}, "lines.0.quantity"),
        ({"lines": [_LINE | {"unitPrice": "-0.01"}]}, "lines"),
        ({"lines": [_LINE | {"taxRate": "100.0001"}]}, "lines.0.taxRate"),
    ],
    ids=str,
)
async def test_values_out_of_range_are_refused_by_name(
    business: Business, change: dict[str, Any], field: str
) -> None:
    details = {"customerId": await business.make_customer(), "lines": [_LINE]}
    draft_id = (await _create(business, "id", notes="as it was"))["id"]
    for query, more in ((_CREATE, {}), (_UPDATE, {"quoteId": draft_id})):
        refusal = await _refused(business, query, **details | change | more)
        assert (refusal.code, refusal.field) == ("BAD_INPUT", field)
    assert await _number_of_quotes(business) == 1
    assert (await Quote.get(id=draft_id)).notes == "as it was"
    assert await QuoteLine.filter(quote_id=draft_id).count() == 1


async def test_an_edit_replaces_everything_but_the_number(business: Business) -> None:
    created = await _create(business, notes="old", validUntil="2026-12-24", currency="CHF")
    customer_id = await business.make_customer(name="Grace")
    line = _LINE | {"description": "New", "quantity": "2"}
    await _do(business, _UPDATE, created["id"], customerId=customer_id, lines=[line, line])
    selection = "number notes validUntil customer { name } lines { description } total"
    assert await business.quote(created["id"], selection + " { amount currency }") == {
        "number": created["number"],
        "notes": None,
        "validUntil": None,
        "customer": {"name": "Grace"},
        "lines": [{"description": "New"}] * 2,
        "total": {"amount": "400.00", "currency": "EUR"},
    }


async def test_deleting_a_draft_deletes_its_lines(business: Business) -> None:
    draft_id = await business.make_quote()
    assert await _do(business, _DELETE, draft_id) is True
    assert (await _refused(business, _DELETE, quoteId=draft_id)).code == "NOT_FOUND"
    assert not await QuoteLine.filter(quote_id=draft_id)


async def test_another_company_s_customer_is_not_found(business: Business, rival: Business) -> None:
    refusal = await _refused(
        business, _CREATE, customerId=await rival.make_customer(), lines=[_LINE]
    )
    assert refusal.code == "NOT_FOUND"
    assert await _number_of_quotes(business) == 0


async def test_quotes_are_listed_newest_first(business: Business) -> None:
    sent, draft, accepted = [
        await _make_sent(business),
        await business.make_quote(),
        await _make_accepted(business),
    ]
    query = "query($status: QuoteStatus, $shared: Boolean, $after: String) { company { quotes("
    query += "status: $status, shared: $shared, after: $after, first: 2) {"
    query += " totalCount pageInfo { endCursor } edges { node { id } } } } }"

    async def listed(**arguments: object) -> tuple[int, list[str], str | None]:
        page = (await business.gql(query, **arguments))["company"]["quotes"]
        ids = [edge["node"]["id"] for edge in page["edges"]]
        return page["totalCount"], ids, page["pageInfo"]["endCursor"]

    count, ids, cursor = await listed()
    assert (count, ids) == (3, [accepted, draft])
    assert (await listed(after=cursor))[:2] == (3, [sent])
    assert (await listed(status="SENT"))[:2] == (1, [sent])
    assert (await listed(shared=True))[:2] == (2, [accepted, sent])


# --- the link ------------------------------------------------------------------------------------


async def test_sharing_a_draft_sends_it(business: Business) -> None:
    quote_id = await business.make_quote()
    payload = await business.mutate(
        "shareQuote",
        "QuoteRef",
        "{ token url quote { status issueDate shareUrl sentAt sharedAt } }",
        quoteId=quote_id,
    )
    quote = payload["quote"]
    assert payload["url"] == quote["shareUrl"] == f"http://127.0.0.1:8000/quote/{payload['token']}"
    assert (quote["status"], quote["issueDate"]) == ("SENT", f"{datetime.now(UTC).date()}")
    assert quote["sentAt"] is not None
    assert await _actions(business) == ["QUOTE_SHARED"]


async def test_sharing_again_changes_nothing(business: Business) -> None:
    quote_id = await business.make_quote(issueDate="2026-01-31")
    token = await business.share_quote(quote_id)
    first = await Quote.filter(id=quote_id).values()
    assert await business.share_quote(quote_id) == token
    assert await Quote.filter(id=quote_id).values() == first
    assert f"{first[0]['issue_date']}" == "2026-01-31"


@pytest.mark.both_databases
async def test_concurrent_shares_get_the_same_token(business: Business) -> None:
    quote_id = await business.make_quote()
    tokens = await asyncio.gather(*(business.share_quote(quote_id) for _ in range(32)))
    assert len(set(tokens)) == 1
    assert await _actions(business) == ["QUOTE_SHARED"]


async def test_a_revoked_link_never_works_again(business: Business) -> None:
    quote_id = await business.make_quote()
    token, sent = await business.share_quote(quote_id), await Quote.get(id=quote_id)
    for _ in range(2):
        await business.revoke_quote(quote_id)
    assert await business.quote(quote_id, "status shareUrl sharedAt") == {
        "status": "SENT",
        "shareUrl": None,
        "sharedAt": None,
    }
    assert await business.share_quote(quote_id) != token
    refusal = await business.stranger.refused(_OPEN % "number", token=token)
    assert refusal.code == "NOT_FOUND"
    assert (await Quote.get(id=quote_id)).sent_at == sent.sent_at
    assert await _actions(business) == ["QUOTE_SHARED", "QUOTE_SHARE_REVOKED", "QUOTE_SHARED"]


async def test_a_draft_that_is_no_longer_valid_is_not_sent(business: Business) -> None:
    quote_id = await business.make_quote(validUntil="2020-01-01")
    refusal = await _refused(business, _SHARE, quoteId=quote_id)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "validUntil")
    quote = await Quote.get(id=quote_id)
    assert (quote.status, quote.share_token, quote.issue_date) == ("DRAFT", None, None)
    assert await _actions(business) == []


async def test_a_client_sees_the_quote_without_ids_and_tokens(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    quote_id = await business.make_quote(validUntil="2099-12-31", notes="Welcome", discount="10")
    token = await business.share_quote(quote_id)
    selection = "number status isExpired issueDate validUntil notes pdfUrl business { name }"
    selection += " billTo { name email } subtotal { formatted } discount { formatted }"
    selection += " tax { formatted } total { formatted } lines { description amount { formatted } }"
    assert (await business.stranger.gql(_OPEN % selection, token=token))["quote"] == {
        "number": "Q-00001",
        "status": "SENT",
        "isExpired": False,
        "issueDate": f"{datetime.now(UTC).date()}",
        "validUntil": "2099-12-31",
        "notes": "Welcome",
        "pdfUrl": f"http://127.0.0.1:8000/quote/{token}.pdf",
        "business": {"name": "Acme Ltd"},
        "billTo": {"name": "Ada Lovelace", "email": "ada@example.com"},
        "subtotal": {"formatted": "100,00\N{NO-BREAK SPACE}€"},
        "discount": {"formatted": "10,00\N{NO-BREAK SPACE}€"},
        "tax": {"formatted": "0,00\N{NO-BREAK SPACE}€"},
        "total": {"formatted": "90,00\N{NO-BREAK SPACE}€"},
        "lines": [{"description": "Work", "amount": {"formatted": "100,00\N{NO-BREAK SPACE}€"}}],
    }
    fields = '{ __type(name: "PublicQuote") { fields { name } } }'
    names = {field["name"] for field in (await business.gql(fields))["__type"]["fields"]}
    assert names & {"id", "shareUrl", "customer", "invoice", "createdAt"} == set()


async def test_guessing_tokens_is_rate_limited(business: Business) -> None:
    token, guesser = await business.share_quote(await business.make_quote()), business.stranger
    aliases = " ".join(f'q{n}: quote(token: "{uuid4()}") {{ number }}' for n in range(30))
    for _ in range(2):
        await guesser.refused(f"{{ {aliases} }}")
    await guesser.refused(_OPEN % "number", token=str(uuid4()))
    for caller, code in ((guesser, "RATE_LIMITED"), (business.stranger, None)):
        assert await _code(caller, token) == code


async def _code(caller: Caller, token: str) -> str | None:
    answer = (await caller.post(_OPEN % "number", token=token)).json()
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None


# --- decisions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decide", "other", "status"),
    [(_ACCEPT, _DECLINE, "ACCEPTED"), (_DECLINE, _ACCEPT, "DECLINED")],
    ids=["accept", "decline"],
)
async def test_a_decision_is_final(
    business: Business, decide: str, other: str, status: str
) -> None:
    quote_id = await _make_sent(business)
    assert (await _do(business, decide, quote_id))["quote"]["status"] == status
    decided = await Quote.filter(id=quote_id).values()
    assert decided[0]["decided_at"] is not None
    assert (await _do(business, decide, quote_id))["quote"]["status"] == status
    assert (await _refused(business, other, quoteId=quote_id)).code == "CONFLICT"
    assert await Quote.filter(id=quote_id).values() == decided
    assert await _actions(business) == ["QUOTE_SHARED", f"QUOTE_{status}"]


async def test_a_draft_cannot_be_accepted_or_declined(business: Business) -> None:
    quote_id = await business.make_quote()
    for decide in (_ACCEPT, _DECLINE):
        assert (await _refused(business, decide, quoteId=quote_id)).code == "CONFLICT"
    assert (await Quote.get(id=quote_id)).status == "DRAFT"
    assert await _actions(business) == []


@pytest.mark.parametrize("decide", [_ACCEPT, _DECLINE], ids=["accept", "decline"])
async def test_an_expired_quote_can_still_be_accepted_or_declined(
    business: Business, decide: str
) -> None:
    quote_id = await business.make_quote(issueDate="2020-01-01", validUntil="2020-01-31")
    token = await business.share_quote(quote_id)
    for seen in (
        (await business.stranger.gql(_OPEN % "isExpired status", token=token))["quote"],
        await business.quote(quote_id, "isExpired status"),
    ):
        assert seen == {"isExpired": True, "status": "SENT"}
    await _do(business, decide, quote_id)
    assert await business.quote(quote_id, "isExpired") == {"isExpired": False}


@pytest.mark.both_databases
async def test_one_of_concurrent_decisions_wins(business: Business) -> None:
    quote_id = await _make_sent(business)
    decisions = [_do(business, (_ACCEPT, _DECLINE)[n % 2], quote_id) for n in range(32)]
    outcomes = await asyncio.gather(*decisions, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    taken = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert {getattr(failure, "code", failure) for failure in failures} == {"CONFLICT"}
    assert len(failures) == 16
    status = (await Quote.get(id=quote_id)).status.value
    assert {payload["quote"]["status"] for payload in taken} == {status}
    assert await _actions(business) == ["QUOTE_SHARED", f"QUOTE_{status}"]


# --- invoicing -----------------------------------------------------------------------------------

_CONTENT: Final = (
    "customer { id } notes subtotal { amount currency } discount { amount } tax { amount }"
    " total { amount } lines { description quantity taxRate unitPrice { amount }"
    " amount { amount } }"
)


async def test_an_accepted_quote_becomes_a_draft_with_the_same_content(business: Business) -> None:
    line = {"description": "A\nB", "quantity": "1.5", "unitPrice": "3.333", "taxRate": "7.7"}
    quote_id = await _make_accepted(
        business, currency="KWD", lines=[line, line], discount="0.5", notes="Thanks"
    )
    invoice_id = await _invoice(business, quote_id)
    assert await business.invoice(invoice_id, _CONTENT) == await business.quote(quote_id, _CONTENT)
    assert await business.invoice(invoice_id, "number status issueDate dueDate") == {
        "number": None,
        "status": "DRAFT",
        "issueDate": None,
        "dueDate": None,
    }
    shown = await business.quote(quote_id, "status invoice { id number }")
    assert shown == {"status": "ACCEPTED", "invoice": {"id": invoice_id, "number": None}}


async def test_an_invoice_has_the_total_that_the_client_accepted(business: Business) -> None:
    line = {"description": "A", "quantity": "1", "unitPrice": "0.05", "taxRate": "10"}
    quote_id = await _make_accepted(business, lines=[line])
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { id } }", taxRounding="DOWN"
    )
    invoice_id = await _invoice(business, quote_id)
    assert await business.invoice(invoice_id, _CONTENT) == await business.quote(quote_id, _CONTENT)


@pytest.mark.both_databases
async def test_concurrent_requests_get_the_same_invoice(business: Business) -> None:
    quote_id = await _make_accepted(business)
    created = await asyncio.gather(*(_invoice(business, quote_id) for _ in range(32)))
    assert {await _invoice(business, quote_id), *created} == {created[0]}
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_an_invoiced_quote_keeps_its_invoice_once_issued(business: Business) -> None:
    quote_id = await _make_accepted(business)
    invoice_id = await _invoice(business, quote_id)
    await business.issue(invoice_id)
    assert await _invoice(business, quote_id) == invoice_id


@pytest.mark.both_databases
async def test_a_quote_whose_invoice_was_cancelled_can_be_invoiced_again(
    business: Business,
) -> None:
    quote_id = await _make_accepted(business)
    first = await _invoice(business, quote_id)
    await business.issue(first)
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=first)
    created = await asyncio.gather(*(_invoice(business, quote_id) for _ in range(8)))
    assert set(created) == {await _invoice(business, quote_id)}
    assert created[0] != first
    assert await business.quote(quote_id, "invoice { id }") == {"invoice": {"id": created[0]}}


async def test_a_deleted_draft_can_be_created_again(business: Business) -> None:
    quote_id = await _make_accepted(business)
    first = await _invoice(business, quote_id)
    await business.gql(_DELETE_INVOICE, input={"invoiceId": first})
    assert await business.quote(quote_id, "invoice { id }") == {"invoice": None}
    second = await _invoice(business, quote_id)
    assert second != first
    assert await business.quote(quote_id, "invoice { id }") == {"invoice": {"id": second}}


async def test_only_an_accepted_quote_becomes_an_invoice(business: Business) -> None:
    declined = await _make_sent(business)
    await _do(business, _DECLINE, declined)
    for quote_id in (await business.make_quote(), await _make_sent(business), declined):
        assert (await _refused(business, _INVOICE, quoteId=quote_id)).code == "CONFLICT"
    assert await Invoice.filter(company_id=business.company_id).count() == 0


@pytest.mark.both_databases
async def test_concurrent_invoicing_deleting_and_revoking_do_not_deadlock(
    business: Business,
) -> None:
    customer_id = await business.make_customer()
    for _ in range(6):
        quote_id = await _make_accepted(business, customerId=customer_id)
        await business.share_portal(customer_id)
        ref = {"invoiceId": await _invoice(business, quote_id)}
        outcomes = await asyncio.gather(
            *(business.gql(_DELETE_INVOICE, input=ref) for _ in range(2)),
            *(_invoice(business, quote_id) for _ in range(3)),
            business.mutate(
                "revokeCustomerShares", "CustomerRef", "{ revoked }", customerId=customer_id
            ),
            business.share_quote(quote_id),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert [getattr(failure, "code", failure) for failure in failures] == ["NOT_FOUND"]
        count = await Invoice.filter(customer_id=customer_id).count()
        assert (await business.quote(quote_id, "invoice { id }") != {"invoice": None}) == (
            count > 0
        )
        await Invoice.filter(customer_id=customer_id).delete()


def _decimals(maximum: int, places: int, minimum: int = 0) -> st.SearchStrategy[str]:
    whole = st.integers(minimum, maximum * 10**places)
    return whole.map(lambda number: f"{Decimal(number).scaleb(-places):f}")


_lines = st.lists(
    st.fixed_dictionaries(
        {
            "description": st.just("Work"),
            "quantity": _decimals(10**4, 6, minimum=1),
            "unitPrice": _decimals(10**6, 2),
            "taxRate": _decimals(100, 4),
        }
    ),
    min_size=1,
    max_size=6,
)


@once_per_portal
@given(_lines, st.integers(0, 100))
async def test_a_quote_has_the_same_totals_as_an_invoice(
    business: Business, lines: list[dict[str, str]], percent: int
) -> None:
    details: dict[str, Any] = {"customerId": await business.make_customer(), "lines": lines}
    undiscounted = await Quote.get(id=await business.make_quote(**details))
    details["discount"] = f"{Decimal(undiscounted.subtotal * percent // 100).scaleb(-2):f}"
    invoice_id = await business.make_draft(**details)
    quote_id = await _make_accepted(business, **details)
    made_id = await _invoice(business, quote_id)
    expected = await business.invoice(invoice_id, _CONTENT)
    assert await business.quote(quote_id, _CONTENT) == expected
    assert await business.invoice(made_id, _CONTENT) == expected
    figures = ("position", "quantity", "unit_price", "tax_rate", "amount", "discount", "tax")
    rows = [
        await InvoiceLine.filter(invoice_id=id_).order_by("position").values(*figures)
        for id_ in (invoice_id, made_id)
    ]
    rows.append(await QuoteLine.filter(quote_id=quote_id).order_by("position").values(*figures))
    assert rows[0] == rows[1] == rows[2]


# --- operations in any order ---------------------------------------------------------------------

_RULES: Final[dict[str, dict[str, str | None]]] = {
    _SHARE: {"DRAFT": "SENT", "SENT": "SENT", "ACCEPTED": "ACCEPTED", "DECLINED": "DECLINED"},
    _REVOKE: {"DRAFT": "DRAFT", "SENT": "SENT", "ACCEPTED": "ACCEPTED", "DECLINED": "DECLINED"},
    _ACCEPT: {"SENT": "ACCEPTED", "ACCEPTED": "ACCEPTED"},
    _DECLINE: {"SENT": "DECLINED", "DECLINED": "DECLINED"},
    _UPDATE: {"DRAFT": "DRAFT"},
    _DELETE: {"DRAFT": None},
    _INVOICE: {"ACCEPTED": "ACCEPTED"},
}
"""The status after each operation by the status before, None: deleted. Others are refused."""


@once_per_portal
@given(st.lists(st.sampled_from(list(_RULES)), max_size=8))
async def test_operations_in_any_order_follow_the_rules(
    business: Business, operations: list[str]
) -> None:
    customer_id = await business.make_customer()
    quote_id, status = await business.make_quote(customerId=customer_id), "DRAFT"
    content = {"customerId": customer_id, "lines": [_LINE]}
    for query in operations:
        before = await Quote.filter(id=quote_id).values()
        more = content if query is _UPDATE else {}
        if status in _RULES[query]:
            await _do(business, query, quote_id, **more)
            status = _RULES[query][status] or "DELETED"
        else:
            refusal = await _refused(business, query, quoteId=quote_id, **more)
            assert refusal.code == ("NOT_FOUND" if status == "DELETED" else "CONFLICT")
            assert await Quote.filter(id=quote_id).values() == before
        row = await Quote.get_or_none(id=quote_id)
        assert (row.status.value if row else "DELETED") == status


@pytest.mark.both_databases
async def test_concurrent_verbs_leave_a_consistent_quote(business: Business) -> None:
    content = {"customerId": await business.make_customer(), "lines": [_LINE, _LINE]}
    for _ in range(8):
        quote_id = await business.make_quote(customerId=content["customerId"])
        outcomes = await asyncio.gather(
            _do(business, _UPDATE, quote_id, **content, number=f"R-{uuid4()}"),
            *(_do(business, query, quote_id) for query in _RULES if query is not _UPDATE),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        codes = Counter(getattr(failure, "code", failure) for failure in failures)
        assert set(codes) <= {"CONFLICT", "NOT_FOUND"}
        quote = await Quote.get_or_none(id=quote_id)
        if quote:
            lines = await QuoteLine.filter(quote_id=quote_id)
            assert sum(line.amount for line in lines) == quote.subtotal


# --- statements ----------------------------------------------------------------------------------

_LIST: Final = (
    "query($first: Int!) { company { quotes(first: $first) { totalCount edges { node {"
    " number customer { name } lines { description } invoice { number } total { amount } } } } } }"
)


@pytest.mark.both_databases
async def test_a_list_costs_the_same_statements_at_any_length(business: Business) -> None:
    for _ in range(8):
        await _invoice(business, await _make_accepted(business, lines=[_LINE] * 3))
    await business.gql(_LIST, first=1)
    counts = []
    for first in (1, 2, 8):
        with statements() as executed:
            data = await business.gql(_LIST, first=first)
        assert len(data["company"]["quotes"]["edges"]) == first
        counts.append(len(executed))
    assert counts == [7, 7, 7]  # credential, company, page, count, customers, lines, invoices


@pytest.mark.both_databases
async def test_a_shared_quote_costs_the_same_at_any_length(business: Business) -> None:
    for lines in (1, 500):
        token = await business.share_quote(await business.make_quote(lines=[_LINE] * lines))
        query = _OPEN % "number lines { description } business { name } billTo { name }"
        with statements() as executed:
            data = await business.stranger.gql(query, token=token)
        assert len(data["quote"]["lines"]) == lines
        assert len(executed) == 1 + statements_for_lines()
