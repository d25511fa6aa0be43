"""Payments for more than is due, and payments that are taken back."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from models import AuditEntry, CreditNote, InvoiceUpdate, Payment, Reversal
from tests.support.clients import Business
from tests.support.corrections import (
    Figures,
    correct,
    history,
    invoice_figures,
    note_figures,
    payment_ids,
    refusal,
    refused,
)
from tests.support.rows import snapshot

pytestmark = pytest.mark.one_database


async def pay(business: Business, invoice_id: str, amount: str, **more: object) -> Figures:
    """Record a payment."""
    return await correct(
        business, "recordPayment", invoiceId=invoice_id, amount=amount, method="bank", **more
    )


async def reverse_last(business: Business, invoice_id: str, reason: str = "typo") -> Figures:
    """Take the last payment back."""
    [*_, last] = await payment_ids(business, invoice_id)
    return await correct(business, "reversePayment", paymentId=last, reason=reason)


async def surplus_of(business: Business, invoice_id: str) -> str:
    """Return the id of the credit note that the invoice's one surplus became."""
    [note] = await CreditNote.filter(surpluses__invoice_id=invoice_id)
    assert note.company_id == business.company_id
    return str(note.id)


# --- more than is due -----------------------------------------------------------------------------


async def test_more_than_is_due_becomes_credit_if_staff_say_so(business: Business) -> None:
    invoice_id = await business.make_invoice()
    too_much = {"invoiceId": invoice_id, "amount": "100.50", "method": "bank"}
    assert await refusal(business, "recordPayment", **too_much) == ("AMOUNT_TOO_LARGE", "amount")
    paid = await correct(business, "recordPayment", **too_much, surplusAsCredit=True)
    assert paid == ("PAID", "100.00", "0.00", "0.00")
    note_id = await surplus_of(business, invoice_id)
    assert await note_figures(business, note_id) == ("ISSUED", "0.50", "0.00")
    assert await history(business, invoice_id) == [
        ("PAYMENT", "100.50", "bootstrap", None),
        ("CREDIT", "-0.50", None, None),
    ]


@pytest.mark.parametrize("state", ["PAID", "CANCELLED"])
async def test_money_for_a_closed_invoice_becomes_credit(business: Business, state: str) -> None:
    invoice_id = await business.make_invoice()
    if state == "PAID":
        await pay(business, invoice_id, "100")
    else:
        ref = {"invoiceId": invoice_id}
        await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", **ref)
    money = {"invoiceId": invoice_id, "amount": "30", "method": "bank"}
    assert await refusal(business, "recordPayment", **money) == ("CONFLICT", None)
    after = await correct(business, "recordPayment", **money, surplusAsCredit=True)
    assert (after[0], after[-1]) == (state, "0.00")
    note_id = await surplus_of(business, invoice_id)
    assert await note_figures(business, note_id) == ("ISSUED", "30.00", "0.00")


async def test_a_draft_takes_no_money_at_all(business: Business) -> None:
    money = {"invoiceId": await business.make_draft(), "amount": "1", "method": "bank"}
    refused_as = await refusal(business, "recordPayment", **money, surplusAsCredit=True)
    assert refused_as == ("CONFLICT", None)


async def test_the_key_tells_a_payment_with_a_surplus_from_one_without(business: Business) -> None:
    invoice_id = await business.make_invoice()
    for _ in range(2):
        await pay(business, invoice_id, "100", idempotencyKey="k")
    same = {"invoiceId": invoice_id, "amount": "100", "method": "bank", "idempotencyKey": "k"}
    refused_as = await refusal(business, "recordPayment", **same, surplusAsCredit=True)
    assert refused_as == ("CONFLICT", "idempotencyKey")
    assert await Payment.filter(invoice_id=invoice_id).count() == 1


# --- taking a payment back ------------------------------------------------------------------------


async def test_a_reversed_payment_is_due_again(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "40")
    await pay(business, invoice_id, "60")
    after = await reverse_last(business, invoice_id, "wrong invoice")
    assert after == ("PARTIALLY_PAID", "40.00", "0.00", "60.00")
    selection = "payments { amount { amount } recordedBy reversal { at actor reason } }"
    first, second = (await business.invoice(invoice_id, selection))["payments"]
    assert first == {"amount": {"amount": "40.00"}, "recordedBy": "bootstrap", "reversal": None}
    assert second["reversal"].pop("at")
    assert second["reversal"] == {"actor": "bootstrap", "reason": "wrong invoice"}
    assert (await history(business, invoice_id))[-1] == (
        "REVERSAL",
        "-60.00",
        "bootstrap",
        "wrong invoice",
    )


async def test_after_the_reversal_the_invoice_can_be_cancelled(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "50")
    await reverse_last(business, invoice_id)
    ref = {"invoiceId": invoice_id}
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", **ref)
    assert await invoice_figures(business, invoice_id) == ("CANCELLED", "0.00", "0.00", "0.00")


async def test_who_when_and_why_are_logged(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "50")
    await reverse_last(business, invoice_id, "wrong invoice")
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    assert [(entry.action, entry.subject, entry.detail) for entry in entries[-2:]] == [
        ("PAYMENT_RECORDED", "INV-00001", "50.00 EUR, bank"),
        ("PAYMENT_REVERSED", "INV-00001", "50.00 EUR: wrong invoice"),
    ]
    events = await InvoiceUpdate.filter(invoice_id=invoice_id).order_by("sequence")
    assert [(event.change, event.amount, event.actor, event.reason) for event in events] == [
        ("ISSUED", None, "bootstrap", None),
        ("PAYMENT_RECEIVED", 50_00, "bootstrap", None),
        ("PAYMENT_REVERSED", 50_00, "bootstrap", "wrong invoice"),
    ]


async def test_a_payment_is_reversed_once(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "50")
    for _ in range(2):
        after = await reverse_last(business, invoice_id)
        assert after == ("ISSUED", "0.00", "0.00", "100.00")
    assert await Reversal.filter(invoice_id=invoice_id).count() == 1


@pytest.mark.both_databases
async def test_a_repeated_key_reverses_once_and_names_one_request(business: Business) -> None:
    invoice_id = await business.make_invoice()
    for _ in range(2):
        await pay(business, invoice_id, "50")
    first, second = await payment_ids(business, invoice_id)
    one = {"paymentId": first, "reason": "typo", "idempotencyKey": "k"}
    outcomes = await asyncio.gather(*(correct(business, "reversePayment", **one) for _ in range(8)))
    assert set(outcomes) == {("PARTIALLY_PAID", "50.00", "0.00", "50.00")}
    for other in ({"paymentId": second}, {"reason": "other"}):
        assert await refusal(business, "reversePayment", **one | other) == (
            "CONFLICT",
            "idempotencyKey",
        )


@pytest.mark.parametrize("reason", ["", " ", "r" * 501])
async def test_a_reversal_has_a_reason(business: Business, reason: str) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "50")
    [payment_id] = await payment_ids(business, invoice_id)
    input_: dict[str, Any] = {"paymentId": payment_id, "reason": reason}
    assert await refusal(business, "reversePayment", **input_) == ("BAD_INPUT", "reason")


async def test_unknown_payments_and_those_of_others_are_not_found(
    business: Business, rival: Business
) -> None:
    invoice_id = await rival.make_invoice()
    await rival.pay(invoice_id, "50")
    [foreign] = await payment_ids(rival, invoice_id)
    for payment_id in (foreign, str(uuid4()), "1"):
        refused_as = await refusal(business, "reversePayment", paymentId=payment_id, reason="x")
        assert refused_as == ("NOT_FOUND", None)


# --- with a surplus -------------------------------------------------------------------------------


async def test_a_reversal_uses_up_the_credit_of_the_surplus(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "150", surplusAsCredit=True)
    note_id = await surplus_of(business, invoice_id)
    assert await reverse_last(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert await note_figures(business, note_id) == ("APPLIED", "0.00", "0.00")


async def test_credit_from_a_surplus_pays_instead_of_a_reversed_payment(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "100")
    await pay(business, invoice_id, "130", surplusAsCredit=True)
    note_id = await surplus_of(business, invoice_id)
    [first, _] = await payment_ids(business, invoice_id)
    after = await correct(business, "reversePayment", paymentId=first, reason="twice")
    assert after == ("PAID", "100.00", "0.00", "0.00")
    assert await note_figures(business, note_id) == ("APPLIED", "30.00", "0.00")


async def test_spent_credit_must_be_taken_back_first(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    other_id = await business.make_invoice(customerId=customer_id)
    more = {"surplusAsCredit": True, "sendReceipt": False}  # its e-mail would change rows
    await pay(business, invoice_id, "150", **more)
    note_id = await surplus_of(business, invoice_id)
    await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=other_id)
    before = await snapshot([business.company_id])
    [payment_id] = await payment_ids(business, invoice_id)
    failure = await refused(business, "reversePayment", paymentId=payment_id, reason="typo")
    assert failure.code == "CONFLICT"
    assert failure.errors[0]["message"] == (
        "The surplus became credit note CN-00001, which was then applied to INV-00002."
        " Reverse that first."
    )
    assert await snapshot([business.company_id]) == before
    [credit] = (await business.invoice(other_id, "credits { id }"))["credits"]
    await correct(
        business, "reverseCreditApplication", applicationId=credit["id"], reason="not his"
    )
    assert await reverse_last(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert await invoice_figures(business, other_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert await note_figures(business, note_id) == ("APPLIED", "0.00", "0.00")


async def test_paid_out_credit_must_be_taken_back_first(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "150", surplusAsCredit=True)
    note_id = await surplus_of(business, invoice_id)
    await correct(business, "payOutCredit", creditNoteId=note_id, amount="50", method="bank")
    [payment_id] = await payment_ids(business, invoice_id)
    failure = await refused(business, "reversePayment", paymentId=payment_id, reason="typo")
    assert failure.errors[0]["message"] == (
        "The surplus became credit note CN-00001, which was then paid out. Reverse that first."
    )


async def test_a_payment_without_part_in_the_surplus_can_be_reversed(business: Business) -> None:
    """The surplus was there, and spent, before the payment was recorded."""
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    other_id = await business.make_invoice(customerId=customer_id)
    await pay(business, invoice_id, "150", surplusAsCredit=True)
    note_id = await surplus_of(business, invoice_id)
    await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=other_id)
    await pay(business, invoice_id, "10", surplusAsCredit=True)
    assert await reverse_last(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")


# --- at the same time -----------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_concurrent_reversals_take_a_payment_back_once(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await pay(business, invoice_id, "100")
    [payment_id] = await payment_ids(business, invoice_id)
    outcomes = await asyncio.gather(
        *(
            correct(business, "reversePayment", paymentId=payment_id, reason=f"reason {n}")
            for n in range(16)
        )
    )
    assert set(outcomes) == {("ISSUED", "0.00", "0.00", "100.00")}
    [reversal] = await Reversal.filter(invoice_id=invoice_id)
    assert reversal.amount == 100_00


@pytest.mark.both_databases
async def test_one_of_a_reversal_and_the_use_of_its_surplus_wins(business: Business) -> None:
    for _ in range(5):
        customer_id = await business.make_customer()
        invoice_id = await business.make_invoice(customerId=customer_id)
        other_id = await business.make_invoice(customerId=customer_id)
        await pay(business, invoice_id, "150", surplusAsCredit=True)
        note_id = await surplus_of(business, invoice_id)
        outcomes = await asyncio.gather(
            reverse_last(business, invoice_id),
            business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=other_id),
            return_exceptions=True,
        )
        [failure] = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert getattr(failure, "code", failure) == "CONFLICT"
        paid = [await invoice_figures(business, id_) for id_ in (invoice_id, other_id)]
        assert (await note_figures(business, note_id))[:2] == ("APPLIED", "0.00")
        assert [figures[1] for figures in paid] in (["0.00", "0.00"], ["100.00", "50.00"])
