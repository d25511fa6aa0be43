"""Writing off what is due, and what happens to it when money arrives after all."""

import asyncio

import pytest

from models import AuditEntry, CreditNote, InvoiceUpdate, WriteOff
from tests.support.clients import Business, GraphQLFailed
from tests.support.corrections import (
    Figures,
    correct,
    history,
    invoice_figures,
    payment_ids,
    refusal,
    refused,
)

pytestmark = pytest.mark.one_database


async def write_off(business: Business, invoice_id: str, **more: object) -> Figures:
    """Write off what is due, or an amount."""
    input_ = {"invoiceId": invoice_id, "reason": "bank fee"} | more
    return await correct(business, "writeOff", **input_)


async def pay(business: Business, invoice_id: str, amount: str, **more: object) -> Figures:
    """Record a payment."""
    return await correct(
        business, "recordPayment", invoiceId=invoice_id, amount=amount, method="bank", **more
    )


async def reclaim(business: Business, invoice_id: str) -> Figures:
    """Take a write-off back."""
    return await correct(business, "reverseWriteOff", invoiceId=invoice_id, reason="he pays")


async def test_a_small_remainder_is_written_off(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "99.99")
    assert await write_off(business, invoice_id) == ("PAID", "99.99", "0.01", "0.00")
    invoice = await business.invoice(invoice_id, "allowedActions isOverdue")
    assert "WRITE_OFF" not in invoice["allowedActions"]
    assert "REMIND" not in invoice["allowedActions"]


async def test_a_part_is_written_off(business: Business) -> None:
    invoice_id = await business.make_invoice()
    assert await write_off(business, invoice_id, amount="30") == (
        "ISSUED",
        "0.00",
        "30.00",
        "70.00",
    )
    assert await pay(business, invoice_id, "70") == ("PAID", "70.00", "30.00", "0.00")


async def test_who_when_and_why_are_logged(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await write_off(business, invoice_id, amount="30")
    await reclaim(business, invoice_id)
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    assert [(entry.action, entry.actor, entry.detail) for entry in entries[-2:]] == [
        ("INVOICE_WRITTEN_OFF", "bootstrap", "30.00 EUR: bank fee"),
        ("WRITE_OFF_REVERSED", "bootstrap", "30.00 EUR: he pays"),
    ]
    events = await InvoiceUpdate.filter(invoice_id=invoice_id).order_by("sequence")
    assert [(event.change, event.amount, event.reason) for event in events[1:]] == [
        ("WRITTEN_OFF", 30_00, "bank fee"),
        ("WRITE_OFF_REVERSED", 30_00, "he pays"),
    ]
    assert await history(business, invoice_id) == [
        ("WRITE_OFF", "30.00", "bootstrap", "bank fee"),
        ("WRITE_OFF", "-30.00", "bootstrap", "he pays"),
    ]


async def test_a_write_off_is_taken_back_as_a_whole(business: Business) -> None:
    invoice_id = await business.make_invoice()
    for _ in range(2):
        await write_off(business, invoice_id, amount="30")
    assert await reclaim(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    input_ = {"invoiceId": invoice_id, "reason": "again"}
    assert await refusal(business, "reverseWriteOff", **input_) == ("CONFLICT", None)


async def test_late_money_takes_the_write_off_back_first(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await write_off(business, invoice_id)
    assert await pay(business, invoice_id, "60") == ("PAID", "60.00", "40.00", "0.00")
    after = await pay(business, invoice_id, "50", surplusAsCredit=True)
    assert after == ("PAID", "100.00", "0.00", "0.00")
    [note] = await CreditNote.filter(company_id=business.company_id)
    assert note.total == 10_00
    amounts = [row.amount for row in await WriteOff.filter(invoice_id=invoice_id).order_by("at")]
    assert amounts == [100_00, -60_00, -40_00]
    change = await InvoiceUpdate.filter(invoice_id=invoice_id).order_by("-sequence").first()
    assert change is not None
    assert (change.change, change.amount, change.actor) == ("WRITE_OFF_REVERSED", 40_00, None)


async def test_more_than_was_written_off_is_a_surplus(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await write_off(business, invoice_id, amount="30")
    money = {"invoiceId": invoice_id, "amount": "100.01", "method": "bank"}
    failure = await refused(business, "recordPayment", **money)
    assert failure.errors[0]["message"] == "Only 100.00 EUR is due or written off."
    assert failure.code == "AMOUNT_TOO_LARGE"


async def test_a_reversed_payment_leaves_the_write_off(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "60")
    await write_off(business, invoice_id)
    [payment_id] = await payment_ids(business, invoice_id)
    after = await correct(business, "reversePayment", paymentId=payment_id, reason="typo")
    assert after == ("ISSUED", "0.00", "40.00", "60.00")


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "AMOUNT_TOO_SMALL"), ("-1", "AMOUNT_TOO_SMALL"), ("100.01", "AMOUNT_TOO_LARGE")],
)
async def test_only_what_is_due_is_written_off(business: Business, amount: str, code: str) -> None:
    input_ = {"invoiceId": await business.make_invoice(), "amount": amount, "reason": "x"}
    assert await refusal(business, "writeOff", **input_) == (code, "amount")


async def test_nothing_is_written_off_a_draft_or_a_closed_invoice(business: Business) -> None:
    draft_id, paid_id = await business.make_draft(), await business.make_invoice()
    await pay(business, paid_id, "100")
    for invoice_id in (draft_id, paid_id):
        input_ = {"invoiceId": invoice_id, "reason": "x"}
        assert await refusal(business, "writeOff", **input_) == ("CONFLICT", None)
    assert await refusal(business, "writeOff", invoiceId=paid_id, reason="") == (
        "BAD_INPUT",
        "reason",
    )


async def test_another_company_s_invoice_is_not_found(business: Business, rival: Business) -> None:
    invoice_id = await rival.make_invoice()
    for mutation in ("writeOff", "reverseWriteOff"):
        refused_as = await refusal(business, mutation, invoiceId=invoice_id, reason="x")
        assert refused_as == ("NOT_FOUND", None)


async def test_a_written_off_invoice_cannot_be_cancelled(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await write_off(business, invoice_id)
    query = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) { invoice { id } } }"
    assert (await business.refused(query, input={"invoiceId": invoice_id})).code == "CONFLICT"
    await reclaim(business, invoice_id)
    await business.gql(query, input={"invoiceId": invoice_id})


@pytest.mark.both_databases
async def test_a_repeated_key_writes_off_once(business: Business) -> None:
    invoice_id = await business.make_invoice()
    key = {"amount": "10", "idempotencyKey": "k"}
    outcomes = await asyncio.gather(*(write_off(business, invoice_id, **key) for _ in range(8)))
    assert set(outcomes) == {("ISSUED", "0.00", "10.00", "90.00")}
    again = {"invoiceId": invoice_id, "reason": "bank fee", "idempotencyKey": "k"}
    for mutation in ("writeOff", "reverseWriteOff"):
        assert await refusal(business, mutation, **again) == ("CONFLICT", "idempotencyKey")


@pytest.mark.both_databases
async def test_a_payment_and_a_write_off_at_once_never_exceed_the_total(
    business: Business,
) -> None:
    for _ in range(5):
        invoice_id = await business.make_invoice()
        outcomes = await asyncio.gather(
            pay(business, invoice_id, "70"),
            write_off(business, invoice_id, amount="70"),
            return_exceptions=True,
        )
        status, paid, written_off, due = await invoice_figures(business, invoice_id)
        assert (status, due) in {("PARTIALLY_PAID", "30.00"), ("PAID", "0.00")}
        assert paid == "70.00"
        failures = [o for o in outcomes if isinstance(o, GraphQLFailed)]
        # The write-off comes too late, or the payment takes part of it back.
        assert written_off == ("0.00" if failures else "30.00")
