"""Payments that staff record."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from models import Invoice, Payment
from tests.support.clients import Business, GraphQLFailed

pytestmark = pytest.mark.one_database

_QUERY: Final = (
    "mutation($input: RecordPaymentInput!) { recordPayment(input: $input)"
    " { invoice { status amountPaid { amount } amountDue { amount } } } }"
)


async def _pay(business: Business, invoice_id: str, amount: str, **more: object) -> tuple[str, ...]:
    """Record a payment, and return the invoice's status, amount paid and amount due."""
    payment = {"invoiceId": invoice_id, "amount": amount, "method": "bank transfer"} | more
    shown = (await business.gql(_QUERY, input=payment))["recordPayment"]["invoice"]
    return shown["status"], shown["amountPaid"]["amount"], shown["amountDue"]["amount"]


async def _refused(
    business: Business, invoice_id: str, amount: str = "1.00", **more: object
) -> tuple[str, str | None]:
    """Return the refusal's code and field, after checking that nothing changed."""
    before = await Invoice.filter(id=invoice_id).values()
    payments = await Payment.filter(invoice_id=invoice_id).count()
    payment = {"invoiceId": invoice_id, "amount": amount, "method": "cash"} | more
    refusal = await business.refused(_QUERY, input=payment)
    assert await Invoice.filter(id=invoice_id).values() == before
    assert await Payment.filter(invoice_id=invoice_id).count() == payments
    return refusal.code, refusal.field


async def test_payments_add_up_to_the_total(business: Business) -> None:
    invoice_id = await business.make_invoice()
    assert await _pay(business, invoice_id, "0.01") == ("PARTIALLY_PAID", "0.01", "99.99")
    assert await _pay(business, invoice_id, "49.99") == ("PARTIALLY_PAID", "50.00", "50.00")
    assert await _pay(business, invoice_id, "50") == ("PAID", "100.00", "0.00")


async def test_a_payment_is_shown_as_it_was_recorded(business: Business) -> None:
    invoice_id = await business.make_invoice()
    details = {"receivedAt": "2026-01-31T12:00:00.5Z", "reference": "RF18 5390"}
    await _pay(business, invoice_id, "100", **details)
    selection = "payments { amount { amount } method receivedAt reference refunded { amount } }"
    assert (await business.invoice(invoice_id, selection))["payments"] == [
        {
            "amount": {"amount": "100.00"},
            "method": "bank transfer",
            "receivedAt": "2026-01-31T12:00:00.500000Z",
            "reference": "RF18 5390",
            "refunded": {"amount": "0.00"},
        }
    ]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("100.01", ("AMOUNT_TOO_LARGE", "amount")),
        ("0", ("AMOUNT_TOO_SMALL", "amount")),
        ("-1", ("AMOUNT_TOO_SMALL", "amount")),
        ("0.001", ("BAD_INPUT", "amount")),
        ("9" * 20, ("BAD_INPUT", "amount")),
    ],
)
async def test_an_amount_out_of_range_is_refused(
    business: Business, amount: str, expected: tuple[str, str]
) -> None:
    assert await _refused(business, await business.make_invoice(), amount) == expected


async def test_a_payment_cannot_exceed_the_amount_due(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await _pay(business, invoice_id, "60")
    assert await _refused(business, invoice_id, "40.01") == ("AMOUNT_TOO_LARGE", "amount")


async def test_a_refused_amount_names_its_rule_and_limit(business: Business) -> None:
    payment = {"invoiceId": await business.make_invoice(), "amount": "100.01", "method": "cash"}
    refusal = await business.refused(_QUERY, input=payment)
    assert refusal.errors[0]["message"] == "Only 100.00 EUR is due."
    assert refusal.errors[0]["extensions"] == {
        "code": "AMOUNT_TOO_LARGE",
        "field": "amount",
        "reason": "ABOVE_AMOUNT_DUE",
        "limit": {"amount": "100.00", "currency": "EUR"},
    }


async def test_drafts_cancelled_and_paid_invoices_take_no_payment(business: Business) -> None:
    draft_id = await business.make_draft()
    cancelled_id, paid_id = await business.make_invoice(), await business.make_invoice()
    await business.mutate(
        "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled_id
    )
    await _pay(business, paid_id, "100")
    for invoice_id in (draft_id, cancelled_id, paid_id):
        assert await _refused(business, invoice_id) == ("CONFLICT", None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": ""}, "method"),
        ({"method": "m" * 51}, "method"),
        ({"method": "\t\x00"}, "method"),
        ({"reference": "r" * 201}, "reference"),
        ({"idempotencyKey": "k" * 65}, "idempotencyKey"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": " \u200b"}, "idempotencyKey"),
    ],
    ids=str,
)
async def test_each_field_has_its_limit(
    business: Business, change: dict[str, Any], field: str
) -> None:
    invoice_id = await business.make_invoice()
    assert await _refused(business, invoice_id, **change) == ("BAD_INPUT", field)


async def test_a_payment_is_received_in_the_past_give_or_take_the_clock_skew(
    business: Business,
) -> None:
    invoice_id, now = await business.make_invoice(), datetime.now(UTC)
    soon, later = now + timedelta(minutes=2), now + timedelta(minutes=6)
    refusal = await _refused(business, invoice_id, receivedAt=later.isoformat())
    assert refusal == ("BAD_INPUT", "receivedAt")
    await _pay(business, invoice_id, "1", receivedAt=soon.isoformat())
    await _pay(business, invoice_id, "1", receivedAt="2000-01-01T00:00:00Z")
    refusal = await _refused(business, invoice_id, receivedAt="1999-12-31T23:59:59Z")
    assert refusal == ("BAD_INPUT", "receivedAt")


async def test_another_company_s_invoice_is_not_found(business: Business, rival: Business) -> None:
    assert await _refused(business, await rival.make_invoice()) == ("NOT_FOUND", None)


@pytest.mark.both_databases
async def test_concurrent_payments_never_exceed_the_total(business: Business) -> None:
    invoice_id = await business.make_invoice()
    payments = (_pay(business, invoice_id, "7") for _ in range(32))
    outcomes = await asyncio.gather(*payments, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert {getattr(failure, "code", failure) for failure in failures} == {"AMOUNT_TOO_LARGE"}
    assert len(failures) == 32 - 14
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.amount_paid, invoice.status) == (98_00, "PARTIALLY_PAID")
    assert sum([row.amount for row in await Payment.filter(invoice_id=invoice_id)]) == 98_00


@pytest.mark.both_databases
async def test_a_repeated_key_records_one_payment(business: Business) -> None:
    invoice_id = await business.make_invoice()
    payments = (_pay(business, invoice_id, "30", idempotencyKey="k") for _ in range(16))
    assert set(await asyncio.gather(*payments)) == {("PARTIALLY_PAID", "30.00", "70.00")}
    assert await Payment.filter(invoice_id=invoice_id).count() == 1
    await _pay(business, invoice_id, "70")
    paid = await _pay(business, invoice_id, "30", idempotencyKey="k")
    assert paid == ("PAID", "100.00", "0.00")


async def test_a_key_is_refused_for_another_payment(business: Business) -> None:
    invoice_id, other_id = await business.make_invoice(), await business.make_invoice()
    await _pay(business, invoice_id, "30", idempotencyKey="k", method="cash")
    conflict, key = ("CONFLICT", "idempotencyKey"), {"idempotencyKey": "k"}
    assert await _refused(business, invoice_id, "31", **key) == conflict
    assert await _refused(business, invoice_id, "30", **key, reference="x") == conflict
    assert await _refused(business, other_id, "30", **key) == conflict


@pytest.mark.both_databases
async def test_one_of_concurrent_payments_with_the_same_key_is_recorded(business: Business) -> None:
    invoice_ids = [await business.make_invoice() for _ in range(16)]
    payments = (_pay(business, id_, "30", idempotencyKey="k") for id_ in invoice_ids)
    outcomes = await asyncio.gather(*payments, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, GraphQLFailed)]
    assert {(failure.code, failure.field) for failure in failures} == {
        ("CONFLICT", "idempotencyKey")
    }
    assert len(failures) == 15
    assert await Payment.filter(company_id=business.company_id).count() == 1


async def test_companies_can_use_the_same_key(business: Business, rival: Business) -> None:
    for payer in (business, rival):
        await _pay(payer, await payer.make_invoice(), "30", idempotencyKey="k")
        assert await Payment.filter(company_id=payer.company_id).count() == 1


async def test_an_amount_has_the_decimals_of_the_invoice_s_currency(business: Business) -> None:
    line = {"description": "Work", "quantity": "1", "unitPrice": "100"}
    yen = await business.make_invoice(currency="JPY", lines=[line])
    dinar = await business.make_invoice(currency="KWD", lines=[line])
    assert await _refused(business, yen, "0.5") == ("BAD_INPUT", "amount")
    assert await _pay(business, yen, "100.0") == ("PAID", "100", "0")
    assert await _pay(business, dinar, "0.001") == ("PARTIALLY_PAID", "0.001", "99.999")
    assert Decimal((await Invoice.get(id=dinar)).amount_paid) == 1


async def test_each_payment_of_one_request_sees_those_before_it(business: Business) -> None:
    invoice_id = await business.make_invoice()
    payment = (
        f'recordPayment(input: {{invoiceId: "{invoice_id}", amount: "10", method: "cash"}})'
        " { invoice { payments { amount { amount } } } }"
    )
    data = await business.gql(f"mutation {{ a: {payment} b: {payment} }}")
    assert [len(data[name]["invoice"]["payments"]) for name in "ab"] == [1, 2]
