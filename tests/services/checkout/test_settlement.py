"""Whatever Stripe reports, in any order: the books are always right and end the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.staff import Staff
from db.statements import fetch
from errors import PaymentProviderError, PortalError
from integrations.stripe.webhook_payloads import Event, SessionReport, dispute_report, refund_report
from models import (
    UNSETTLED,
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    CreditApplication,
    CreditNote,
    EventStatus,
    Invoice,
    InvoiceStatus,
    Payment,
    PaymentReversal,
    PaymentReversalKind,
    Reversal,
    StripeEvent,
    Surplus,
)
from services.billing import credit_applications, invoices, manual_payments
from services.checkout import expiry_worker
from services.checkout.settlement import ReportMismatch, settle_payment_reversals, settle_session
from services.checkout.stripe_events import receive
from services.ledger import integrity
from tests.services.checkout.simulated_checkouts import SimulatedCheckout, simulate
from tests.support import stripe_payloads
from tests.support.clients import Business
from values.money import to_decimal

TOTAL: Final = 100_00


# --- the portal's side ----------------------------------------------------------------------------


@dataclass
class Books:
    """An invoice over 100.00 EUR with its checkouts, and another invoice of the same customer."""

    staff: Staff
    customer_id: str
    invoice_id: UUID
    other_id: UUID
    checkouts: list[SimulatedCheckout] = field(default_factory=list)

    async def begin(
        self, amount: int = TOTAL, status: CheckoutStatus = CheckoutStatus.OPEN
    ) -> SimulatedCheckout:
        """Create a checkout."""
        checkout = SimulatedCheckout.of(
            await stripe_payloads.make_checkout(self.invoice_id, amount, status=status)
        )
        self.checkouts.append(checkout)
        return checkout

    async def paid(self, amount: int = TOTAL) -> SimulatedCheckout:
        """Create a checkout, pay it, and deliver the events."""
        checkout = await self.begin(amount)
        checkout.complete("paid")
        await self.deliver(checkout)
        return checkout

    async def deliver(self, checkout: SimulatedCheckout, events: Sequence[int] = ()) -> None:
        """Deliver the events of a checkout: all of them, or those with these indexes."""
        for content in [checkout.events[n] for n in events] if events else checkout.events:
            await receive(Event.of(content), livemode=False)
            assert await self.differences() == []

    async def apply_credit(self, amount: int = TOTAL) -> None:
        """Apply the customer's credit to the other invoice, as far as it goes."""
        for note in await CreditNote.filter(customer_id=self.customer_id).order_by("number"):
            used = min(amount, note.remaining)
            amount -= used
            if used:
                await credit_applications.apply_credit_note(
                    self.staff, str(note.id), str(self.other_id), to_decimal(used, "EUR")
                )

    async def pay_in_cash(self, amount: int) -> None:
        """Record a payment in cash."""
        await manual_payments.record_payment(
            self.staff, str(self.invoice_id), to_decimal(amount, "EUR"), "cash"
        )

    async def cancel(self) -> None:
        """Cancel the invoice."""
        await invoices.cancel_invoice(self.staff, str(self.invoice_id))

    async def sync_from_stripe(self) -> None:
        """Settle open checkouts, refunds and disputes from Stripe, as `reconcile` does."""
        for checkout in self.checkouts:
            row = await Checkout.get(id=checkout.id)
            if row.status not in UNSETTLED:
                continue
            expiring = {CheckoutStatus.OPENING, CheckoutStatus.EXPIRING}
            if row.status in expiring and checkout.status == "open":
                checkout.expire()
            await settle_session(row.id, SessionReport.of(checkout.session()))
        for checkout in self.checkouts:
            refunds = [refund_report(checkout.refund_object(id_)) for id_ in checkout.refunds]
            disputes = [dispute_report(checkout.dispute_object(id_)) for id_ in checkout.disputes]
            for report in [*refunds, *disputes]:
                known = await Checkout.get_or_none(payment_intent=report.payment_intent)
                assert known is not None
                await settle_payment_reversals(known.id, None, [report])
        assert await self.differences() == []

    async def differences(self) -> list[str]:
        """Return what `reconcile` would report about the customer's documents."""
        differences: list[str] = []
        for sql, compare in (
            (integrity._INVOICES, integrity._compare_invoice),
            (integrity._CREDIT_NOTES, integrity._compare_credit_note),
        ):
            for row in await fetch(f"{sql} WHERE customer_id = $1", UUID(self.customer_id)):
                differences += map(str, compare(row))
        return differences

    async def state(self) -> tuple[str, int, int, int]:
        """Return the invoice's status, the amounts paid and pending, and the customer's credit."""
        invoice = await Invoice.get(id=self.invoice_id)
        notes = await CreditNote.filter(customer_id=self.customer_id)
        remaining = sum(note.remaining for note in notes)
        return invoice.status.value, invoice.amount_paid, invoice.amount_pending, remaining

    async def expected(self) -> tuple[str, int, int, int]:
        """Return the same, computed from Stripe's side and the actions of staff."""
        money = sum(checkout.kept() for checkout in self.checkouts)
        own = {checkout.id for checkout in self.checkouts}
        rows = await Payment.filter(invoice_id=self.invoice_id)
        money += sum(row.amount for row in rows if row.id not in own)
        money -= sum(row.amount for row in await CreditApplication.filter(invoice_id=self.other_id))
        is_cancelled = (await Invoice.get(id=self.invoice_id)).status is InvoiceStatus.CANCELLED
        room = 0 if is_cancelled else TOTAL
        paid = max(0, min(room, money))
        status = "ISSUED" if not paid else "PAID" if paid == TOTAL else "PARTIALLY_PAID"
        late = [a.amount for a in self.checkouts if a.status == "complete" and not a.has_failed]
        late_paid = [a.amount for a in self.checkouts if a.payment_status == "paid"]
        pending = sum(late) - sum(late_paid)
        return ("CANCELLED" if is_cancelled else status), paid, pending, max(0, money - room)


async def open_books(business: Business, account: str | None = None) -> Books:
    """Return a new customer's books."""
    account = account or await stripe_payloads.connect(business)
    customer_id = await business.make_customer()
    ids = [await business.make_invoice(customerId=customer_id) for _ in range(2)]
    staff = Staff(uuid4(), business.company_id, None, "test", None, frozenset())
    return Books(staff, customer_id, UUID(ids[0]), UUID(ids[1]))


@pytest.fixture(autouse=True)
def _stripe_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the portal's worker expire nothing: the sandbox doesn't know these checkouts."""

    async def close(*_: object) -> None:
        raise PaymentProviderError

    monkeypatch.setattr(expiry_worker, "close", close)


@pytest.fixture
async def books(business: Business) -> AsyncIterator[Books]:
    """Yield a new customer's books, and check them in the end."""
    books = await open_books(business)
    yield books
    assert await books.differences() == []
    assert await books.state() == await books.expected()


async def _ledger(invoice_id: UUID) -> dict[str, list[int]]:
    """Return the amounts of an invoice's rows, the oldest first."""
    payments = Payment.filter(invoice_id=invoice_id).order_by("created_at", "id")
    reversals = Reversal.filter(invoice_id=invoice_id).order_by("at", "id")
    surpluses = Surplus.filter(invoice_id=invoice_id).order_by("at", "id")
    credit = CreditApplication.filter(invoice_id=invoice_id).order_by("applied_at", "id")
    return {
        "payments": [row.amount for row in await payments],
        "reversals": [row.amount for row in await reversals],
        "surpluses": [row.amount for row in await surpluses],
        "credit": [row.amount for row in await credit],
    }


# --- stories --------------------------------------------------------------------------------------


async def test_a_paid_session_pays_the_invoice_once(books: Books) -> None:
    checkout = await books.paid()
    assert await books.state() == ("PAID", TOTAL, 0, 0)
    await books.deliver(checkout)
    [payment] = await Payment.filter(invoice_id=books.invoice_id)
    assert (payment.id, payment.amount, payment.method) == (checkout.id, TOTAL, "Stripe")
    assert payment.reference == checkout.intent


async def test_a_partial_payment_pays_its_part(books: Books) -> None:
    await books.paid(40_00)
    assert await books.state() == ("PARTIALLY_PAID", 40_00, 0, 0)
    await books.paid(60_00)
    assert await books.state() == ("PAID", TOTAL, 0, 0)


async def test_a_delayed_method_is_pending_until_it_settles(books: Books) -> None:
    checkout = await books.begin()
    checkout.complete("unpaid")
    await books.deliver(checkout)
    assert await books.state() == ("ISSUED", 0, TOTAL, 0)
    checkout.end_delayed(paid=True)
    await books.deliver(checkout)
    assert await books.state() == ("PAID", TOTAL, 0, 0)


async def test_a_delayed_method_that_fails_leaves_nothing(books: Books) -> None:
    checkout = await books.begin()
    checkout.complete("unpaid")
    checkout.end_delayed(paid=False)
    await books.deliver(checkout, [1, 0, 1])
    assert await books.state() == ("ISSUED", 0, 0, 0)
    assert (await Checkout.get(id=checkout.id)).status is CheckoutStatus.FAILED
    assert await _ledger(books.invoice_id) == {
        "payments": [],
        "reversals": [],
        "surpluses": [],
        "credit": [],
    }


async def test_an_expired_checkout_allows_another_one(books: Books) -> None:
    checkout = await books.begin()
    checkout.expire()
    await books.deliver(checkout)
    assert (await CheckoutShare.get(id=checkout.id)).payable_for is None
    await books.paid()


async def test_a_session_whose_response_was_lost_is_found_by_its_reference(books: Books) -> None:
    checkout = await books.begin(status=CheckoutStatus.OPENING)
    checkout.complete("paid")
    await books.deliver(checkout)
    assert (await Checkout.get(id=checkout.id)).session_id == checkout.session_id
    assert await books.state() == ("PAID", TOTAL, 0, 0)


async def test_a_refund_increases_the_amount_due(books: Books) -> None:
    checkout = await books.paid()
    checkout.refund(30_00, "succeeded")
    await books.deliver(checkout)
    assert await books.state() == ("PARTIALLY_PAID", 70_00, 0, 0)
    checkout.refund(70_00, "pending")
    await books.deliver(checkout)
    assert await books.state() == ("ISSUED", 0, 0, 0)
    assert (await _ledger(books.invoice_id))["reversals"] == [30_00, 70_00]


async def test_a_failed_refund_is_returned(books: Books) -> None:
    checkout = await books.paid()
    checkout.refund(30_00, "succeeded")
    [refund] = checkout.refunds
    checkout.end_refund(refund, "failed")
    await books.deliver(checkout)
    assert await books.state() == ("PAID", TOTAL, 0, 0)
    assert (await _ledger(books.invoice_id))["reversals"] == [30_00, -30_00]
    await books.deliver(checkout, [1, 2])
    assert (await _ledger(books.invoice_id))["reversals"] == [30_00, -30_00]


@pytest.mark.parametrize("known_by", [1, 2], ids=["refund", "charge"])
async def test_one_of_the_two_reports_of_a_refund_is_enough(books: Books, known_by: int) -> None:
    checkout = await books.begin()
    checkout.complete("paid")
    checkout.refund(30_00, "succeeded")
    await books.deliver(checkout, [0, known_by])
    assert await books.state() == ("PARTIALLY_PAID", 70_00, 0, 0)


async def test_a_refund_reported_before_its_payment_waits(books: Books) -> None:
    checkout = await books.begin()
    checkout.complete("paid")
    checkout.refund(30_00, "succeeded")
    await books.deliver(checkout, [2, 1])
    waiting = await StripeEvent.filter(payment_intent=checkout.intent)
    assert [row.status for row in waiting] == [EventStatus.WAITING] * 2
    assert (await books.state())[:2] == ("ISSUED", 0)
    await books.deliver(checkout, [0])
    assert (await books.state())[:2] == ("PARTIALLY_PAID", 70_00)
    waiting = await StripeEvent.filter(payment_intent=checkout.intent)
    assert [(row.status, row.payload) for row in waiting] == [(EventStatus.APPLIED, None)] * 2


async def test_a_dispute_reverses_the_payment_until_it_is_won(books: Books) -> None:
    checkout = await books.paid()
    checkout.dispute("dp_1" + checkout.session_id, TOTAL, "warning")
    await books.deliver(checkout)
    assert await books.state() == ("PAID", TOTAL, 0, 0)
    [dispute] = checkout.disputes
    checkout.dispute(dispute, TOTAL, "open")
    await books.deliver(checkout)
    assert await books.state() == ("ISSUED", 0, 0, 0)
    checkout.dispute(dispute, TOTAL, "won")
    await books.deliver(checkout)
    assert await books.state() == ("PAID", TOTAL, 0, 0)
    await books.deliver(checkout, [2, 1])
    assert await books.state() == ("PAID", TOTAL, 0, 0)


async def test_a_lost_dispute_reverses_the_payment_for_good(books: Books) -> None:
    checkout = await books.paid()
    checkout.dispute(stripe_payloads.new_id("dp"), TOTAL, "open")
    [dispute] = checkout.disputes
    checkout.dispute(dispute, TOTAL, "lost")
    await books.deliver(checkout)
    assert await books.state() == ("ISSUED", 0, 0, 0)
    assert (await _ledger(books.invoice_id))["reversals"] == [TOTAL]


async def test_no_more_is_reversed_than_was_paid(books: Books) -> None:
    checkout = await books.paid()
    checkout.refund(60_00, "succeeded")
    checkout.dispute(stripe_payloads.new_id("dp"), TOTAL, "open")
    await books.deliver(checkout)
    reversals = await Reversal.filter(invoice_id=books.invoice_id)
    reversed_amounts = {row.kind: row.amount for row in reversals}
    assert reversed_amounts == {
        PaymentReversalKind.REFUND: 60_00,
        PaymentReversalKind.DISPUTE: 40_00,
    }


# --- surplus --------------------------------------------------------------------------------------


async def test_a_double_payment_becomes_credit(books: Books) -> None:
    first, second = await books.begin(status=CheckoutStatus.PENDING), await books.begin()
    second.complete("paid")
    await books.deliver(second)
    first.end_delayed(paid=True)
    await books.deliver(first)
    assert await books.state() == ("PAID", TOTAL, 0, TOTAL)
    [note] = await CreditNote.filter(customer_id=books.customer_id)
    number = (await Invoice.get(id=books.invoice_id)).number
    assert (note.total, note.number, note.status) == (TOTAL, "CN-00001", "ISSUED")
    assert note.reason == f"Overpaid on invoice {number}"


async def test_credit_from_a_surplus_covers_a_refund(books: Books) -> None:
    first, _ = await books.paid(), await books.paid()
    first.refund(TOTAL, "succeeded")
    await books.deliver(first)
    assert await books.state() == ("PAID", TOTAL, 0, 0)
    assert await _ledger(books.invoice_id) == {
        "payments": [TOTAL] * 2,
        "reversals": [TOTAL],
        "surpluses": [TOTAL],
        "credit": [TOTAL],
    }


async def test_a_failed_refund_of_a_surplus_becomes_credit_again(books: Books) -> None:
    first, _ = await books.paid(), await books.paid()
    first.refund(TOTAL, "pending")
    await books.deliver(first)
    [refund] = first.refunds
    first.end_refund(refund, "failed")
    await books.deliver(first)
    assert await books.state() == ("PAID", TOTAL, 0, TOTAL)


async def test_a_payment_on_a_cancelled_invoice_becomes_credit(books: Books) -> None:
    checkout = await books.begin()
    await books.cancel()
    checkout.complete("paid")
    await books.deliver(checkout)
    assert await books.state() == ("CANCELLED", 0, 0, TOTAL)
    checkout.refund(TOTAL, "succeeded")
    await books.deliver(checkout)
    assert await books.state() == ("CANCELLED", 0, 0, 0)


async def test_credit_applied_elsewhere_does_not_come_back(books: Books) -> None:
    first, _ = await books.paid(), await books.paid()
    await books.apply_credit(60_00)
    first.refund(TOTAL, "succeeded")
    await books.deliver(first)
    assert await books.state() == ("PARTIALLY_PAID", 40_00, 0, 0)
    other = await Invoice.get(id=books.other_id)
    assert (other.status, other.amount_paid) == (InvoiceStatus.PARTIALLY_PAID, 60_00)


async def test_a_later_payment_first_covers_a_refunded_surplus(books: Books) -> None:
    checkouts = [await books.paid(), await books.paid()]
    await books.apply_credit(TOTAL)
    for checkout in checkouts:
        checkout.refund(TOTAL, "succeeded")
        await books.deliver(checkout)
    assert await books.state() == ("ISSUED", 0, 0, 0)
    await books.pay_in_cash(TOTAL)
    assert await books.state() == ("ISSUED", 0, 0, 0)
    assert await books.differences() == []
    await books.pay_in_cash(30_00)
    assert await books.state() == ("PARTIALLY_PAID", 30_00, 0, 0)


async def test_credit_from_a_surplus_does_not_cover_another_invoice(books: Books) -> None:
    for _ in range(2):
        await books.paid()
    other = SimulatedCheckout.of(await stripe_payloads.make_checkout(books.other_id, TOTAL))
    other.complete("paid")
    other.refund(TOTAL, "succeeded")
    await books.deliver(other)
    assert (await Invoice.get(id=books.other_id)).status is InvoiceStatus.ISSUED
    assert await books.state() == ("PAID", TOTAL, 0, TOTAL)


async def test_concurrent_payments_and_refunds_are_all_booked(books: Books) -> None:
    checkouts = [await books.begin(status=CheckoutStatus.PENDING) for _ in range(4)]
    for checkout in checkouts:
        checkout.end_delayed(paid=True)
    checkouts[0].refund(TOTAL, "succeeded")
    events = [content for checkout in checkouts for content in checkout.events]
    async with asyncio.timeout(30):
        await asyncio.gather(*(receive(Event.of(content), livemode=False) for content in events))
    assert await books.state() == ("PAID", TOTAL, 0, 2 * TOTAL)


async def test_credit_applied_during_its_refund_is_used_once(
    books: Books,
) -> None:
    first, _ = await books.paid(), await books.paid()
    first.refund(TOTAL, "succeeded")
    async with asyncio.timeout(30):
        answers = await asyncio.gather(
            books.deliver(first), books.apply_credit(), return_exceptions=True
        )
    assert all(answer is None or isinstance(answer, PortalError) for answer in answers)
    other = await Invoice.get(id=books.other_id)
    status, paid, _, credit_left = await books.state()
    assert (paid + other.amount_paid, credit_left) == (TOTAL, 0)
    assert (status == "PAID") != (other.status is InvoiceStatus.PAID)


# --- mismatches -----------------------------------------------------------------------------------


async def test_a_report_that_does_not_match_changes_nothing(books: Books) -> None:
    checkout = await books.paid()
    before = await books.state(), await _ledger(books.invoice_id)
    for mismatch in (
        {"id": stripe_payloads.new_id("cs")},
        {"currency": "usd"},
        {"amount_total": TOTAL - 1},
        {"payment_intent": stripe_payloads.new_id("pi")},
    ):
        report = SessionReport.of(checkout.session() | mismatch)
        with pytest.raises(ReportMismatch):
            await settle_session(checkout.id, report)
    refund = refund_report(stripe_payloads.refund(checkout.intent, 1, "usd"))
    with pytest.raises(ReportMismatch):
        await settle_payment_reversals(checkout.id, None, [refund])
    assert (await books.state(), await _ledger(books.invoice_id)) == before


async def test_a_charge_with_one_refund_that_does_not_match_changes_nothing(books: Books) -> None:
    first, second = await books.paid(40_00), await books.paid(60_00)
    first.refund(10_00, "succeeded")
    await books.deliver(first)
    [foreign] = first.refunds
    refunds = [stripe_payloads.refund(second.intent, 5_00), first.refund_object(foreign)]
    event = stripe_payloads.event(
        "charge.refunded",
        stripe_payloads.charge(second.intent, 5_00, refunds=refunds),
        second.account,
    )
    row = await receive(Event.of(event), livemode=False)
    assert (row.status, row.detail) == (
        EventStatus.PARKED,
        "Reported for another payment.",
    )
    assert await PaymentReversal.filter(checkout_id=second.id).count() == 0
    assert (await books.state())[:2] == ("PARTIALLY_PAID", 90_00)


async def test_a_lower_amount_due_expires_a_checkout_for_more(books: Books) -> None:
    late, now = await books.begin(60_00, CheckoutStatus.PENDING), await books.begin(60_00)
    late.end_delayed(paid=True)
    await books.deliver(late)
    assert (await Checkout.get(id=now.id)).status is CheckoutStatus.EXPIRING
    assert (await CheckoutShare.get(id=now.id)).payable_for == books.invoice_id
    small = await books.state()
    assert small == ("PARTIALLY_PAID", 60_00, 0, 0)


# --- reports in any order -------------------------------------------------------------------------

_INCIDENTS: Final = (
    "pay", "pay", "pay late", "expire", "fail", "refund", "refund later", "refund succeeds",
    "refund fails", "warning", "dispute", "dispute", "win", "lose",
)  # fmt: skip
_STAFF: Final = ("cash", "cancel", "use credit")
_amounts = st.sampled_from([100_00, 60_00, 40_00])
_incidents = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(_INCIDENTS), st.sampled_from([10_00, 40_00, 70_01])
    ),
    min_size=4,
    max_size=20,
)
_orders = st.lists(st.integers(0, 60) | st.sampled_from(_STAFF), min_size=3, max_size=25)
_first = st.sampled_from([CheckoutStatus.OPEN, CheckoutStatus.OPENING])


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(_amounts, min_size=1, max_size=3),
    _first,
    _incidents,
    _orders,
    st.none() | st.randoms(use_true_random=False),
)
async def test_reports_in_any_order_repeated_or_lost_have_the_same_result(
    business: Business,
    amounts: list[int],
    first: CheckoutStatus,
    incidents: list[tuple[int, str, int]],
    order: list[int | str],
    all_in_some_order: Random | None,
) -> None:
    books = await open_books(business)
    for n, amount in enumerate(amounts):
        await books.begin(amount, CheckoutStatus.PENDING if n else first)
    for which, what, amount in incidents:
        simulate(books.checkouts[which % len(amounts)], what, amount)
    sent = [content for checkout in books.checkouts for content in checkout.events]
    for step in order:
        await _do(books, sent, step)
        assert await books.differences() == []
    if all_in_some_order:
        for content in all_in_some_order.sample(sent, len(sent)):
            await receive(Event.of(content), livemode=False)
    else:
        await books.sync_from_stripe()
    assert await books.state() == await books.expected()
    before = await books.state(), await _ledger(books.invoice_id)
    for content in sent:
        await receive(Event.of(content), livemode=False)
    await books.sync_from_stripe()
    assert (await books.state(), await _ledger(books.invoice_id)) == before
    parked = {EventStatus.PARKED, EventStatus.WAITING}
    left = await StripeEvent.filter(id__in=[event["id"] for event in sent], status__in=parked)
    assert [(event.type, event.status, event.detail) for event in left] == []


async def _do(books: Books, sent: Sequence[stripe_payloads.Object], step: int | str) -> None:
    """Deliver an event, or let staff do something if it is allowed."""
    with suppress(PortalError):
        match step:
            case "cash":
                await books.pay_in_cash(10_00)
            case "cancel":
                await books.cancel()
            case "use credit":
                await books.apply_credit(20_00)
            case int() if sent:
                await receive(Event.of(sent[step % len(sent)]), livemode=False)
