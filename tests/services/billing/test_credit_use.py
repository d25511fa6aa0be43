"""Credit that is taken off an invoice again, paid out, or both."""

import asyncio

import pytest

from models import AuditEntry, CreditApplication, CreditNote, CreditPayout, InvoiceUpdate
from tests.support.clients import Business, GraphQLFailed
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


async def make_pair(business: Business, credit: str = "60") -> tuple[str, str]:
    """Return an issued credit note, and an invoice of 100.00 for the same customer."""
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, credit)
    return note_id, await business.make_invoice(customerId=customer_id)


async def apply(business: Business, note_id: str, invoice_id: str, **more: object) -> str:
    """Apply credit, and return the application's id."""
    await correct(business, "applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id, **more)
    [*_, credit] = (await business.invoice(invoice_id, "credits { id }"))["credits"]
    credit_id: str = credit["id"]
    return credit_id


async def take_off(business: Business, application_id: str, reason: str = "typo") -> Figures:
    """Take applied credit off its invoice."""
    return await correct(
        business, "reverseCreditApplication", applicationId=application_id, reason=reason
    )


async def pay_out(business: Business, note_id: str, amount: str, **more: object) -> Figures:
    """Record a payout."""
    input_ = {"creditNoteId": note_id, "amount": amount, "method": "bank"} | more
    return await correct(business, "payOutCredit", **input_)


async def payouts(business: Business, note_id: str, selection: str) -> list[dict[str, object]]:
    """Return a credit note's payouts."""
    query = "query($id: ID!) { company { creditNote(id: $id) { payouts SELECTION } } }"
    query = query.replace("SELECTION", f"{{ {selection} }}")
    rows: list[dict[str, object]]
    rows = (await business.gql(query, id=note_id))["company"]["creditNote"]["payouts"]
    return rows


# --- taken off an invoice -------------------------------------------------------------------------


async def test_credit_taken_off_an_invoice_can_be_used_again(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    application_id = await apply(business, note_id, invoice_id)
    assert await take_off(business, application_id) == ("ISSUED", "60.00", "0.00")
    assert await invoice_figures(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    await apply(business, note_id, invoice_id, amount="10")
    assert await note_figures(business, note_id) == ("APPLIED", "50.00", "0.00")
    selection = "credits { amount { amount } appliedBy reversal { actor reason } }"
    assert (await business.invoice(invoice_id, selection))["credits"] == [
        {
            "amount": {"amount": "60.00"},
            "appliedBy": "bootstrap",
            "reversal": {"actor": "bootstrap", "reason": "typo"},
        },
        {"amount": {"amount": "10.00"}, "appliedBy": "bootstrap", "reversal": None},
    ]


async def test_who_when_and_why_are_logged(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    await take_off(business, await apply(business, note_id, invoice_id), "not his")
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    assert [(entry.action, entry.subject, entry.detail) for entry in entries[-2:]] == [
        ("CREDIT_NOTE_APPLIED", "CN-00001", "60.00 EUR to INV-00001"),
        ("CREDIT_APPLICATION_REVERSED", "CN-00001", "60.00 EUR from INV-00001: not his"),
    ]
    last = await InvoiceUpdate.filter(invoice_id=invoice_id).order_by("-sequence").first()
    assert last is not None
    assert (last.change, last.amount, last.actor, last.reason) == (
        "CREDIT_REVERSED",
        60_00,
        "bootstrap",
        "not his",
    )
    assert (await history(business, invoice_id))[-1] == ("CREDIT", "-60.00", "bootstrap", "not his")


@pytest.mark.both_databases
async def test_an_application_is_reversed_once(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    application_id = await apply(business, note_id, invoice_id)
    outcomes = await asyncio.gather(*(take_off(business, application_id, f"{n}") for n in range(8)))
    assert set(outcomes) == {("ISSUED", "60.00", "0.00")}
    rows = await CreditApplication.filter(invoice_id=invoice_id).order_by("applied_at")
    assert [row.amount for row in rows] == [60_00, -60_00]
    reversal = {"applicationId": str(rows[1].id), "reason": "typo"}
    assert await refusal(business, "reverseCreditApplication", **reversal) == ("CONFLICT", None)


async def test_credit_in_place_of_a_reversed_payment_stays(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    for _ in range(2):
        money = {"invoiceId": invoice_id, "amount": "100", "method": "bank"}
        more = {"surplusAsCredit": True, "sendReceipt": False}  # its e-mail would change rows
        await correct(business, "recordPayment", **money, **more)
    [first, _] = await payment_ids(business, invoice_id)
    await correct(business, "reversePayment", paymentId=first, reason="twice")
    [credit] = (await business.invoice(invoice_id, "credits { id }"))["credits"]
    before = await snapshot([business.company_id])
    refused_as = await refusal(
        business, "reverseCreditApplication", applicationId=credit["id"], reason="x"
    )
    assert refused_as == ("CONFLICT", None)
    assert await snapshot([business.company_id]) == before


async def test_money_takes_the_place_of_credit_that_is_taken_off(business: Business) -> None:
    note_id, invoice_id = await make_pair(business, "100")
    application_id = await apply(business, note_id, invoice_id)
    money = {"invoiceId": invoice_id, "amount": "70", "method": "bank"}
    await correct(business, "recordPayment", **money, surplusAsCredit=True)
    assert await take_off(business, application_id) == ("ISSUED", "100.00", "0.00")
    assert await invoice_figures(business, invoice_id) == (
        "PARTIALLY_PAID",
        "70.00",
        "0.00",
        "30.00",
    )
    surplus = await CreditNote.get(surpluses__invoice_id=invoice_id)
    assert surplus.remaining == 0


async def test_credit_taken_off_elsewhere_makes_up_for_a_reversed_payment(
    business: Business,
) -> None:
    """The surplus of one invoice was spent on another one; both end as if it never was."""
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    other_id = await business.make_invoice(customerId=customer_id)
    for _ in range(2):
        money = {"invoiceId": invoice_id, "amount": "100", "method": "bank"}
        more = {"surplusAsCredit": True, "sendReceipt": False}  # its e-mail would change rows
        await correct(business, "recordPayment", **money, **more)
    [first, _] = await payment_ids(business, invoice_id)
    note = await CreditNote.get(surpluses__invoice_id=invoice_id)
    application_id = await apply(business, str(note.id), other_id)
    await correct(business, "reversePayment", paymentId=first, reason="twice")
    assert await invoice_figures(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    await take_off(business, application_id)
    assert await invoice_figures(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    assert await invoice_figures(business, other_id) == ("ISSUED", "0.00", "0.00", "100.00")


async def test_another_company_s_credit_is_not_found(business: Business, rival: Business) -> None:
    note_id, invoice_id = await make_pair(rival)
    application_id = await apply(rival, note_id, invoice_id, amount="1")
    await pay_out(rival, note_id, "1")
    [payout] = await payouts(rival, note_id, "id")
    for mutation, input_ in (
        ("reverseCreditApplication", {"applicationId": application_id, "reason": "x"}),
        ("payOutCredit", {"creditNoteId": note_id, "amount": "1", "method": "bank"}),
        ("reverseCreditPayout", {"payoutId": payout["id"], "reason": "x"}),
    ):
        assert await refusal(business, mutation, **input_) == ("NOT_FOUND", None)


# --- paid out -------------------------------------------------------------------------------------


async def test_credit_is_paid_out_in_parts(business: Business) -> None:
    note_id, _ = await make_pair(business)
    assert await pay_out(business, note_id, "20", reference="T 1") == ("ISSUED", "40.00", "20.00")
    assert await pay_out(business, note_id, "40") == ("ISSUED", "0.00", "60.00")
    again = {"creditNoteId": note_id, "amount": "0.01", "method": "bank"}
    assert await refusal(business, "payOutCredit", **again) == ("CONFLICT", None)
    selection = "amount { amount } method reference recordedBy reversal { reason }"
    assert (await payouts(business, note_id, selection))[0] == {
        "amount": {"amount": "20.00"},
        "method": "bank",
        "reference": "T 1",
        "recordedBy": "bootstrap",
        "reversal": None,
    }


async def test_a_surplus_that_was_paid_back_is_no_credit_any_more(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    money = {"invoiceId": invoice_id, "amount": "150", "method": "bank"}
    await correct(business, "recordPayment", **money, surplusAsCredit=True)
    note = await CreditNote.get(surpluses__invoice_id=invoice_id)
    await pay_out(business, str(note.id), "50")
    token = await business.share_portal(customer_id)
    query = "query($t: String!) { portal(token: $t) { balances { credit { amount } } } }"
    seen = await business.stranger.gql(query, t=token)
    assert seen["portal"]["balances"] == [{"credit": {"amount": "0.00"}}]


async def test_a_payout_is_taken_back(business: Business) -> None:
    note_id, _ = await make_pair(business)
    await pay_out(business, note_id, "20")
    [payout] = await payouts(business, note_id, "id")
    ref = {"payoutId": payout["id"], "reason": "came back"}
    outcomes = [await correct(business, "reverseCreditPayout", **ref) for _ in range(2)]
    assert outcomes == [("ISSUED", "60.00", "0.00")] * 2
    rows = await CreditPayout.filter(credit_note_id=note_id).order_by("paid_at")
    assert [row.amount for row in rows] == [20_00, -20_00]
    [shown] = await payouts(business, note_id, "reversal { actor reason }")
    assert shown == {"reversal": {"actor": "bootstrap", "reason": "came back"}}
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    assert [(entry.action, entry.detail) for entry in entries[-2:]] == [
        ("CREDIT_PAID_OUT", "20.00 EUR, bank"),
        ("CREDIT_PAYOUT_REVERSED", "20.00 EUR: came back"),
    ]


async def test_paid_out_credit_cannot_be_voided(business: Business) -> None:
    note_id, _ = await make_pair(business)
    await pay_out(business, note_id, "20")
    with pytest.raises(GraphQLFailed) as refusal_:
        await business.credit_note("voidCreditNote", creditNoteId=note_id)
    assert refusal_.value.code == "CONFLICT"
    [payout] = await payouts(business, note_id, "id")
    await correct(business, "reverseCreditPayout", payoutId=payout["id"], reason="typo")
    assert (await business.credit_note("voidCreditNote", creditNoteId=note_id))[0] == "VOID"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "60.01"}, ("AMOUNT_TOO_LARGE", "amount")),
        ({"amount": "0"}, ("AMOUNT_TOO_SMALL", "amount")),
        ({"amount": "0.001"}, ("BAD_INPUT", "amount")),
        ({"method": ""}, ("BAD_INPUT", "method")),
        ({"method": "m" * 51}, ("BAD_INPUT", "method")),
        ({"reference": "r" * 201}, ("BAD_INPUT", "reference")),
    ],
)
async def test_invalid_payouts_are_refused(
    business: Business, change: dict[str, str], expected: tuple[str, str]
) -> None:
    note_id, _ = await make_pair(business)
    payout = {"creditNoteId": note_id, "amount": "1", "method": "bank"} | change
    assert await refusal(business, "payOutCredit", **payout) == expected
    assert await note_figures(business, note_id) == ("ISSUED", "60.00", "0.00")


async def test_a_refused_payout_names_what_is_left(business: Business) -> None:
    note_id, _ = await make_pair(business)
    failure = await refused(
        business, "payOutCredit", creditNoteId=note_id, amount="61", method="bank"
    )
    assert failure.errors[0]["extensions"] == {
        "code": "AMOUNT_TOO_LARGE",
        "field": "amount",
        "reason": "ABOVE_REMAINING_CREDIT",
        "limit": {"amount": "60.00", "currency": "EUR"},
    }


@pytest.mark.both_databases
async def test_a_repeated_key_pays_out_once(business: Business) -> None:
    note_id, _ = await make_pair(business)
    key = {"idempotencyKey": "k"}
    outcomes = await asyncio.gather(*(pay_out(business, note_id, "20", **key) for _ in range(8)))
    assert set(outcomes) == {("ISSUED", "40.00", "20.00")}
    other = {"creditNoteId": note_id, "amount": "21", "method": "bank"} | key
    assert await refusal(business, "payOutCredit", **other) == ("CONFLICT", "idempotencyKey")


@pytest.mark.both_databases
async def test_concurrent_uses_never_exceed_the_credit(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    outcomes = await asyncio.gather(
        *(pay_out(business, note_id, "7") for _ in range(12)),
        *(apply(business, note_id, invoice_id, amount="7") for _ in range(12)),
        return_exceptions=True,
    )
    failures = [outcome for outcome in outcomes if isinstance(outcome, GraphQLFailed)]
    assert {failure.code for failure in failures} == {"AMOUNT_TOO_LARGE"}
    assert len(failures) == 24 - 8
    assert (await note_figures(business, note_id))[1] == "4.00"
