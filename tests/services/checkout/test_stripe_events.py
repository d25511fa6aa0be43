"""Each of Stripe's events takes effect once, is kept for later, or is ignored."""

import asyncio
from contextvars import copy_context
from typing import Any, Final
from uuid import uuid4

import pytest

from auth.staff import Staff
from errors import NotFound
from integrations.stripe.webhook_payloads import EVENT_TYPES, Event
from models import (
    AuditEntry,
    Checkout,
    CheckoutStatus,
    Company,
    EventStatus,
    Payment,
    Reversal,
    StripeEvent,
)
from services.checkout import settlement, stripe_events
from services.checkout.stripe_events import park, receive, replay
from tests.support import stripe_payloads
from tests.support.clients import Business
from tests.support.rows import snapshot

_REPLAY: Final = (
    "mutation($input: StripeEventRef!) { replayStripeEvent(input: $input)"
    " { event { id type status detail } } }"
)


async def _receive(content: stripe_payloads.Object, *, livemode: bool = False) -> StripeEvent:
    return await receive(Event.of(content), livemode=livemode)


async def _checkout(business: Business, **more: Any) -> Checkout:
    """Return a checkout over 100.00 EUR on the company's account."""
    await stripe_payloads.connect(business)
    return await stripe_payloads.make_checkout(await business.make_invoice(), 100_00, **more)


def _paid(checkout: Checkout, **more: Any) -> stripe_payloads.Object:
    """Return the event that reports the payment."""
    session = stripe_payloads.session(
        checkout.session_id or "", checkout.amount, payment_intent=f"pi_{checkout.id.hex}"
    )
    return stripe_payloads.event("checkout.session.completed", session | more, checkout.account)


def _refunded(checkout: Checkout, amount: int, **more: Any) -> stripe_payloads.Object:
    """Return the event that reports a refund."""
    refund = stripe_payloads.refund(f"pi_{checkout.id.hex}", amount)
    return stripe_payloads.event("refund.created", refund | more, checkout.account)


async def _books(business: Business) -> dict[str, Any]:
    """Return all rows of the company except events."""
    rows = await snapshot([business.company_id])
    return {table: content for table, content in rows.items() if table != "stripe_event"}


# --- once -----------------------------------------------------------------------------------------


async def test_an_applied_event_drops_its_payload(business: Business) -> None:
    checkout = await _checkout(business)
    row = await _receive(_paid(checkout))
    assert (row.status, row.detail, row.payload) == (EventStatus.APPLIED, None, None)
    assert (row.company_id, row.account) == (business.company_id, checkout.account)
    assert int(row.created_at.timestamp()) == stripe_payloads.CREATED
    assert (await stripe_payloads.invoice_of(checkout)).status == "PAID"


async def test_a_repeated_event_changes_nothing(business: Business) -> None:
    # The receipt would be sent meanwhile.
    await Company.filter(id=business.company_id).update(sends_receipts=False)
    checkout = await _checkout(business)
    content = _paid(checkout)
    await _receive(content)
    before = await snapshot([business.company_id])
    for _ in range(3):
        assert (await _receive(content)).status is EventStatus.APPLIED
    assert await snapshot([business.company_id]) == before


async def test_concurrent_deliveries_of_an_event_take_effect_once(
    business: Business,
) -> None:
    checkout = await _checkout(business)
    paid, refunded = _paid(checkout), _refunded(checkout, 30_00)
    async with asyncio.timeout(30):
        rows = await asyncio.gather(*(_receive(paid) for _ in range(6)))
        rows += await asyncio.gather(*(_receive(refunded) for _ in range(6)))
    assert {row.status for row in rows} == {EventStatus.APPLIED}
    assert [
        p.amount for p in await Payment.filter(invoice__checkout_shares__checkout_id=checkout.id)
    ] == [100_00]
    assert [
        r.amount for r in await Reversal.filter(invoice__checkout_shares__checkout_id=checkout.id)
    ] == [30_00]


async def test_a_refund_received_while_its_payment_is_settled_is_applied(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = await _checkout(business)
    outside, apply = copy_context(), settlement._apply_waiting_events
    refunds = []

    async def apply_too_early(settled: Checkout) -> None:
        await apply(settled)
        refund = _receive(_refunded(checkout, 30_00))
        refunds.append(asyncio.create_task(refund, context=outside))
        await asyncio.wait(refunds, timeout=0.5)

    monkeypatch.setattr(settlement, "_apply_waiting_events", apply_too_early)
    await _receive(_paid(checkout))
    async with asyncio.timeout(30):
        [row] = await asyncio.gather(*refunds)
    assert row.status is EventStatus.APPLIED
    assert (await stripe_payloads.invoice_of(checkout)).amount_paid == 70_00


# --- ignored events -------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["invoice.paid", "payout.paid", "", "x" * 200])
async def test_unhandled_types_are_ignored(business: Business, type_: str) -> None:
    account = await stripe_payloads.connect(business)
    content = stripe_payloads.event(type_ or "unknown", {"id": "in_1"}, account)
    row = await _receive(content)
    assert (row.status, row.payload) == (EventStatus.IGNORED, None)
    assert row.company_id == business.company_id


@pytest.mark.parametrize(
    ("type_", "about"),
    [
        ("checkout.session.completed", stripe_payloads.session("cs_of_a_shop", 5)),
        (
            "checkout.session.completed",
            stripe_payloads.session("cs_2", 5, reference="order-7"),
        ),
        (
            "checkout.session.expired",
            stripe_payloads.session("cs_3", 5, reference=str(uuid4())),
        ),
        ("charge.refunded", stripe_payloads.charge("pi_of_a_shop", 5)),
        ("charge.refunded", stripe_payloads.charge(None, 5)),
        ("refund.created", stripe_payloads.refund("pi_of_a_shop", 5)),
        ("charge.dispute.created", stripe_payloads.dispute("pi_of_a_shop", 5)),
    ],
)
async def test_payments_made_outside_the_portal_are_ignored(
    business: Business, type_: str, about: stripe_payloads.Object
) -> None:
    account = await stripe_payloads.connect(business)
    row = await _receive(stripe_payloads.event(type_, about, account))
    assert (row.status, row.payload) == (EventStatus.IGNORED, None)


@pytest.mark.parametrize("type_", EVENT_TYPES)
async def test_an_event_from_an_unknown_account_is_ignored(type_: str) -> None:
    about = (
        stripe_payloads.session("cs_nobody", 1)
        | stripe_payloads.refund("pi_nobody", 1)
        | {"status": "open"}
    )
    about["amount_refunded"] = 1
    for account in (None, stripe_payloads.new_id("acct")):
        row = await _receive(stripe_payloads.event(type_, about, account))
        assert (row.status, row.company_id) == (EventStatus.IGNORED, None)


# --- mismatches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mismatch", "detail"),
    [
        ({"currency": "usd"}, "The currency is USD, not EUR."),
        ({"amount_total": 99_99}, "The amount is not the checkout's."),
        ({"amount_total": 100_01}, "The amount is not the checkout's."),
        ({"currency": "zzz"}, "ZZZ is not a currency"),
        ({"currency": "\x00"}, "\\x00 is not a currency"),
        ({"amount_total": "100"}, "amount_total is not an integer"),
        ({"status": "lost", "payment_status": "unpaid"}, "status lost is unknown"),
        ({"status": "\x00lost", "payment_status": "unpaid"}, "status \\x00lost is unknown"),
    ],
)
async def test_a_session_that_does_not_match_is_parked_and_changes_nothing(
    business: Business, mismatch: dict[str, Any], detail: str
) -> None:
    checkout = await _checkout(business)
    before = await _books(business)
    row = await _receive(_paid(checkout, **mismatch))
    assert (row.status, row.detail) == (EventStatus.PARKED, detail)
    assert row.company_id == business.company_id
    assert row.payload is not None
    assert await _books(business) == before


@pytest.mark.parametrize(
    ("source", "status", "paid"),
    [
        ({"source_currency": "eur", "amount_total": 100_00}, EventStatus.APPLIED, 100_00),
        ({"source_currency": "eur", "amount_total": 90_00}, EventStatus.PARKED, 0),
        ({"source_currency": "chf", "amount_total": 100_00}, EventStatus.PARKED, 0),
    ],
)
async def test_a_payment_in_another_currency_counts_if_it_is_what_was_asked_for(
    business: Business, source: dict[str, Any], status: EventStatus, paid: int
) -> None:
    checkout = await _checkout(business)
    shown = {"currency": "usd", "amount_total": 117_32, "currency_conversion": source}
    assert (await _receive(_paid(checkout, **shown))).status is status
    assert (await stripe_payloads.invoice_of(checkout)).amount_paid == paid


async def test_a_refund_in_another_currency_is_known_from_its_charge(business: Business) -> None:
    checkout = await _checkout(business)
    await _receive(_paid(checkout))
    intent = f"pi_{checkout.id.hex}"
    refund = stripe_payloads.refund(intent, 58_66, "usd", id_=stripe_payloads.new_id("re"))
    charge = stripe_payloads.charge(intent, 58_66, "usd", refunds=[refund]) | {"amount": 117_32}
    for type_, about, paid in (
        ("charge.refunded", charge, 50_00),
        ("refund.failed", refund | {"status": "failed"}, 100_00),
    ):
        row = await _receive(stripe_payloads.event(type_, about, checkout.account))
        assert row.status is EventStatus.APPLIED
        assert (await stripe_payloads.invoice_of(checkout)).amount_paid == paid


async def test_another_session_for_the_same_checkout_is_parked(business: Business) -> None:
    checkout = await _checkout(business)
    before = await _books(business)
    other = {"id": stripe_payloads.new_id("cs"), "client_reference_id": str(checkout.id)}
    row = await _receive(_paid(checkout, **other))
    assert row.status is EventStatus.PARKED
    assert row.detail == "This checkout has another session."
    assert await _books(business) == before


async def test_an_event_from_the_wrong_account_is_parked_and_changes_nothing(
    business: Business, rival: Business
) -> None:
    checkout = await _checkout(business)
    foreign = {"account": await stripe_payloads.connect(rival)}
    before = await _books(business), await _books(rival)
    row = await _receive(_paid(checkout) | foreign)
    assert (row.status, row.company_id) == (EventStatus.PARKED, rival.company_id)
    nobody_s = await _receive(_paid(checkout) | {"account": stripe_payloads.new_id("acct")})
    assert (nobody_s.status, nobody_s.company_id) == (EventStatus.PARKED, None)
    assert (await _books(business), await _books(rival)) == before
    await _receive(_paid(checkout))
    refund = await _receive(_refunded(checkout, 100_00) | foreign)
    assert refund.status is EventStatus.PARKED
    assert (await stripe_payloads.invoice_of(checkout)).status == "PAID"


async def test_a_reference_from_the_wrong_account_changes_nothing(
    business: Business, rival: Business
) -> None:
    checkout = await _checkout(business, status=CheckoutStatus.OPENING)
    foreign = await stripe_payloads.connect(rival)
    before = await _books(business)
    session = stripe_payloads.session("cs_foreign", 100_00, reference=str(checkout.id))
    row = await _receive(stripe_payloads.event("checkout.session.completed", session, foreign))
    assert row.status is EventStatus.PARKED
    assert await _books(business) == before


@pytest.mark.parametrize("livemode", [True, False])
async def test_an_event_of_the_other_mode_is_parked(business: Business, *, livemode: bool) -> None:
    checkout = await _checkout(business)
    before = await _books(business)
    row = await _receive(_paid(checkout) | {"livemode": not livemode}, livemode=livemode)
    kind = "test money" if livemode else "real money"
    assert (row.status, row.detail) == (EventStatus.PARKED, f"The event is about {kind}.")
    assert await _books(business) == before


async def test_a_parked_event_stays_with_a_disconnected_company(
    business: Business,
) -> None:
    checkout = await _checkout(business)
    await Company.filter(id=business.company_id).update(stripe_account=None)
    row = await _receive(_paid(checkout, currency="usd"))
    assert (row.status, row.company_id) == (EventStatus.PARKED, business.company_id)


async def test_money_is_recorded_even_after_the_company_has_disconnected(
    business: Business,
) -> None:
    checkout = await _checkout(business)
    await business.gql("mutation { disconnectStripe { company { id } } }")
    assert (await _receive(_paid(checkout))).status is EventStatus.APPLIED
    assert (await stripe_payloads.invoice_of(checkout)).status == "PAID"


# --- waiting events -------------------------------------------------------------------------------


async def test_a_refund_waits_for_its_payment(business: Business) -> None:
    checkout = await _checkout(business)
    content = _refunded(checkout, 30_00)
    row = await _receive(content)
    assert (row.status, row.payment_intent) == (EventStatus.WAITING, f"pi_{checkout.id.hex}")
    assert (await _receive(content)).status is EventStatus.WAITING
    await _receive(_paid(checkout))
    row = await StripeEvent.get(id=row.id)
    assert (row.status, row.payload) == (EventStatus.APPLIED, None)
    assert row.company_id == business.company_id
    assert (await stripe_payloads.invoice_of(checkout)).amount_paid == 70_00


async def test_a_waiting_event_that_does_not_match_is_parked_alone(business: Business) -> None:
    checkout = await _checkout(business)
    good, bad = _refunded(checkout, 30_00), _refunded(checkout, 5_00, currency="usd")
    for content in (bad, good):
        await _receive(content)
    assert (await _receive(_paid(checkout))).status is EventStatus.APPLIED
    assert (await StripeEvent.get(id=good["id"])).status is EventStatus.APPLIED
    parked = await StripeEvent.get(id=bad["id"])
    assert (parked.status, parked.detail) == (
        EventStatus.PARKED,
        "The currency is USD, not EUR.",
    )
    assert (await stripe_payloads.invoice_of(checkout)).amount_paid == 70_00


async def test_a_waiting_event_that_cannot_be_read_is_parked_alone(
    business: Business,
) -> None:
    checkout = await _checkout(business)
    waiting = await _receive(_refunded(checkout, 30_00))
    await StripeEvent.filter(id=waiting.id).update(payload="{}")
    assert (await _receive(_paid(checkout))).status is EventStatus.APPLIED
    assert (await StripeEvent.get(id=waiting.id)).status is EventStatus.PARKED
    assert (await stripe_payloads.invoice_of(checkout)).status == "PAID"


# --- accounts -------------------------------------------------------------------------------------


def _updated(account: str, at: int, *, enabled: bool) -> stripe_payloads.Object:
    about = stripe_payloads.account(account, charges_enabled=enabled)
    return stripe_payloads.event("account.updated", about, account, created=at)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1, 0, 1)])
async def test_the_latest_report_of_an_account_applies_in_any_order(
    business: Business, order: tuple[int, ...]
) -> None:
    account = await stripe_payloads.connect(business)
    for latest in (True, False):
        start = stripe_payloads.CREATED + (0 if latest else 100)
        words = [(start, latest), (start + 10, not latest), (start + 20, latest)]
        for n in order:
            at, enabled = words[n]
            row = await _receive(_updated(account, at, enabled=enabled))
            assert row.status is EventStatus.APPLIED
        assert (await Company.get(id=business.company_id)).charges_enabled == latest


@pytest.mark.parametrize("first", [True, False])
async def test_of_two_reports_from_one_second_the_stricter_applies(
    business: Business, *, first: bool
) -> None:
    account = await stripe_payloads.connect(business)
    for enabled in (first, not first):
        await _receive(_updated(account, stripe_payloads.CREATED, enabled=enabled))
    assert (await Company.get(id=business.company_id)).charges_enabled == 0


async def test_a_deauthorized_account_is_disconnected(business: Business) -> None:
    checkout = await _checkout(business)
    deauthorization = stripe_payloads.event(
        "account.application.deauthorized", {"id": "ca_1"}, checkout.account
    )
    row = await _receive(deauthorization)
    assert (row.status, row.company_id) == (EventStatus.APPLIED, business.company_id)
    company = await Company.get(id=business.company_id)
    assert (company.stripe_account, company.takes_payments) == (None, False)
    assert (await Checkout.get(id=checkout.id)).status is CheckoutStatus.EXPIRING
    later = await _receive(_updated(checkout.account, stripe_payloads.CREATED + 9, enabled=True))
    assert later.status is EventStatus.IGNORED
    assert (await Company.get(id=business.company_id)).stripe_account is None


# --- errors and replays ---------------------------------------------------------------------------


async def _parked(business: Business) -> StripeEvent:
    """Return an event that the portal failed to apply."""
    return await park(Event.of(_paid(await _checkout(business))))


async def test_an_error_of_the_portal_parks_the_event_for_staff(business: Business) -> None:
    row = await _parked(business)
    assert (row.status, row.detail) == (EventStatus.PARKED, stripe_events.PORTAL_ERROR)
    query = "{ company { stripeEvents(first: 5) { edges { node { id type status detail } } } } }"
    [edge] = (await business.gql(query))["company"]["stripeEvents"]["edges"]
    assert edge["node"] == {
        "id": row.id,
        "type": "checkout.session.completed",
        "status": "PARKED",
        "detail": stripe_events.PORTAL_ERROR,
    }


async def test_an_error_after_an_event_was_applied_leaves_it_applied(business: Business) -> None:
    content = _paid(await _checkout(business))
    await _receive(content)
    row = await park(Event.of(content))
    assert (row.status, row.detail, row.payload) == (EventStatus.APPLIED, None, None)


async def test_staff_can_replay_an_event(business: Business) -> None:
    row = await _parked(business)
    for _ in range(2):
        answer = await business.gql(_REPLAY, input={"eventId": row.id})
        assert answer["replayStripeEvent"]["event"]["status"] == "APPLIED"
    row = await StripeEvent.get(id=row.id)
    assert (row.payload, row.detail) == (None, None)
    assert await Payment.filter(company_id=business.company_id).count() == 1
    entries = await AuditEntry.filter(
        company_id=business.company_id, action="STRIPE_EVENT_REPLAYED"
    )
    assert [entry.subject for entry in entries] == [row.id]


async def test_an_event_that_still_does_not_match_stays_parked(business: Business) -> None:
    checkout = await _checkout(business)
    row = await _receive(_paid(checkout, currency="usd"))
    await Company.filter(id=business.company_id).update(stripe_account=None)
    answer = await business.gql(_REPLAY, input={"eventId": row.id})
    assert answer["replayStripeEvent"]["event"]["status"] == "PARKED"
    assert (await StripeEvent.get(id=row.id)).company_id == business.company_id


async def test_replaying_needs_the_permission_to_manage_the_company(
    business: Business, rival: Business
) -> None:
    row = await _parked(business)
    before = await snapshot([business.company_id])
    key = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES")
    assert (await key.refused(_REPLAY, input={"eventId": row.id})).code == "FORBIDDEN"
    for event_id in (row.id, "evt_unknown", "", "evt_\x00", "e" * 300):
        assert (await rival.refused(_REPLAY, input={"eventId": event_id})).code == "NOT_FOUND"
    after = await snapshot([business.company_id])
    assert after["stripe_event"] == before["stripe_event"]
    assert after["payment"] == []


async def test_an_error_during_replay_keeps_the_event(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await _parked(business)
    before = await _books(business)

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    staff = Staff(uuid4(), business.company_id, None, "test", None, frozenset())
    with monkeypatch.context() as patch:
        patch.setattr(settlement, "_book", fail)
        with pytest.raises(ZeroDivisionError):
            await replay(staff, row.id, livemode=False)
    assert await _books(business) == before
    assert (await StripeEvent.get(id=row.id)).status is EventStatus.PARKED
    assert (await replay(staff, row.id, livemode=False)).status is EventStatus.APPLIED


async def test_an_unknown_event_is_not_found(business: Business) -> None:
    staff = Staff(uuid4(), business.company_id, None, "test", None, frozenset())
    with pytest.raises(NotFound):
        await replay(staff, "evt_unknown", livemode=False)
