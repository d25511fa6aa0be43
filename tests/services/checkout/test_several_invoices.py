"""Paying several invoices of a portal in one session, and what can happen to it."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.statements import fetch
from dev.stripe_sandbox.faults import FaultKind
from integrations.stripe.webhook_payloads import Event
from models import (
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    CreditNote,
    Customer,
    EmailDelivery,
    Invoice,
    Payment,
)
from services.checkout import checkouts, reservations
from services.checkout.stripe_events import receive
from services.ledger import integrity
from tests.services.checkout.simulated_checkouts import SimulatedCheckout, simulate
from tests.services.email.test_emails import new_address
from tests.support import stripe_payloads
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, text_of
from tests.support.stripe_sandbox import SandboxServer, checkout, figures

_SEVERAL = """
    mutation($input: CheckoutSeveralInput!) {
        checkoutSeveral(input: $input) { url amount { amount currency } expiresAt }
    }
"""
_NO_TIME = timedelta(0)
_DUE = ("2026-12-10", "2026-12-01", "2026-12-20")
"""The second one is paid first, and the third one last."""


@dataclass
class Account:
    """A customer's invoices over 10.00, 20.00 and 40.00 EUR, and their portal."""

    business: Business
    customer_id: str
    ids: list[str]
    numbers: list[str]
    token: str

    async def pay(self, *which: int, **more: object) -> Any:
        """Start a checkout of some of the invoices."""
        numbers = [self.numbers[n] for n in which]
        data = await self.business.stranger.gql(
            _SEVERAL, input={"token": self.token, "numbers": numbers, **more}
        )
        return data["checkoutSeveral"]

    async def pay_one(self, n: int) -> Any:
        """Start a checkout of one of the invoices."""
        return await checkout(self.business.stranger, self.token, number=self.numbers[n])

    async def refused(self, *numbers: str) -> GraphQLFailed:
        """Return the error of a checkout."""
        return await self.business.stranger.refused(
            _SEVERAL, input={"token": self.token, "numbers": list(numbers)}
        )

    async def paid(self) -> list[tuple[str, str]]:
        """Return the status of each invoice, and what is paid on it."""
        return [(await figures(self.business, id_))[:2] for id_ in self.ids]

    async def simulated(self, *which: int) -> SimulatedCheckout:
        """Start a checkout, and return Stripe's side of it."""
        url = (await self.pay(*which))["url"]
        return SimulatedCheckout.of(await Checkout.get(url=url))


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> Account:
    """Connect the business to Stripe, and return an account with three invoices."""
    await sandbox_server.connect(business)
    customer_id = await business.make_customer()
    ids = [
        await business.make_invoice(
            customerId=customer_id,
            dueDate=due,
            issueDate="2026-11-20",
            lines=[{"description": "Work", "quantity": "1", "unitPrice": price}],
        )
        for due, price in zip(_DUE, ("10.00", "20.00", "40.00"), strict=True)
    ]
    numbers = [(await business.invoice(id_, "number"))["number"] for id_ in ids]
    token = await business.share_portal(customer_id)
    return Account(business, customer_id, ids, numbers, token)


async def _deliver(simulated: SimulatedCheckout) -> None:
    """Deliver the events twice, the second time in reverse order, and check all books."""
    for content in [*simulated.events, *reversed(simulated.events)]:
        await receive(Event.of(content), livemode=False)
    assert await _differences((await Checkout.get(id=simulated.id)).company_id) == []


async def _differences(company_id: UUID) -> list[str]:
    """Return what `reconcile` would report about a company."""
    found: list[str] = []
    for sql, compare in (
        (integrity._INVOICES, integrity._compare_invoice),
        (integrity._CREDIT_NOTES, integrity._compare_credit_note),
        (integrity._CHECKOUTS, integrity._compare_checkout),
    ):
        for row in await fetch(f"{sql} WHERE company_id = $1", company_id):
            found += map(str, compare(row))
    return found


async def _arrived(mailbox: Mailbox, address: str) -> EmailMessage:
    """Return the only message to an address, once it is there."""

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived, 30.0)
    return mailbox.only(address)


async def _sessions(account: Account, server: SandboxServer) -> list[tuple[int, str]]:
    [row] = {row.account for row in await Checkout.filter(company_id=account.business.company_id)}
    sessions = reversed(server.sessions(row))  # the oldest first
    return [(each["amount_total"], each["status"]) for each in sessions]


async def test_each_invoice_gets_its_payment(
    account: Account, sandbox_server: SandboxServer
) -> None:
    opened = await account.pay(0, 1, 2)
    assert opened["amount"] == {"amount": "70.00", "currency": "EUR"}
    sandbox_server.sandbox.pay(sandbox_server.session(opened["url"]))
    await sandbox_server.webhooks_delivered()
    assert await account.paid() == [("PAID", "10.00"), ("PAID", "20.00"), ("PAID", "40.00")]
    payments = await Payment.filter(invoice_id__in=account.ids).order_by("amount")
    assert [payment.amount for payment in payments] == [10_00, 20_00, 40_00]
    assert len({payment.reference for payment in payments}) == 1
    receipts = EmailDelivery.filter(payment_id__in=[row.id for row in payments])
    assert await receipts.count() == 3
    assert await receipts.filter(sent_with_id=None).count() == 1


async def test_the_order_and_repetitions_of_numbers_make_no_difference(
    account: Account, sandbox_server: SandboxServer
) -> None:
    first = await account.pay(0, 2)
    assert await account.pay(2, 0, 2) == first
    both = await asyncio.gather(account.pay(0, 2), account.pay(2, 0))
    assert [*both] == [first, first]
    assert await _sessions(account, sandbox_server) == [(50_00, "open")]


async def test_an_invoice_is_in_one_session_that_can_be_paid(
    account: Account, sandbox_server: SandboxServer
) -> None:
    await account.pay_one(0)
    await account.pay_one(1)
    await account.pay(0, 1)
    await account.pay(1, 2)
    assert await _sessions(account, sandbox_server) == [
        (10_00, "expired"),
        (20_00, "expired"),
        (30_00, "expired"),
        (60_00, "open"),
    ]
    await account.pay_one(2)
    assert (await _sessions(account, sandbox_server))[-2:] == [(60_00, "expired"), (40_00, "open")]
    assert await CheckoutShare.filter(payable_for__in=account.ids).count() == 1


async def test_of_different_selections_at_once_one_can_be_paid(
    account: Account, sandbox_server: SandboxServer
) -> None:
    answers = await asyncio.gather(
        account.pay(0, 1), account.pay(1, 2), account.pay_one(1), return_exceptions=True
    )
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert all(isinstance(each, GraphQLFailed) and each.code == "CONFLICT" for each in refused)
    assert len(refused) < 3
    shares = await CheckoutShare.filter(payable_for__in=account.ids)
    assert len({share.checkout_id for share in shares}) == 1
    open_ones = [each for each in await _sessions(account, sandbox_server) if each[1] == "open"]
    assert len(open_ones) == 1


async def test_whoever_is_faster_is_said_to_pay_one_of_the_invoices(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    await account.pay(0, 1)
    monkeypatch.setattr(reservations, "_belongs_to_others", lambda *_: True)
    refusal = await account.refused(*account.numbers)
    assert refusal.code == "CONFLICT"
    assert refusal.errors[0]["message"].startswith(
        "Someone else is about to pay one of these invoices."
    )


async def test_sessions_that_are_in_the_way_end_a_few_at_a_time(
    account: Account, sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkouts, "_ENDED_AT_ONCE", 2)
    for n in range(3):
        await account.pay_one(n)
    await account.pay(0, 1, 2)
    assert [status for _, status in await _sessions(account, sandbox_server)] == [
        *("expired", "expired", "expired"),
        "open",
    ]


async def test_a_start_that_was_cut_off_is_continued(
    account: Account, sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.checkout.checkouts._OPENING_GRACE", _NO_TIME)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.ERROR, times=3)
    with pytest.raises(GraphQLFailed):
        await account.pay(0, 1)
    sandbox_server.sandbox.faults.clear()
    await account.pay(0, 1)
    assert await _sessions(account, sandbox_server) == [(30_00, "open")]


async def test_a_session_ends_when_one_of_its_invoices_needs_less(
    account: Account, sandbox_server: SandboxServer
) -> None:
    await account.pay(0, 1)
    await account.business.pay(account.ids[2], "1.00")
    assert await _sessions(account, sandbox_server) == [(30_00, "open")]
    await account.business.pay(account.ids[1], "1.00")
    assert await _sessions(account, sandbox_server) == [(30_00, "expired")]
    await account.pay(0, 1)
    await account.business.mutate(
        "revokePortalShare",
        "CustomerRef",
        "{ customer { id } }",
        customerId=account.customer_id,
    )
    assert (await _sessions(account, sandbox_server))[-1] == (29_00, "expired")
    assert await _differences(account.business.company_id) == []


async def test_what_cannot_be_paid_is_named(account: Account) -> None:
    await account.business.pay(account.ids[1], "20.00")
    paid = await account.refused(*account.numbers)
    assert (paid.code, paid.errors[0]["extensions"]["field"]) == (
        "PAYMENT_UNAVAILABLE",
        "numbers.1",
    )
    assert (await account.refused(account.numbers[0], "unknown")).code == "NOT_FOUND"
    for numbers in ([], [str(n) for n in range(51)]):
        assert (await account.refused(*numbers)).code == "BAD_INPUT"
    dollars = await account.business.make_invoice(customerId=account.customer_id, currency="USD")
    number = (await account.business.invoice(dollars, "number"))["number"]
    mixed = await account.refused(account.numbers[0], number)
    assert (mixed.code, mixed.errors[0]["extensions"]["field"]) == ("BAD_INPUT", "numbers")
    assert not await CheckoutShare.exists(invoice_id__in=account.ids)


async def test_an_invoice_token_pays_no_others(account: Account) -> None:
    account.token = await account.business.share(account.ids[0])
    assert (await account.refused(*account.numbers)).code == "NOT_FOUND"


async def test_money_for_invoices_that_need_it_no_more_becomes_credit(account: Account) -> None:
    simulated = await account.simulated(0, 1, 2)
    await account.business.pay(account.ids[0], "4.00")
    await account.business.mutate(
        "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=account.ids[1]
    )
    simulated.complete("paid")
    await _deliver(simulated)
    assert await account.paid() == [("PAID", "10.00"), ("CANCELLED", "0.00"), ("PAID", "40.00")]
    notes = await CreditNote.filter(customer_id=account.customer_id).order_by("total")
    assert [note.total for note in notes] == [4_00, 20_00]


async def test_a_bank_debit_is_on_its_way_to_each_invoice_until_it_fails(
    account: Account,
) -> None:
    simulated = await account.simulated(0, 1)
    simulated.complete("unpaid")
    await _deliver(simulated)
    pending = [await figures(account.business, id_) for id_ in account.ids]
    assert [(row[0], row[2]) for row in pending] == [
        ("ISSUED", "10.00"),
        ("ISSUED", "20.00"),
        ("ISSUED", "0.00"),
    ]
    simulated.end_delayed(paid=False)
    await _deliver(simulated)
    failed = [await figures(account.business, id_) for id_ in account.ids]
    assert [row[:3] for row in failed] == [("ISSUED", "0.00", "0.00")] * 3
    shares = await CheckoutShare.filter(checkout_id=simulated.id)
    told = EmailDelivery.filter(checkout_share_id__in=[share.id for share in shares])
    assert await told.count() == 2
    assert (await Checkout.get(id=simulated.id)).status is CheckoutStatus.FAILED


async def test_refunds_and_disputes_reopen_the_invoices_that_are_due_last(
    account: Account,
) -> None:
    simulated = await account.simulated(0, 1, 2)
    simulated.complete("paid")
    simulated.refund(45_00, "succeeded")
    await _deliver(simulated)
    assert await account.paid() == [
        ("PARTIALLY_PAID", "5.00"),
        ("PAID", "20.00"),
        ("ISSUED", "0.00"),
    ]
    simulated.dispute("dp_several", 25_00, "open")
    await _deliver(simulated)
    assert await account.paid() == [("ISSUED", "0.00")] * 3
    simulated.dispute("dp_several", 25_00, "won")
    await _deliver(simulated)
    assert await account.paid() == [
        ("PARTIALLY_PAID", "5.00"),
        ("PAID", "20.00"),
        ("ISSUED", "0.00"),
    ]


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ("refund", "refund later", "refund fails", "refund succeeds", "dispute", "win", "lose")
        ),
        st.integers(1, 60_00),
    ),
    max_size=6,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=_EVENTS, random=st.randoms(use_true_random=False))
async def test_whatever_stripe_reports_in_any_order_what_is_kept_pays_the_first_invoices(
    account: Account, events: list[tuple[str, int]], random: Random
) -> None:
    ids = [
        await account.business.make_invoice(customerId=account.customer_id, dueDate=due)
        for due in ("2026-12-02", "2026-12-01")
    ]
    simulated = SimulatedCheckout.of(await _joint_checkout(ids, 50_00))
    simulated.complete("paid")
    for what, amount in events:
        simulate(simulated, what, amount)
    reports = [*simulated.events, *simulated.events]
    random.shuffle(reports)
    for content in reports:
        await receive(Event.of(content), livemode=False)
    kept = simulated.kept()
    paid = [(await Invoice.get(id=id_)).amount_paid for id_ in ids]
    assert paid == [min(kept, 50_00), max(0, kept - 50_00)]
    assert await _differences(account.business.company_id) == []


async def _joint_checkout(invoice_ids: list[str], amount: int) -> Checkout:
    """Return an open checkout that pays `amount` on each of the invoices, in this order."""
    first, *others = invoice_ids
    checkout = await stripe_payloads.make_checkout(first, amount)
    for position, invoice_id in enumerate(others, start=2):
        await CheckoutShare.create(
            checkout=checkout,
            invoice_id=invoice_id,
            position=position,
            amount=amount,
            payable_for=invoice_id,
        )
    checkout.amount = amount * len(invoice_ids)
    await checkout.save(update_fields=["amount"])
    return checkout


async def test_staff_refund_the_invoice_that_they_choose(
    account: Account, sandbox_server: SandboxServer
) -> None:
    opened = await account.pay(0, 1, 2)
    sandbox_server.sandbox.pay(sandbox_server.session(opened["url"]))
    await sandbox_server.webhooks_delivered()
    payment = await Payment.get(invoice_id=account.ids[1])
    await account.business.mutate(
        "refundPayment",
        "RefundPaymentInput",
        "{ invoice { id } }",
        paymentId=str(payment.id),
        amount="15.00",
        reason="returned",
    )
    await sandbox_server.webhooks_delivered()
    assert await account.paid() == [
        ("PAID", "10.00"),
        ("PARTIALLY_PAID", "5.00"),
        ("PAID", "40.00"),
    ]


async def test_the_status_can_be_asked_for_each_invoice(
    account: Account, sandbox_server: SandboxServer
) -> None:
    opened = await account.pay(0, 1)
    session_id = sandbox_server.session(opened["url"])
    query = """
        query($token: String!, $number: String, $sessionId: String!) {
            checkoutStatus(token: $token, number: $number, sessionId: $sessionId) {
                status invoice { number status }
            }
        }
    """
    sandbox_server.sandbox.pay(session_id)
    for number in account.numbers[:2]:
        data = await account.business.stranger.gql(
            query, token=account.token, number=number, sessionId=session_id
        )
        assert data["checkoutStatus"] == {
            "status": "PAID",
            "invoice": {"number": number, "status": "PAID"},
        }
    refusal = await account.business.stranger.refused(
        query, token=account.token, number=account.numbers[2], sessionId=session_id
    )
    assert refusal.code == "NOT_FOUND"


async def test_one_e_mail_has_the_receipts_of_all_invoices(
    account: Account, mailbox: Mailbox
) -> None:
    address, copied = new_address(), new_address()
    await Customer.filter(id=account.customer_id).update(email=address, cc_emails=copied)
    simulated = await account.simulated(0, 1, 2)
    simulated.complete("paid")
    await _deliver(simulated)
    message = await _arrived(mailbox, address)
    assert str(message["subject"]) == "Receipts: your payment to Acme Ltd"
    text = text_of(message)
    assert "€70.00" in text
    for number, amount in zip(account.numbers, ("€10.00", "€20.00", "€40.00"), strict=True):
        assert f"Invoice {number}" in text
        assert amount in text
    assert len(list(message.iter_attachments())) == 3
    assert (await _arrived(mailbox, copied))["subject"] == message["subject"]


async def test_one_e_mail_says_that_a_debit_for_several_invoices_failed(
    account: Account, mailbox: Mailbox
) -> None:
    address = new_address()
    await Customer.filter(id=account.customer_id).update(email=address)
    simulated = await account.simulated(0, 1)
    simulated.complete("unpaid")
    simulated.end_delayed(paid=False)
    await _deliver(simulated)
    message = await _arrived(mailbox, address)
    assert str(message["subject"]) == "Payment failed: your payment to Acme Ltd"
    assert all(f"Invoice {number}" in text_of(message) for number in account.numbers[:2])


async def test_one_e_mail_tells_what_was_refunded_of_several_invoices(
    account: Account, mailbox: Mailbox
) -> None:
    address = new_address()
    simulated = await account.simulated(0, 1)
    simulated.complete("paid")
    await _deliver(simulated)
    await Customer.filter(id=account.customer_id).update(email=address)
    simulated.refund(25_00, "succeeded")
    await _deliver(simulated)
    message = await _arrived(mailbox, address)
    assert str(message["subject"]) == "Refund: your payment to Acme Ltd"
    text = text_of(message)
    assert "We refunded €25.00 of your payment." in text
    for number, amount in zip(account.numbers, ("€10.00", "€15.00"), strict=False):
        assert re.search(rf"Invoice {number}\s+{amount}", text)
    told = EmailDelivery.filter(recipient=address, kind="REFUND")
    assert await told.count() == 2
    assert await told.filter(sent_with_id=None).count() == 1
