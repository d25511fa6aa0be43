"""Invoices: drafting, editing, issuing and cancelling."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest

from models import Invoice, InvoiceLine, Payment
from tests.support.clients import Business, GraphQLFailed
from tests.support.sql_statements import statements, statements_for_lines

pytestmark = pytest.mark.one_database

_CREATE: Final = "mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) %s }"
_UPDATE: Final = "mutation($input: UpdateInvoiceInput!) { updateInvoice(input: $input) %s }"
_DELETE: Final = "mutation($input: InvoiceRef!) { deleteInvoice(input: $input) }"
_ISSUE: Final = "mutation($input: InvoiceRef!) { issueInvoice(input: $input) %s }"
_CANCEL: Final = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) %s }"
_STATUS: Final = "{ invoice { id number status } }"
_LINE: Final = {"description": "Work", "quantity": "1", "unitPrice": "100.00"}


async def _create(business: Business, selection: str = "id number", **details: object) -> Any:
    if "customerId" not in details:
        details["customerId"] = await business.make_customer()
    query = _CREATE % f"{{ invoice {{ {selection} }} }}"
    data = await business.gql(query, input={"lines": [_LINE]} | details)
    return data["createInvoice"]["invoice"]


async def _issue(business: Business, **details: object) -> Any:
    """Return the number of a new, issued invoice."""
    created = await _create(business, "id", **details)
    data = await business.gql(_ISSUE % _STATUS, input={"invoiceId": created["id"]})
    return data["issueInvoice"]["invoice"]["number"]


async def _refused(business: Business, query: str, **input: object) -> GraphQLFailed:
    return await business.refused(query % _STATUS if "%s" in query else query, input=input)


async def _number_of_invoices(business: Business) -> int:
    return await Invoice.filter(company_id=business.company_id).count()


async def test_a_draft_has_defaults(business: Business) -> None:
    selection = "number status issueDate dueDate notes allowPartialPayment shareUrl isOverdue"
    selection += " minimumPayment { amount } discount { amount } total { amount currency }"
    assert await _create(business, selection) == {
        "number": None,
        "status": "DRAFT",
        "issueDate": None,
        "dueDate": None,
        "notes": None,
        "allowPartialPayment": False,
        "shareUrl": None,
        "isOverdue": False,
        "minimumPayment": None,
        "discount": {"amount": "0.00"},
        "total": {"amount": "100.00", "currency": "EUR"},
    }


async def test_a_draft_stores_every_detail(business: Business) -> None:
    line = {"description": "A\nB", "quantity": "1.5", "unitPrice": "3.33", "taxRate": "7.7"}
    selection = "issueDate dueDate notes allowPartialPayment minimumPayment { amount }"
    selection += " subtotal { amount } discount { amount } tax { amount } total { amount currency }"
    selection += " lines { description quantity unitPrice { amount } taxRate amount { amount } }"
    details = {
        "issueDate": "2026-01-31",
        "dueDate": "2026-01-31",
        "notes": "Thanks\nalways",
        "allowPartialPayment": True,
    }
    created = await _create(
        business,
        selection,
        **details,
        number="2026/7",
        currency="CHF",
        lines=[line],
        discount="0.50",
        minimumPayment="0.01",
    )
    assert created == details | {
        "minimumPayment": {"amount": "0.01"},
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
    [row] = await Invoice.filter(company_id=business.company_id)
    assert (row.number, row.requested_number) == (None, "2026/7")


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_concurrently_issued_invoices_get_consecutive_numbers(business: Business) -> None:
    customer_id = await business.make_customer()
    issued = await asyncio.gather(*(_issue(business, customerId=customer_id) for _ in range(32)))
    assert sorted(issued) == [f"INV-{n:05d}" for n in range(1, 33)]


async def test_automatic_numbers_skip_chosen_ones(business: Business) -> None:
    for number in ("INV-00001", "INV-00003"):
        await _issue(business, number=number)
    issued = [await _issue(business) for _ in range(2)]
    assert issued == ["INV-00002", "INV-00004"]


@pytest.mark.both_databases
async def test_automatic_numbers_never_collide_with_concurrently_chosen_ones(
    business: Business,
) -> None:
    customer_id = await business.make_customer()
    chosen = [_issue(business, customerId=customer_id, number=f"INV-{n:05d}") for n in range(1, 25)]
    automatic = [_issue(business, customerId=customer_id) for _ in range(24)]
    both = [work for pair in zip(chosen, automatic, strict=True) for work in pair]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert not [outcome for outcome in outcomes[1::2] if isinstance(outcome, BaseException)]
    for failure in outcomes[::2]:
        assert not isinstance(failure, BaseException) or (
            isinstance(failure, GraphQLFailed)
            and (failure.code, failure.field) == ("CONFLICT", "number")
        )
    issued = Invoice.filter(company_id=business.company_id, status="ISSUED")
    numbers = await issued.values_list("number", flat=True)
    assert len(numbers) == len(set(numbers)) >= 24


async def test_a_refused_draft_uses_no_number(business: Business) -> None:
    line = _LINE | {"description": " "}
    refusal = await _refused(
        business, _CREATE, customerId=await business.make_customer(), lines=[line]
    )
    assert refusal.code == "BAD_INPUT"
    assert await _issue(business) == "INV-00001"


async def test_a_taken_number_is_refused(business: Business, rival: Business) -> None:
    await _create(rival, number="A-1")
    created = await _create(business, number="A-1")
    other = await _create(business, number="A-2")
    details = {"customerId": await business.make_customer(), "number": "A-1", "lines": [_LINE]}
    for query, change in (
        (_CREATE, details),
        (_UPDATE, details | {"invoiceId": other["id"]}),
    ):
        refusal = await _refused(business, query, **change)
        assert (refusal.code, refusal.field) == ("CONFLICT", "number")
    assert await _number_of_invoices(business) == 2
    assert (await Invoice.get(id=created["id"])).requested_number == "A-1"
    assert (await Invoice.get(id=other["id"])).requested_number == "A-2"


@pytest.mark.both_databases
async def test_one_of_16_concurrent_drafts_gets_the_number(business: Business) -> None:
    customer_id = await business.make_customer()
    drafts = (_create(business, customerId=customer_id, number="A-1") for _ in range(16))
    outcomes = await asyncio.gather(*drafts, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, GraphQLFailed)]
    assert {(failure.code, failure.field) for failure in failures} == {("CONFLICT", "number")}
    assert len(failures) == 15
    assert await _number_of_invoices(business) == 1


# --- idempotency ---------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_a_repeated_key_creates_one_invoice(business: Business) -> None:
    details = {"customerId": await business.make_customer(), "idempotencyKey": "k"}
    created = await asyncio.gather(*(_create(business, **details) for _ in range(16)))
    created.append(await _create(business, **details))
    assert len({invoice["id"] for invoice in created}) == 1
    assert await _number_of_invoices(business) == 1


async def test_a_key_is_refused_for_another_draft(business: Business) -> None:
    details = {"customerId": await business.make_customer(), "idempotencyKey": "k"}
    await _create(business, **details)
    for change in (
        {"number": "other"},
        {"notes": "other"},
        {"lines": [_LINE, _LINE]},
        {"customerId": await business.make_customer()},
    ):
        refusal = await _refused(business, _CREATE, **{"lines": [_LINE]} | details | change)
        assert (refusal.code, refusal.field) == ("CONFLICT", "idempotencyKey")
    assert await _number_of_invoices(business) == 1


async def test_a_key_returns_its_draft_after_an_edit(business: Business) -> None:
    customer_id = await business.make_customer()
    created = await _create(business, customerId=customer_id, idempotencyKey="k")
    change = {
        "invoiceId": created["id"],
        "customerId": await business.make_customer(),
        "notes": "B",
    }
    await business.gql(_UPDATE % _STATUS, input=change | {"lines": [_LINE]})
    again = await _create(business, "id notes", customerId=customer_id, idempotencyKey="k")
    assert again == {"id": created["id"], "notes": "B"}


async def test_companies_can_use_the_same_key(business: Business, rival: Business) -> None:
    mine = await _create(business, idempotencyKey="k")
    theirs = await _create(rival, idempotencyKey="k")
    assert mine["id"] != theirs["id"]


# --- limits of the fields ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "n" * 65}, "number"),
        ({"notes": "n" * 10_001}, "notes"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"issueDate": "2026-02-02", "dueDate": "2026-02-01"}, "dueDate"),
        ({"discount": "-0.01"}, "discount"),
        ({"discount": "100.01"}, "discount"),
        ({"discount": "0.001"}, "discount"),
        ({"minimumPayment": "0"}, "minimumPayment"),
        ({"minimumPayment": "-1"}, "minimumPayment"),
        ({"minimumPayment": "1.001"}, "minimumPayment"),
        ({"idempotencyKey": "k" * 65}, "idempotencyKey"),
        ({"lines": []}, "lines"),
        ({"lines": [_LINE | {"unitPrice": "9999999999999.99"}] * 2}, "lines"),
        (
            {"lines": [_LINE | {"quantity": "1000000000", "unitPrice": "9999999999999"}]},
            "lines.0.unitPrice",
        ),
        ({"lines": [_LINE | {"description": ""}]}, "lines.0.description"),
        ({"lines": [_LINE | {"description": "d" * 2001}]}, "lines.0.description"),
        ({"lines": [_LINE | {"description": "\x1b\x00"}]}, "lines.0.description"),
        ({"lines": [_LINE | {"quantity": "0"}]}, "lines.0.quantity"),
        ({"lines": [_LINE | {"quantity": "-1"}]}, "lines"),
        ({"lines": [_LINE | {"quantity": "-1", "unitPrice": "-1"}]}, "lines.0.unitPrice"),
        ({"lines": [_LINE | {"quantity": "0.0000001"}]}, "lines.0.quantity"),
        ({"lines": [_LINE | {"quantity": "1000000000.000001"}]}, "lines.0.quantity"),
        ({"lines": [_LINE | {"quantity": "9" * 20}]}, "lines.0.quantity"),
        ({"lines": [_LINE | {"unitPrice": "-0.01"}]}, "lines"),
        ({"lines": [_LINE | {"unitPrice": "0.0000001"}]}, "lines.0.unitPrice"),
        ({"lines": [_LINE | {"unitPrice": "9" * 20}]}, "lines.0.unitPrice"),
        ({"lines": [_LINE | {"taxRate": "-1"}]}, "lines.0.taxRate"),
        ({"lines": [_LINE | {"taxRate": "100.0001"}]}, "lines.0.taxRate"),
        ({"lines": [_LINE | {"taxRate": "7.70001"}]}, "lines.0.taxRate"),
        ({"currency": "JPY", "minimumPayment": "1.5"}, "minimumPayment"),
    ],
    ids=str,
)
async def test_values_out_of_range_are_refused_by_name(
    business: Business, change: dict[str, Any], field: str
) -> None:
    details = {"customerId": await business.make_customer(), "lines": [_LINE]}
    draft_id = (await _create(business, "id", notes="as it was"))["id"]
    for query, more in ((_CREATE, {}), (_UPDATE, {"invoiceId": draft_id})):
        if query is _UPDATE and "idempotencyKey" in change:
            continue
        refusal = await _refused(business, query, **details | change | more)
        assert (refusal.code, refusal.field) == ("BAD_INPUT", field)
    assert await _number_of_invoices(business) == 1
    assert (await Invoice.get(id=draft_id)).notes == "as it was"
    assert await InvoiceLine.filter(invoice_id=draft_id).count() == 1


async def test_pasted_control_characters_are_dropped(business: Business) -> None:
    line = _LINE | {"description": "\x1b[31mred\x00\r\ntwo"}
    selection = "id notes lines { description }"
    texts = {"number": "a\x00\nb\u2028c", "notes": "bell\x07", "idempotencyKey": "k\x00"}
    created = await _create(business, selection, lines=[line], **texts)
    assert (created["notes"], created["lines"]) == ("bell", [{"description": "[31mred\ntwo"}])
    row = await Invoice.get(id=created["id"])
    assert (row.requested_number, row.idempotency_key) == ("a b c", "k")
    await _create(business, number="\x00")


async def test_the_path_of_a_refusal_counts_lines_from_zero(business: Business) -> None:
    lines = [_LINE, _LINE, _LINE | {"taxRate": "101"}]
    customer_id = await business.make_customer()
    refusal = await _refused(business, _CREATE, customerId=customer_id, lines=lines)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "lines.2.taxRate")


async def test_a_draft_has_at_most_a_thousand_lines(business: Business) -> None:
    created = await _create(
        business, "id lines { quantity } total { amount }", lines=[_LINE] * 1000
    )
    assert len(created["lines"]) == 1000
    assert created["total"]["amount"] == "100000.00"
    refusal = await _refused(
        business, _CREATE, customerId=await business.make_customer(), lines=[_LINE] * 1001
    )
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "lines")


@pytest.mark.both_databases
async def test_the_largest_figures_are_stored_exactly(business: Business) -> None:
    line = {"description": "W", "quantity": "1000000000", "unitPrice": "10000", "taxRate": "0"}
    created = await _create(business, "id total { amount }", lines=[line], number="n" * 64)
    assert created["total"]["amount"] == "10000000000000.00"


async def test_negative_zero_is_stored_as_zero(business: Business) -> None:
    line = _LINE | {"taxRate": "-0", "unitPrice": "-0.00"}
    created = await _create(business, "lines { taxRate unitPrice { amount } }", lines=[line])
    assert created["lines"] == [{"taxRate": "0", "unitPrice": {"amount": "0.00"}}]


async def test_another_company_s_customer_is_not_found(business: Business, rival: Business) -> None:
    for customer_id in (await rival.make_customer(), str(uuid4()), "1", ""):
        refusal = await _refused(business, _CREATE, customerId=customer_id, lines=[_LINE])
        assert refusal.code == "NOT_FOUND"
    assert await _number_of_invoices(business) == 0


# --- editing and deleting ------------------------------------------------------------------------


async def test_an_edit_replaces_everything_but_the_number(business: Business) -> None:
    created = await _create(business, notes="old", dueDate="2026-12-24", currency="CHF")
    customer_id = await business.make_customer(name="Grace")
    line = _LINE | {"description": "New", "quantity": "2"}
    change = {"invoiceId": created["id"], "customerId": customer_id, "lines": [line, line]}
    await business.gql(_UPDATE % _STATUS, input=change)
    selection = "number notes dueDate customer { name } lines { description } total"
    shown = await business.invoice(created["id"], selection + " { amount currency }")
    assert shown == {
        "number": created["number"],
        "notes": None,
        "dueDate": None,
        "customer": {"name": "Grace"},
        "lines": [{"description": "New"}] * 2,
        "total": {"amount": "400.00", "currency": "EUR"},
    }


async def test_an_edit_may_keep_or_change_the_number(business: Business) -> None:
    created = await _create(business)
    details = {"invoiceId": created["id"], "customerId": await business.make_customer()}
    for number, chosen in (("A-1", "A-1"), (None, "A-1"), ("A-1", "A-1"), ("a-1", "a-1")):
        change = details | {"number": number, "lines": [_LINE]}
        await business.gql(_UPDATE % _STATUS, input=change)
        assert (await Invoice.get(id=created["id"])).requested_number == chosen


async def test_only_a_draft_can_be_edited_or_deleted(business: Business) -> None:
    issued, cancelled = await business.make_invoice(), await business.make_invoice()
    await business.gql(_CANCEL % _STATUS, input={"invoiceId": cancelled})
    details = {"customerId": await business.make_customer(), "lines": [_LINE], "notes": "new"}
    for invoice_id in (issued, cancelled):
        update = await _refused(business, _UPDATE, **details, invoiceId=invoice_id)
        delete = await _refused(business, _DELETE, invoiceId=invoice_id)
        assert (update.code, delete.code) == ("CONFLICT", "CONFLICT")
        assert (await Invoice.get(id=invoice_id)).notes is None


async def test_deleting_a_draft_deletes_its_lines(business: Business) -> None:
    draft_id = await business.make_draft()
    assert (await business.gql(_DELETE, input={"invoiceId": draft_id}))["deleteInvoice"] is True
    assert (await _refused(business, _DELETE, invoiceId=draft_id)).code == "NOT_FOUND"
    assert not await InvoiceLine.filter(invoice_id=draft_id)


async def test_another_company_s_invoice_is_not_found(business: Business, rival: Business) -> None:
    draft_id = await rival.make_draft()
    details = {"customerId": await business.make_customer(), "lines": [_LINE]}
    refusals = [
        await _refused(business, _UPDATE, **details, invoiceId=draft_id),
        *[await _refused(business, do, invoiceId=draft_id) for do in (_DELETE, _ISSUE, _CANCEL)],
    ]
    assert {refusal.code for refusal in refusals} == {"NOT_FOUND"}
    assert (await Invoice.get(id=draft_id)).status == "DRAFT"


# --- issuing and cancelling ----------------------------------------------------------------------


async def test_issuing_again_changes_nothing(business: Business) -> None:
    draft_id = await business.make_draft()
    await business.issue(draft_id)
    first = await Invoice.get(id=draft_id)
    await business.issue(draft_id)
    second = await Invoice.get(id=draft_id)
    assert first.status == second.status == "ISSUED"
    assert first.issue_date == datetime.now(UTC).date()
    assert (first.issued_at, first.updated_at) == (second.issued_at, second.updated_at)


async def test_issuing_keeps_a_chosen_issue_date(business: Business) -> None:
    invoice_id = await business.make_invoice(issueDate="2026-01-31", dueDate="2026-02-28")
    shown = await business.invoice(invoice_id, "issueDate dueDate")
    assert shown == {"issueDate": "2026-01-31", "dueDate": "2026-02-28"}


async def test_an_invoice_due_before_today_needs_an_issue_date(business: Business) -> None:
    draft_id = await business.make_draft(dueDate="2020-01-01")
    refusal = await _refused(business, _ISSUE, invoiceId=draft_id)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "dueDate")
    assert (await Invoice.get(id=draft_id)).status == "DRAFT"


async def test_an_invoice_with_a_total_of_zero_is_paid_once_issued(business: Business) -> None:
    free = [_LINE | {"unitPrice": "0"}]
    waived = await business.make_invoice(discount="100")
    for invoice_id in (await business.make_invoice(lines=free), waived):
        shown = await business.invoice(invoice_id, "status amountDue { amount }")
        assert shown == {"status": "PAID", "amountDue": {"amount": "0.00"}}
        data = await business.gql(_CANCEL % _STATUS, input={"invoiceId": invoice_id})
        assert data["cancelInvoice"]["invoice"]["status"] == "CANCELLED"


async def test_cancelling_again_changes_nothing(business: Business) -> None:
    invoice_id = await business.make_invoice()
    for _ in range(2):
        data = await business.gql(_CANCEL % _STATUS, input={"invoiceId": invoice_id})
        assert data["cancelInvoice"]["invoice"]["status"] == "CANCELLED"
    assert (await business.invoice(invoice_id, "amountDue { amount }")) == {
        "amountDue": {"amount": "0.00"}
    }
    assert (await _refused(business, _ISSUE, invoiceId=invoice_id)).code == "CONFLICT"


async def test_a_draft_and_a_paid_invoice_cannot_be_cancelled(business: Business) -> None:
    draft_id, paid_id = await business.make_draft(), await business.make_invoice()
    pay = {"invoiceId": paid_id, "amount": "1", "method": "cash"}
    await business.mutate("recordPayment", "RecordPaymentInput", _STATUS, **pay)
    for invoice_id, status in ((draft_id, "DRAFT"), (paid_id, "PARTIALLY_PAID")):
        assert (await _refused(business, _CANCEL, invoiceId=invoice_id)).code == "CONFLICT"
        assert (await Invoice.get(id=invoice_id)).status == status


@pytest.mark.both_databases
async def test_concurrent_verbs_leave_a_consistent_invoice(business: Business) -> None:
    details = {"customerId": await business.make_customer(), "lines": [_LINE, _LINE]}
    for _ in range(8):
        draft_id = await business.make_draft(customerId=details["customerId"])
        ref = {"invoiceId": draft_id}
        pay = ref | {"amount": "100", "method": "cash"}
        outcomes = await asyncio.gather(
            business.gql(_UPDATE % _STATUS, input=details | ref | {"number": f"R-{uuid4()}"}),
            business.gql(_ISSUE % _STATUS, input=ref),
            business.mutate("recordPayment", "RecordPaymentInput", _STATUS, **pay),
            business.gql(_CANCEL % _STATUS, input=ref),
            business.gql(_DELETE, input=ref),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert all(isinstance(failure, GraphQLFailed) for failure in failures)
        codes = {failure.code for failure in failures if isinstance(failure, GraphQLFailed)}
        assert codes <= {"CONFLICT", "NOT_FOUND"}
        invoice = await Invoice.get_or_none(id=draft_id)
        if invoice:
            lines = await InvoiceLine.filter(invoice_id=draft_id)
            payments = await Payment.filter(invoice_id=draft_id)
            assert sum(line.amount for line in lines) == invoice.subtotal
            assert sum(payment.amount for payment in payments) == invoice.amount_paid


# --- statements ----------------------------------------------------------------------------------


_LIST: Final = (
    "query($first: Int!) { company { invoices(first: $first) { totalCount edges { node {"
    " number customer { name } lines { description } payments { id } total { amount } } } } } }"
)


@pytest.mark.both_databases
async def test_a_list_costs_the_same_statements_at_any_length(business: Business) -> None:
    for _ in range(8):
        await business.make_invoice(lines=[_LINE] * 3)
    await business.gql(_LIST, first=1)
    counts = []
    for first in (1, 2, 8):
        with statements() as executed:
            data = await business.gql(_LIST, first=first)
        assert len(data["company"]["invoices"]["edges"]) == first
        counts.append(len(executed))
    assert counts == [7, 7, 7]  # credential, company, page, count, customers, lines, payments


@pytest.mark.both_databases
async def test_a_shared_invoice_costs_the_same_at_any_length(business: Business) -> None:
    for lines in (1, 500):
        token = await business.share(await business.make_invoice(lines=[_LINE] * lines))
        query = "query($token: String!) { invoice(token: $token) { number lines { description }"
        query += " business { name } billTo { name } total { amount } } }"
        with statements() as executed:
            data = await business.stranger.gql(query, token=token)
        assert len(data["invoice"]["lines"]) == lines
        assert len(executed) == 1 + statements_for_lines()


@pytest.mark.parametrize(
    "change",
    [
        {"dueDate": "\u0662\u0660\u0662\u0666-01-01"},
        {"discount": "\u0661"},
        {"lines": [_LINE | {"quantity": "\uff11"}]},
    ],
    ids=str,
)
async def test_digits_of_other_scripts_are_refused(
    business: Business, change: dict[str, Any]
) -> None:
    details = {"customerId": await business.make_customer(), "lines": [_LINE]}
    assert (await _refused(business, _CREATE, **details | change)).code == "BAD_INPUT"
    assert await _number_of_invoices(business) == 0
