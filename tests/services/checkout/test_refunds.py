"""Refunds that staff ask for: the real SDK and the Stripe sandbox, over HTTP."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest

from dev.stripe_sandbox.faults import FaultKind
from dev.stripe_sandbox.webhooks import DeliveryMode
from integrations.stripe.webhook_payloads import REFUND_REQUEST, Event, refund_report
from models import (
    AuditEntry,
    Checkout,
    CreditNote,
    InvoiceUpdate,
    Reversal,
    StripeRefund,
    StripeRefundStatus,
)
from services.checkout import refund_worker
from services.checkout.settlement import settle_payment_reversals
from services.checkout.stripe_events import receive
from tests.support import stripe_payloads
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.corrections import (
    Figures,
    correct,
    history,
    invoice_figures,
    payment_ids,
    refusal,
    refused,
)
from tests.support.stripe_sandbox import SandboxServer, checkout

PAID = ("PAID", "100.00", "0.00", "0.00")
DUE = ("ISSUED", "0.00", "0.00", "100.00")
TAXED = {
    "pricesIncludeTax": True,
    "lines": [
        {"description": "Book", "quantity": "1", "unitPrice": "53.50", "taxRate": "7"},
        {"description": "Work", "quantity": "1", "unitPrice": "46.50", "taxRate": "19"},
    ],
}
"""100.00 EUR with two taxes."""


async def paid_invoice(
    seller: Business, sandbox_server: SandboxServer, **details: object
) -> tuple[str, str]:
    """Return an invoice that was paid through Stripe, and its payment."""
    invoice_id = await seller.make_invoice(**details)
    url = (await checkout(seller.stranger, await seller.share(invoice_id)))["url"]
    sandbox_server.sandbox.pay(sandbox_server.session(url))
    await sandbox_server.webhooks_delivered()
    [payment_id] = await payment_ids(seller, invoice_id)
    return invoice_id, payment_id


async def refund(seller: Business, payment_id: str, **more: object) -> Figures:
    """Refund a payment, and return the invoice's figures."""
    return await correct(seller, "refundPayment", paymentId=payment_id, **more)


async def shown(seller: Business, invoice_id: str, selection: str) -> Any:
    """Return what is shown of an invoice's only payment."""
    [payment] = (await seller.invoice(invoice_id, f"payments {{ {selection} }}"))["payments"]
    return payment


def at_stripe(sandbox_server: SandboxServer, account: str) -> list[int]:
    """Return the amounts of an account's refunds at Stripe."""
    return [row["amount"] for row in sandbox_server.sandbox.store.filter("refund", account)]


@contextmanager
def held_webhooks(sandbox_server: SandboxServer) -> Iterator[None]:
    """Hold back what Stripe reports, and send it in the end."""
    webhooks = sandbox_server.sandbox.webhooks
    webhooks.mode = DeliveryMode.HELD
    yield
    webhooks.mode = DeliveryMode.NORMAL
    webhooks.deliver_held()


async def account_of(payment_id: str) -> str:
    """Return the account that a payment was made to."""
    return (await Checkout.get(id=payment_id)).account


# --- in full and in part --------------------------------------------------------------------------


async def test_a_refunded_payment_is_due_again(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    assert await refund(seller, payment_id, reason="returned") == DUE
    await sandbox_server.webhooks_delivered()
    assert await invoice_figures(seller, invoice_id) == DUE
    assert at_stripe(sandbox_server, await account_of(payment_id)) == [100_00]
    assert (await history(seller, invoice_id))[1:] == [
        ("REFUND", "-100.00", "bootstrap", "returned")
    ]
    selection = (
        "refunded { amount } refundable { amount }"
        " refunds { amount { amount } status reason detail requestedBy creditsInvoice }"
    )
    assert await shown(seller, invoice_id, selection) == {
        "refunded": {"amount": "100.00"},
        "refundable": {"amount": "0.00"},
        "refunds": [
            {
                "amount": {"amount": "100.00"},
                "status": "DONE",
                "reason": "returned",
                "detail": None,
                "requestedBy": "bootstrap",
                "creditsInvoice": False,
            }
        ],
    }


async def test_a_payment_is_refunded_in_parts(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    part = await refund(seller, payment_id, amount="30")
    assert part == ("PARTIALLY_PAID", "70.00", "0.00", "30.00")
    too_much = await refused(seller, "refundPayment", paymentId=payment_id, amount="70.01")
    assert too_much.errors[0]["extensions"] == {
        "code": "AMOUNT_TOO_LARGE",
        "field": "amount",
        "reason": "ABOVE_REFUNDABLE_AMOUNT",
        "limit": {"amount": "70.00", "currency": "EUR"},
    }
    both = await refused(
        seller, "refundPayment", paymentId=payment_id, amount="70.01", reason="r" * 501
    )
    entries = both.errors[0]["extensions"]["errors"]
    assert [(each["field"], each.get("reason")) for each in entries] == [
        ("reason", None),
        ("amount", "ABOVE_REFUNDABLE_AMOUNT"),
    ]
    assert await refund(seller, payment_id) == DUE
    assert await refusal(seller, "refundPayment", paymentId=payment_id) == ("CONFLICT", None)
    await sandbox_server.webhooks_delivered()
    assert await invoice_figures(seller, invoice_id) == DUE
    rows = await Reversal.filter(payment_id=payment_id).order_by("at")
    assert [(row.amount, row.actor) for row in rows] == [(30_00, "bootstrap"), (70_00, "bootstrap")]


async def test_who_when_and_why_are_logged(seller: Business, sandbox_server: SandboxServer) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    await refund(seller, payment_id, amount="30", reason="late")
    await sandbox_server.webhooks_delivered()
    entries = await AuditEntry.filter(company_id=seller.company_id, action="PAYMENT_REFUNDED")
    assert [(e.actor, e.subject, e.detail) for e in entries] == [
        ("bootstrap", "INV-00001", "30.00 EUR: late")
    ]
    events = await InvoiceUpdate.filter(invoice_id=invoice_id).order_by("sequence")
    assert [(e.change, e.amount, e.actor, e.reason) for e in events[1:]] == [
        ("PAYMENT_RECEIVED", 100_00, None, None),
        ("REFUNDED", 30_00, "bootstrap", "late"),
    ]


async def test_the_actions_include_a_refund_while_something_is_left(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    assert "REFUND" in (await seller.invoice(invoice_id, "allowedActions"))["allowedActions"]
    await refund(seller, payment_id)
    assert "REFUND" not in (await seller.invoice(invoice_id, "allowedActions"))["allowedActions"]


async def test_a_recorded_payment_is_reversed_and_not_refunded(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    manual_id = await seller.make_invoice()
    await seller.pay(manual_id, "100")
    [manual] = await payment_ids(seller, manual_id)
    _, online = await paid_invoice(seller, sandbox_server)
    assert await refusal(seller, "refundPayment", paymentId=manual) == ("CONFLICT", None)
    assert await refusal(seller, "reversePayment", paymentId=online, reason="x") == (
        "CONFLICT",
        None,
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "0"}, ("AMOUNT_TOO_SMALL", "amount")),
        ({"amount": "-1"}, ("AMOUNT_TOO_SMALL", "amount")),
        ({"amount": "0.001"}, ("BAD_INPUT", "amount")),
        ({"reason": "r" * 501}, ("BAD_INPUT", "reason")),
    ],
)
async def test_invalid_refunds_are_refused(
    seller: Business,
    sandbox_server: SandboxServer,
    change: dict[str, str],
    expected: tuple[str, str],
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    assert await refusal(seller, "refundPayment", paymentId=payment_id, **change) == expected
    assert await invoice_figures(seller, invoice_id) == PAID


async def test_another_company_s_payment_is_not_found(
    seller: Business, rival: Business, sandbox_server: SandboxServer
) -> None:
    _, payment_id = await paid_invoice(seller, sandbox_server)
    assert await refusal(rival, "refundPayment", paymentId=payment_id) == ("NOT_FOUND", None)


async def test_a_refund_takes_the_credit_of_a_surplus_first(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    money = {"invoiceId": invoice_id, "amount": "100", "method": "bank"}
    await correct(seller, "recordPayment", **money, surplusAsCredit=True)
    assert await refund(seller, payment_id) == PAID
    note = await CreditNote.get(surpluses__invoice_id=invoice_id)
    assert note.remaining == 0


# --- with a credit note ---------------------------------------------------------------------------


async def test_a_credited_refund_is_not_due_again(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server, **TAXED)
    assert await refund(seller, payment_id, creditInvoice=True, reason="returned") == PAID
    await sandbox_server.webhooks_delivered()
    assert await invoice_figures(seller, invoice_id) == PAID
    selection = (
        "creditNotes { number status reason total { amount } remaining { amount }"
        " lines { description } taxes { rate base { amount } tax { amount } } }"
    )
    assert (await seller.invoice(invoice_id, selection))["creditNotes"] == [
        {
            "number": "CN-00001",
            "status": "APPLIED",
            "reason": "returned",
            "total": {"amount": "100.00"},
            "remaining": {"amount": "0.00"},
            "lines": [{"description": "Book"}, {"description": "Work"}],
            "taxes": [
                {"rate": "19", "base": {"amount": "39.08"}, "tax": {"amount": "7.42"}},
                {"rate": "7", "base": {"amount": "50.00"}, "tax": {"amount": "3.50"}},
            ],
        }
    ]
    assert (await history(seller, invoice_id))[1:] == [
        ("REFUND", "-100.00", "bootstrap", "returned"),
        ("CREDIT", "100.00", "bootstrap", "returned"),
    ]


async def test_a_partly_credited_invoice_has_its_share_of_each_tax(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server, **TAXED)
    assert await refund(seller, payment_id, amount="40", creditInvoice=True) == PAID
    selection = (
        "creditNotes { reason total { amount }"
        " lines { description } taxes { rate base { amount } tax { amount } } }"
    )
    [note] = (await seller.invoice(invoice_id, selection))["creditNotes"]
    title = "Refund of invoice INV-00001"
    # 21.40 of 53.50 and 18.60 of 46.50, with tax
    assert note == {
        "reason": title,
        "total": {"amount": "40.00"},
        "lines": [{"description": title}] * 2,
        "taxes": [
            {"rate": "19", "base": {"amount": "15.63"}, "tax": {"amount": "2.97"}},
            {"rate": "7", "base": {"amount": "20.00"}, "tax": {"amount": "1.40"}},
        ],
    }
    # What is credited in the end is what was invoiced, at each rate.
    assert await refund(seller, payment_id, creditInvoice=True) == PAID
    notes = await CreditNote.filter(invoice_id=invoice_id)
    assert sum(row.total for row in notes) == 100_00
    assert sum(row.tax for row in notes) == 10_92
    refused_as = await refusal(seller, "refundPayment", paymentId=payment_id, creditInvoice=True)
    assert refused_as == ("CONFLICT", None)


async def test_no_more_is_credited_than_was_invoiced(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    line = {"description": "Rebate", "quantity": "1", "unitPrice": "80"}
    credit = {"invoiceId": invoice_id, "lines": [line], "reason": "late"}
    payload = await seller.mutate(
        "creditInvoice", "CreditInvoiceInput", "{ creditNote { id } }", **credit
    )
    await seller.credit_note("issueCreditNote", creditNoteId=payload["creditNote"]["id"])
    failure = await refused(
        seller, "refundPayment", paymentId=payment_id, amount="20.01", creditInvoice=True
    )
    assert failure.errors[0]["extensions"]["reason"] == "ABOVE_CREDITABLE_AMOUNT"
    assert await refund(seller, payment_id, amount="20", creditInvoice=True) == PAID


async def test_a_credited_refund_that_fails_leaves_the_customer_credit(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    await refund(seller, payment_id, amount="40", creditInvoice=True)
    [made] = sandbox_server.sandbox.store.filter("refund", await account_of(payment_id))
    sandbox_server.sandbox.fail_refund(made["id"])
    await sandbox_server.webhooks_delivered()
    assert await invoice_figures(seller, invoice_id) == PAID
    surplus = await CreditNote.get(surpluses__invoice_id=invoice_id)
    assert surplus.remaining == 40_00
    [request] = (await shown(seller, invoice_id, "refunds { status detail }"))["refunds"]
    assert request == {
        "status": "FAILED",
        "detail": "The refund failed, and Stripe gave the money back.",
    }
    after = await correct(
        seller, "payOutCredit", creditNoteId=str(surplus.id), amount="40", method="bank"
    )
    assert after == ("ISSUED", "0.00", "40.00")


# --- Stripe refuses, fails, or answers late -------------------------------------------------------


async def test_what_was_refunded_at_stripe_meanwhile_is_refused(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    intent = (await Checkout.get(id=payment_id)).payment_intent
    with held_webhooks(sandbox_server):
        sandbox_server.sandbox.refund(str(intent), 60_00)
        failure = await refused(seller, "refundPayment", paymentId=payment_id, amount="50")
    await sandbox_server.webhooks_delivered()
    assert failure.code == "CONFLICT"
    assert failure.errors[0]["message"] == "Less than this is left to refund at Stripe."
    assert await invoice_figures(seller, invoice_id) == (
        "PARTIALLY_PAID",
        "40.00",
        "0.00",
        "60.00",
    )
    [request] = (await shown(seller, invoice_id, "refunds { status detail }"))["refunds"]
    assert request["status"] == "FAILED"
    assert await refund(seller, payment_id, amount="40") == DUE


async def test_a_disputed_payment_is_not_refunded(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    intent = (await Checkout.get(id=payment_id)).payment_intent
    sandbox_server.sandbox.dispute(str(intent), 60_00)
    await sandbox_server.webhooks_delivered()
    failure = await refused(seller, "refundPayment", paymentId=payment_id)
    assert failure.errors[0]["message"] == (
        "The payer's bank disputes this payment, so Stripe doesn't refund it."
    )
    assert (await invoice_figures(seller, invoice_id))[1] == "40.00"


async def test_an_account_that_was_disconnected_is_named(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    _, payment_id = await paid_invoice(seller, sandbox_server)
    sandbox_server.sandbox.deauthorize(await account_of(payment_id))
    failure = await refused(seller, "refundPayment", paymentId=payment_id)
    assert (failure.code, failure.errors[0]["message"]) == (
        "CONFLICT",
        "Stripe denies access to the account that received this payment.",
    )


async def test_a_client_s_own_currency_is_not_guessed(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    _, payment_id = await paid_invoice(seller, sandbox_server)
    intent = sandbox_server.sandbox.store.get(
        "payment_intent", str((await Checkout.get(id=payment_id)).payment_intent)
    )
    intent["currency"] = "usd"
    failure = await refused(seller, "refundPayment", paymentId=payment_id)
    assert failure.errors[0]["message"] == (
        "The client paid in another currency. Refund this in Stripe's dashboard."
    )
    assert at_stripe(sandbox_server, await account_of(payment_id)) == []


async def test_the_webhooks_may_come_before_the_response(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    sandbox_server.sandbox.arm("/v1/refunds", FaultKind.TIMEOUT_AFTER, seconds=0.5, method="POST")
    asked = asyncio.create_task(refund(seller, payment_id, amount="40", creditInvoice=True))

    async def is_booked() -> bool:
        return await Reversal.exists(payment_id=payment_id)

    await eventually(is_booked)
    assert not asked.done()
    assert await invoice_figures(seller, invoice_id) == PAID
    assert await asked == PAID
    assert [row.amount for row in await Reversal.filter(payment_id=payment_id)] == [40_00]
    assert await CreditNote.filter(invoice_id=invoice_id).count() == 1


async def test_the_charge_s_total_waits_for_the_refund_that_was_asked_for(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    """`charge.refunded` comes first. It doesn't say whose refund it is."""
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    paid = await Checkout.get(id=payment_id)
    request = await StripeRefund.create(
        company_id=seller.company_id,
        payment_id=payment_id,
        amount=40_00,
        actor="Ada",
        next_attempt_at=datetime.now(UTC) + timedelta(days=1),
    )

    async def deliver(type_: str, about: Mapping[str, Any]) -> None:
        event = stripe_payloads.event(type_, about, paid.account)
        await receive(Event.of(event), livemode=False)

    await deliver("charge.refunded", stripe_payloads.charge(paid.payment_intent, 40_00))
    assert not await Reversal.exists(payment_id=payment_id)
    made = stripe_payloads.refund(paid.payment_intent, 40_00)
    await deliver("refund.created", made | {"metadata": {REFUND_REQUEST: str(request.id)}})
    rows = await Reversal.filter(payment_id=payment_id)
    assert [(row.amount, row.actor) for row in rows] == [(40_00, "Ada")]
    request = await StripeRefund.get(id=request.id)
    assert (request.status, request.refund_id) == (StripeRefundStatus.DONE, made["id"])
    await deliver("charge.refunded", stripe_payloads.charge(paid.payment_intent, 70_00))
    assert (await invoice_figures(seller, invoice_id))[1] == "30.00"


async def test_the_id_in_a_report_is_only_a_hint(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    """The account's owner can change it. It must be about this payment and this amount."""
    _, payment_id = await paid_invoice(seller, sandbox_server)
    _, other_id = await paid_invoice(seller, sandbox_server)
    paid = await Checkout.get(id=payment_id)
    columns: dict[str, Any] = {
        "company_id": seller.company_id,
        "actor": "Ada",
        "credits_invoice": True,
        "next_attempt_at": datetime.now(UTC) + timedelta(days=1),
    }
    of_other = await StripeRefund.create(payment_id=other_id, amount=10_00, **columns)
    of_other_amount = await StripeRefund.create(payment_id=payment_id, amount=11_00, **columns)
    for hint in (str(of_other.id), str(of_other_amount.id), "x"):
        made = stripe_payloads.refund(paid.payment_intent, 10_00)
        report = refund_report(made | {"metadata": {REFUND_REQUEST: hint}})
        await settle_payment_reversals(paid.id, None, [report])
    rows = await Reversal.filter(payment_id=payment_id)
    assert [(row.amount, row.actor) for row in rows] == [(10_00, None)] * 3
    left = await StripeRefund.filter(company_id=seller.company_id)
    assert [row.status for row in left] == [StripeRefundStatus.REQUESTED] * 2
    assert await CreditNote.filter(company_id=seller.company_id).count() == 0
    await StripeRefund.filter(company_id=seller.company_id).delete()


async def test_a_pending_refund_counts_at_once_and_may_fail_later(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    assert await refund(seller, payment_id) == DUE
    [made] = sandbox_server.sandbox.store.filter("refund", await account_of(payment_id))
    sandbox_server.sandbox.fail_refund(made["id"])
    await sandbox_server.webhooks_delivered()
    assert await invoice_figures(seller, invoice_id) == PAID
    assert (await history(seller, invoice_id))[-1] == ("REFUND", "100.00", None, None)
    assert (await StripeRefund.get(payment_id=payment_id)).status is StripeRefundStatus.FAILED


@pytest.mark.parametrize(
    ("kind", "times"), [(FaultKind.ERROR, 3), (FaultKind.ERROR_AFTER, 1), (FaultKind.RESET, 3)]
)
async def test_a_failing_stripe_leaves_the_refund_requested(
    seller: Business, sandbox_server: SandboxServer, kind: FaultKind, times: int
) -> None:
    """The worker asks later. What Stripe did before it failed isn't done again."""
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    sandbox_server.sandbox.arm("/v1/refunds", kind, times=times, method="POST")
    with held_webhooks(sandbox_server):
        assert await refund(seller, payment_id, amount="40") == PAID
        assert await shown(seller, invoice_id, "refunds { status }") == {
            "refunds": [{"status": "REQUESTED"}]
        }
        too_much = {"paymentId": payment_id, "amount": "60.01"}
        assert await refusal(seller, "refundPayment", **too_much) == ("AMOUNT_TOO_LARGE", "amount")
        await _run_worker(payment_id, later=timedelta(minutes=11))
        assert (await invoice_figures(seller, invoice_id))[1] == "60.00"
    await sandbox_server.webhooks_delivered()
    assert (await invoice_figures(seller, invoice_id))[1] == "60.00"
    assert at_stripe(sandbox_server, await account_of(payment_id)) == [40_00]


async def test_a_lost_response_is_got_by_the_same_key(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    sandbox_server.sandbox.arm("/v1/refunds", FaultKind.RESET_AFTER, method="POST")
    await refund(seller, payment_id, amount="40")
    await sandbox_server.webhooks_delivered()
    assert (await invoice_figures(seller, invoice_id))[1] == "60.00"
    assert at_stripe(sandbox_server, await account_of(payment_id)) == [40_00]


async def _run_worker(payment_id: str, later: timedelta) -> None:
    """Make an unanswered refund older, and wait until the portal's worker has asked again."""
    past = datetime.now(UTC) - later
    await StripeRefund.filter(payment_id=payment_id).update(next_attempt_at=past, created_at=past)

    async def is_done() -> bool:
        return await StripeRefund.filter(payment_id=payment_id, status="DONE").exists()

    await eventually(is_done, 15)


# --- at the same time -----------------------------------------------------------------------------


async def test_concurrent_refunds_never_exceed_the_payment(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    outcomes = await asyncio.gather(
        *(refund(seller, payment_id, amount="30") for _ in range(8)), return_exceptions=True
    )
    failures = [outcome for outcome in outcomes if isinstance(outcome, GraphQLFailed)]
    assert {failure.code for failure in failures} == {"AMOUNT_TOO_LARGE"}
    assert len(failures) == 8 - 3
    await sandbox_server.webhooks_delivered()
    assert (await invoice_figures(seller, invoice_id))[1] == "10.00"
    assert at_stripe(sandbox_server, await account_of(payment_id)) == [30_00] * 3


async def test_a_repeated_key_refunds_once(seller: Business, sandbox_server: SandboxServer) -> None:
    invoice_id, payment_id = await paid_invoice(seller, sandbox_server)
    key = {"amount": "30", "idempotencyKey": "k"}
    await asyncio.gather(*(refund(seller, payment_id, **key) for _ in range(4)))
    await sandbox_server.webhooks_delivered()
    assert (await invoice_figures(seller, invoice_id))[1] == "70.00"
    assert at_stripe(sandbox_server, await account_of(payment_id)) == [30_00]
    other = {"paymentId": payment_id} | key | {"amount": "31"}
    assert await refusal(seller, "refundPayment", **other) == ("CONFLICT", "idempotencyKey")


async def test_a_refund_reports_all_that_is_wrong_with_it(
    seller: Business, sandbox_server: SandboxServer
) -> None:
    _, payment_id = await paid_invoice(seller, sandbox_server)
    with pytest.raises(GraphQLFailed) as refusal:
        await refund(seller, payment_id, amount="0.001", reason="x" * 501)
    entries = refusal.value.errors[0]["extensions"]["errors"]
    assert [(entry["field"], entry.get("reason")) for entry in entries] == [
        ("reason", None),
        ("amount", "TOO_PRECISE"),
    ]
    assert not await StripeRefund.filter(payment_id=payment_id).exists()


async def test_workers_never_claim_an_unanswered_refund_twice(
    seller: Business, sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, payment_id = await paid_invoice(seller, sandbox_server)
    sandbox_server.sandbox.arm("/v1/refunds", FaultKind.ERROR, times=3, method="POST")
    await refund(seller, payment_id)
    waiting = await StripeRefund.get(payment_id=payment_id)
    assert waiting.id not in await refund_worker._claim_batch()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(refund_worker, "database_time", AsyncMock(return_value=tomorrow))
    claimed = await asyncio.gather(*(refund_worker._claim_batch() for _ in range(4)))
    # The portal's own worker may have been first.
    assert [id_ for ids in claimed for id_ in ids].count(waiting.id) <= 1
