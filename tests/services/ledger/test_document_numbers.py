"""Numbers are given at issue: in its order, without gaps, and once, whatever happens."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final
from unittest.mock import patch

import pytest

from models import CreditNote, Invoice, NumberCounter, Quote, SeriesKind
from services.billing import invoices
from tests.support.clients import Business, GraphQLFailed
from tests.support.sql_statements import statements

_LINE: Final = {"description": "Work", "quantity": "1", "unitPrice": "100.00"}


async def _issued(business: Business, **details: object) -> str | None:
    """Return the number of a new invoice."""
    return await _number(business, await business.make_invoice(**details))


async def _number(business: Business, invoice_id: str) -> str | None:
    number: str | None = (await business.invoice(invoice_id, "number"))["number"]
    return number


async def _refusal(attempt: Awaitable[Any]) -> tuple[str, str | None]:
    with pytest.raises(GraphQLFailed) as failure:
        await attempt
    return failure.value.code, failure.value.field


async def test_drafts_have_no_number(business: Business) -> None:
    draft_id = await business.make_draft()
    quote_id = await business.make_quote()
    assert await business.invoice(draft_id, "number status") == {"number": None, "status": "DRAFT"}
    assert await business.quote(quote_id, "number") == {"number": None}
    assert await NumberCounter.filter(company_id=business.company_id).count() == 0


async def test_numbers_follow_the_order_of_issue(business: Business) -> None:
    first, second, third = [await business.make_draft() for _ in range(3)]
    for draft_id in (third, first, second):
        await business.issue(draft_id)
    numbers = [await _number(business, draft_id) for draft_id in (third, first, second)]
    assert numbers == ["INV-00001", "INV-00002", "INV-00003"]


async def test_each_kind_has_a_series_of_its_own(business: Business, rival: Business) -> None:
    customer_id = await business.make_customer()
    assert await _issued(business, customerId=customer_id) == "INV-00001"
    quote_id = await business.make_quote(customerId=customer_id)
    await business.share_quote(quote_id)
    note_id = await business.make_credit_note(customer_id, "5")
    assert (await Quote.get(id=quote_id)).number == "Q-00001"
    assert (await CreditNote.get(id=note_id)).number == "CN-00001"
    assert await _issued(rival) == "INV-00001"


async def test_deleted_drafts_leave_no_gap(business: Business) -> None:
    draft_id = await business.make_draft()
    assert await _issued(business) == "INV-00001"
    await business.gql(
        "mutation($input: InvoiceRef!) { deleteInvoice(input: $input) }",
        input={"invoiceId": draft_id},
    )
    assert await _issued(business) == "INV-00002"


async def test_issuing_again_keeps_the_number(business: Business) -> None:
    draft_id = await business.make_draft()
    await asyncio.gather(*(business.issue(draft_id) for _ in range(8)))
    assert await _number(business, draft_id) == "INV-00001"
    assert await _issued(business) == "INV-00002"
    quote_id = await business.make_quote()
    await asyncio.gather(*(business.share_quote(quote_id) for _ in range(8)))
    assert (await Quote.get(id=quote_id)).number == "Q-00001"
    counters = NumberCounter.filter(company_id=business.company_id)
    assert {row.kind: row.next async for row in counters} == {
        SeriesKind.INVOICE: 3,
        SeriesKind.QUOTE: 2,
    }


async def test_concurrent_issues_get_consecutive_numbers(business: Business) -> None:
    customer_id = await business.make_customer()
    drafts = [await business.make_draft(customerId=customer_id) for _ in range(30)]
    await asyncio.gather(*map(business.issue, drafts))
    numbers = [await _number(business, draft_id) for draft_id in drafts]
    assert sorted(map(str, numbers)) == [f"INV-{n:05d}" for n in range(1, 31)]
    rows = await Invoice.filter(company_id=business.company_id).order_by("issued_at")
    assert [row.number for row in rows] == sorted(map(str, numbers))


async def test_a_failed_issue_uses_no_number(business: Business) -> None:
    draft_id = await business.make_draft()
    with patch.object(invoices, "record_event", side_effect=RuntimeError):
        assert (await _refusal(business.issue(draft_id)))[0] == "INTERNAL"
    assert await business.invoice(draft_id, "number status") == {"number": None, "status": "DRAFT"}
    assert await _issued(business) == "INV-00001"
    await business.issue(draft_id)
    assert await _number(business, draft_id) == "INV-00002"


async def test_a_due_date_before_the_issue_date_uses_no_number(business: Business) -> None:
    draft_id = await business.make_draft(dueDate="2020-01-01")
    assert await _refusal(business.issue(draft_id)) == ("BAD_INPUT", "dueDate")
    assert await _issued(business) == "INV-00001"


async def test_credit_from_a_surplus_is_numbered_like_other_credit_notes(
    business: Business,
) -> None:
    customer_id = await business.make_customer()
    await business.make_credit_note(customer_id, "5")
    invoice_id = await business.make_invoice(customerId=customer_id)
    for _ in range(2):
        await business.mutate(
            "recordPayment",
            "RecordPaymentInput",
            "{ invoice { id } }",
            invoiceId=invoice_id,
            amount="100",
            method="cash",
            surplusAsCredit=True,
        )
    await business.make_credit_note(customer_id, "5")
    notes = await CreditNote.filter(company_id=business.company_id).order_by("issued_at")
    assert [note.number for note in notes] == ["CN-00001", "CN-00002", "CN-00003"]
    assert (notes[1].total, notes[1].requested_number) == (100_00, None)


# --- chosen numbers ------------------------------------------------------------------------------


async def test_a_chosen_number_is_given_at_issue(business: Business) -> None:
    draft_id = await business.make_draft(number="RE/2026/17")
    selection = "number requestedNumber"
    assert await business.invoice(draft_id, selection) == {
        "number": None,
        "requestedNumber": "RE/2026/17",
    }
    await business.issue(draft_id)
    assert await _number(business, draft_id) == "RE/2026/17"
    assert await _issued(business) == "INV-00001"


async def test_automatic_numbers_skip_those_that_are_taken(business: Business) -> None:
    for number in ("inv-00001", "INV-00002", "Inv-00004"):
        await _issued(business, number=number)
    numbers = [await _issued(business) for _ in range(3)]
    assert numbers == ["INV-00003", "INV-00005", "INV-00006"]


async def test_a_number_of_an_issued_invoice_is_refused_in_any_case(business: Business) -> None:
    await _issued(business, number="Straße-1")
    assert await _refusal(business.make_draft(number="STRASSE-1")) == ("CONFLICT", "number")
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_two_drafts_cannot_wait_for_the_same_number(
    business: Business, rival: Business
) -> None:
    draft_id = await business.make_draft(number="A-1")
    assert await _refusal(business.make_draft(number="a-1")) == ("CONFLICT", "number")
    await business.make_quote(number="A-1")
    await rival.make_draft(number="A-1")
    await business.issue(draft_id)
    assert await _number(business, draft_id) == "A-1"


async def test_one_of_16_concurrent_drafts_gets_the_number(business: Business) -> None:
    customer_id = await business.make_customer()
    drafts = (business.make_draft(customerId=customer_id, number=number) for number in "aA" * 8)
    outcomes = await asyncio.gather(*drafts, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, GraphQLFailed)]
    assert {(failure.code, failure.field) for failure in failures} == {("CONFLICT", "number")}
    assert len(failures) == 15
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_a_number_that_was_given_meanwhile_is_refused_at_issue(business: Business) -> None:
    draft_id = await business.make_draft(number="INV-00001")
    assert await _issued(business) == "INV-00001"
    assert await _refusal(business.issue(draft_id)) == ("CONFLICT", "number")
    assert await business.invoice(draft_id, "number status") == {"number": None, "status": "DRAFT"}
    assert await _issued(business) == "INV-00002"


async def test_an_edit_keeps_changes_or_drops_the_chosen_number(business: Business) -> None:
    customer_id = await business.make_customer()
    draft_id = await business.make_draft(customerId=customer_id, number="A-1")
    await business.make_draft(customerId=customer_id, number="B-1")
    content = {"invoiceId": draft_id, "customerId": customer_id, "lines": [_LINE]}

    async def edit(**change: object) -> Any:
        selection = "{ invoice { requestedNumber } }"
        payload = await business.mutate(
            "updateInvoice", "UpdateInvoiceInput", selection, **content, **change
        )
        return payload["invoice"]["requestedNumber"]

    assert await edit() == "A-1"
    assert await edit(number=None) == "A-1"
    assert await edit(number="a-1") == "a-1"
    assert await _refusal(edit(number="b-1")) == ("CONFLICT", "number")
    assert await edit(number="") is None
    await business.issue(draft_id)
    assert await _number(business, draft_id) == "INV-00001"


# --- cost ----------------------------------------------------------------------------------------


async def test_issuing_takes_few_statements(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    draft_id = await business.make_draft(customerId=customer_id)
    with statements() as executed:
        await business.issue(draft_id)
    begins = [each for each in executed if each.startswith("DELETE FROM view_feed WHERE 0")]
    assert len(executed) - len(begins) == 14, executed


async def test_a_long_run_of_taken_numbers_is_skipped_at_once(business: Business) -> None:
    await _issued(business, number="INV-00001", lines=[_LINE | {"unitPrice": "0"}])
    [row] = await Invoice.filter(company_id=business.company_id)
    copies = [{"number": f"INV-{n:05d}", "number_key": f"inv-{n:05d}"} for n in range(2, 2001)]
    frozen = {
        "company_id": row.company_id,
        "customer_id": row.customer_id,
        "seller_snapshot_id": row.seller_snapshot_id,
        "buyer_snapshot_id": row.buyer_snapshot_id,
        "language": row.language,
        "currency": row.currency,
        "status": row.status,
        "issue_date": row.issue_date,
        "issued_at": row.issued_at,
    }
    await Invoice.bulk_create(Invoice(**frozen, **numbers) for numbers in copies)
    draft_id = await business.make_draft()
    with statements() as executed:
        await business.issue(draft_id)
    assert await _number(business, draft_id) == "INV-02001"
    assert len(executed) < 20
