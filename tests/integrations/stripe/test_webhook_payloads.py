"""Events and objects are read correctly, and invalid ones are refused."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.stripe.webhook_payloads import (
    EVENT_TYPES,
    AccountReport,
    ChargeReport,
    Event,
    InvalidPayload,
    PaymentReversalReport,
    SessionReport,
    charge_report,
    dispute_report,
    refund_report,
)
from models import CheckoutStatus, PaymentReversalKind, PaymentReversalStatus
from tests.support import stripe_payloads
from values.money import Minor


def _read(type_: str, stripe_object: dict[str, Any]) -> object:
    return Event.of(stripe_payloads.event(type_, stripe_object, "acct_1")).read()


# --- events ---------------------------------------------------------------------------------------


def test_an_event_is_parsed_from_its_bytes() -> None:
    content = stripe_payloads.event(
        "account.updated", {}, "acct_1", id_="evt_1", created=1, livemode=True
    )
    event = Event.parse(stripe_payloads.dumped(content))
    assert (event.id, event.type, event.account) == ("evt_1", "account.updated", "acct_1")
    assert (event.livemode, event.created_at) == (True, datetime.fromtimestamp(1, UTC))
    assert Event.parse(event.payload) == event


def test_an_event_of_our_own_account_has_no_account() -> None:
    assert Event.of(stripe_payloads.event("account.updated", {}, None)).account is None


def test_an_event_that_is_not_handled_is_still_parsed() -> None:
    assert not Event.of(stripe_payloads.event("invoice.paid", {}, "acct_1")).is_handled
    assert all(
        Event.of(stripe_payloads.event(type_, {}, "acct_1")).is_handled for type_ in EVENT_TYPES
    )


_EVENT: Final = stripe_payloads.event("account.updated", {}, "acct_1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"evt_1"',
        b"{}",
        b"\xff",
        b"[" * 2000,
        *map(
            stripe_payloads.dumped,
            [
                _EVENT | {"data": None},
                _EVENT | {"id": None},
                _EVENT | {"id": ""},
                _EVENT | {"id": 1},
                _EVENT | {"id": "x" * 256},
                _EVENT | {"id": "evt_\x00"},
                _EVENT | {"account": ["acct_1"]},
                _EVENT | {"account": "acct_\x00"},
                _EVENT | {"type": "account\x00"},
                _EVENT | {"type": None},
                _EVENT | {"created": None},
                _EVENT | {"created": "now"},
                _EVENT | {"created": True},
                _EVENT | {"created": 1.5},
                _EVENT | {"created": 10**15},
                _EVENT | {"created": -(10**15)},
            ],
        ),
    ],
)
def test_an_invalid_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        Event.parse(body)


@pytest.mark.parametrize("data", [{}, {"object": None}, {"object": []}, {"object": "cs_1"}])
def test_an_event_without_an_object_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidPayload):
        Event.of(_EVENT | {"data": data}).read()


# --- sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "status", "payment_status", "expected"),
    [
        ("completed", "complete", "paid", CheckoutStatus.PAID),
        ("completed", "complete", "no_payment_required", CheckoutStatus.PAID),
        ("completed", "complete", "unpaid", CheckoutStatus.PENDING),
        ("async_payment_succeeded", "complete", "paid", CheckoutStatus.PAID),
        ("async_payment_succeeded", "complete", "unpaid", CheckoutStatus.PENDING),
        ("async_payment_failed", "complete", "unpaid", CheckoutStatus.FAILED),
        ("async_payment_failed", "complete", "paid", CheckoutStatus.PAID),
        ("expired", "expired", "unpaid", CheckoutStatus.EXPIRED),
        ("expired", "open", "unpaid", CheckoutStatus.OPEN),
        ("expired", "complete", "paid", CheckoutStatus.PAID),
    ],
)
def test_the_payment_status_decides_not_the_event_type(
    type_: str, status: str, payment_status: str, expected: CheckoutStatus
) -> None:
    session = stripe_payloads.session(
        "cs_1", 1999, status=status, payment_status=payment_status, payment_intent="pi_1"
    )
    report = _read(f"checkout.session.{type_}", session | {"client_reference_id": "x"})
    assert report == SessionReport(
        session_id="cs_1",
        status=expected,
        currency="EUR",
        amount=Minor(1999),
        payment_intent="pi_1",
        reference="x",
    )


@pytest.mark.parametrize(
    ("intent_status", "expected"),
    [
        ("processing", CheckoutStatus.PENDING),
        ("requires_action", CheckoutStatus.PENDING),
        ("requires_payment_method", CheckoutStatus.FAILED),
        ("canceled", CheckoutStatus.FAILED),
    ],
)
def test_a_retrieved_session_includes_the_status_of_its_payment(
    intent_status: str, expected: CheckoutStatus
) -> None:
    intent = {"id": "pi_1", "status": intent_status}
    report = SessionReport.of(
        stripe_payloads.session("cs_1", 1, payment_status="unpaid", payment_intent=intent)
    )
    assert (report.status, report.payment_intent) == (expected, "pi_1")


def test_a_session_amount_is_converted_to_minor_units() -> None:
    assert SessionReport.of(stripe_payloads.session("cs_1", 500, "isk")).amount == 5
    assert SessionReport.of(stripe_payloads.session("cs_1", 5120, "kwd")).amount == 5120
    assert SessionReport.of(stripe_payloads.session("cs_1", 1000, "mga")).amount == 100_000


def test_a_session_paid_in_another_currency_has_the_amount_that_was_asked_for() -> None:
    conversion = {"source_currency": "jpy", "amount_total": 5000, "fx_rate": "0.006"}
    session = stripe_payloads.session("cs_1", 3000, "usd") | {"currency_conversion": conversion}
    report = SessionReport.of(session)
    assert (report.currency, report.amount) == ("JPY", Minor(5000))


_SESSION: Final = stripe_payloads.session("cs_1", 1999)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"status": None, "payment_status": "unpaid"},
        {"status": "lost", "payment_status": "unpaid"},
        {"status": ["open"], "payment_status": ["paid"]},
        {"payment_status": {}, "status": {}},
        {"currency": "zzz"},
        {"currency": 7},
        {"amount_total": "1999"},
        {"amount_total": 19.99},
        {"amount_total": True},
        {"amount_total": 10**16},
        {"payment_intent": "pi_\x00"},
        {"payment_intent": "p" * 256},
        {"payment_intent": 7},
        {"payment_intent": {"id": 7}},
        {"currency_conversion": 7},
        {"currency_conversion": {}},
        {"currency_conversion": {"source_currency": "zzz", "amount_total": 1999}},
        {"currency_conversion": {"source_currency": "eur", "amount_total": "1999"}},
    ],
)
def test_an_invalid_session_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidPayload):
        SessionReport.of(_SESSION | wrong)


# --- refunds and disputes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", PaymentReversalStatus.TAKEN),
        ("requires_action", PaymentReversalStatus.TAKEN),
        ("succeeded", PaymentReversalStatus.TAKEN),
        ("failed", PaymentReversalStatus.RETURNED),
        ("canceled", PaymentReversalStatus.RETURNED),
    ],
)
@pytest.mark.parametrize(
    "type_", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
)
def test_a_refund_counts_until_it_fails(
    type_: str, status: str, expected: PaymentReversalStatus
) -> None:
    refund = stripe_payloads.refund("pi_1", 500, id_="re_1", status=status)
    assert _read(type_, refund) == PaymentReversalReport(
        id="re_1",
        kind=PaymentReversalKind.REFUND,
        status=expected,
        currency="EUR",
        amount=Minor(500),
        payment_intent="pi_1",
    )


@pytest.mark.parametrize(
    ("type_", "status", "expected"),
    [
        ("created", "needs_response", PaymentReversalStatus.TAKEN),
        ("updated", "under_review", PaymentReversalStatus.TAKEN),
        ("closed", "lost", PaymentReversalStatus.TAKEN),
        ("closed", "won", PaymentReversalStatus.RETURNED),
        ("created", "warning_needs_response", PaymentReversalStatus.NOTICE),
        ("updated", "warning_under_review", PaymentReversalStatus.NOTICE),
        ("closed", "warning_closed", PaymentReversalStatus.NOTICE),
        ("closed", "prevented", PaymentReversalStatus.NOTICE),
        ("funds_withdrawn", "warning_needs_response", PaymentReversalStatus.TAKEN),
        ("funds_reinstated", "under_review", PaymentReversalStatus.RETURNED),
    ],
)
def test_a_dispute_withdraws_money_unless_it_is_a_warning(
    type_: str, status: str, expected: PaymentReversalStatus
) -> None:
    dispute = stripe_payloads.dispute("pi_1", 500, id_="dp_1", status=status)
    assert _read(f"charge.dispute.{type_}", dispute) == PaymentReversalReport(
        id="dp_1",
        kind=PaymentReversalKind.DISPUTE,
        status=expected,
        currency="EUR",
        amount=Minor(500),
        payment_intent="pi_1",
    )


def test_a_charge_has_the_total_refunded_and_sometimes_its_refunds() -> None:
    refund = stripe_payloads.refund("pi_1", 300, id_="re_1")
    without = _read("charge.refunded", stripe_payloads.charge("pi_1", 500))
    expected = ChargeReport(payment_intent="pi_1", currency="EUR", refunded=Minor(500), refunds=())
    assert without == expected
    listed = _read("charge.refunded", stripe_payloads.charge("pi_1", 500, refunds=[refund]))
    assert listed == replace(expected, refunds=(refund_report(refund),))


def test_a_charge_in_another_currency_has_refunds_of_the_same_share() -> None:
    refund = stripe_payloads.refund("pi_1", 5866, "usd", id_="re_1")
    charge = stripe_payloads.charge("pi_1", 5866, "usd", refunds=[refund]) | {"amount": 11732}
    converted = charge_report(charge).in_currency("EUR", 100_00)
    assert (converted.currency, converted.refunded) == ("EUR", 50_00)
    assert [(each.currency, each.amount) for each in converted.refunds] == [("EUR", 50_00)]


def test_a_charge_whose_amount_is_unknown_is_not_converted() -> None:
    report = charge_report(stripe_payloads.charge("pi_1", 5866, "usd"))
    assert report.in_currency("EUR", 100_00) is report
    assert report.in_currency("USD", 100_00) is report


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.data())
def test_a_converted_refund_never_exceeds_the_payment(
    charged: int, paid: int, data: st.DataObject
) -> None:
    refunded = data.draw(st.integers(0, charged))
    charge = stripe_payloads.charge("pi_1", refunded, "usd") | {"amount": charged}
    converted = charge_report(charge).in_currency("EUR", paid).refunded
    assert abs(Fraction(converted) - Fraction(paid * refunded, charged)) <= Fraction(1, 2)
    assert (converted == paid) or refunded < charged
    assert 0 <= converted <= paid


def test_a_payment_intent_may_be_expanded_or_missing() -> None:
    expanded = stripe_payloads.refund(None, 500) | {"payment_intent": {"id": "pi_1"}}
    assert refund_report(expanded).payment_intent == "pi_1"
    assert refund_report(stripe_payloads.refund(None, 500)).payment_intent is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": None},
        {"amount": None, "amount_refunded": None},
        {"amount": "5", "amount_refunded": "5"},
        {"amount": 0.5, "amount_refunded": 0.5},
        {"payment_intent": "pi_\x00"},
        {"payment_intent": "p" * 256},
        {"payment_intent": []},
        {"status": [], "refunds": {"data": 7}},
        {"status": {}, "refunds": {"data": ["re_1"]}},
    ],
)
def test_an_invalid_refund_dispute_or_charge_is_refused(wrong: dict[str, Any]) -> None:
    for read, stripe_object in (
        (refund_report, stripe_payloads.refund("pi_1", 500)),
        (dispute_report, stripe_payloads.dispute("pi_1", 500)),
        (charge_report, stripe_payloads.charge("pi_1", 500)),
    ):
        with pytest.raises(InvalidPayload):
            read(stripe_object | wrong)


@pytest.mark.parametrize("refunds", [7, [], {}, {"data": None}, {"data": [None]}, {"data": [{}]}])
def test_a_charge_with_an_invalid_list_of_refunds_is_refused(refunds: object) -> None:
    with pytest.raises(InvalidPayload):
        charge_report(stripe_payloads.charge("pi_1", 500) | {"refunds": refunds})


# --- accounts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, False, "true", 1, [], "x"])
def test_an_account_takes_payments_only_if_stripe_says_so(value: object) -> None:
    assert _read("account.updated", {"charges_enabled": True}) == AccountReport(
        charges_enabled=True
    )
    assert _read("account.updated", {"charges_enabled": value}) == AccountReport(
        charges_enabled=False
    )


def test_a_disconnected_account_takes_no_payments() -> None:
    report = _read("account.application.deauthorized", {"id": "ca_1"})
    assert report == AccountReport(charges_enabled=False, connected=False)


# --- anything at all ------------------------------------------------------------------------------

_ids = st.sampled_from(["evt_1", "", "x" * 300, "\x00"])
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | _ids
    | st.sampled_from(["eur", "isk", "paid", "unpaid", "complete", "open", "failed", "won"])
)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_NAMES: Final = [
    "id", "currency", "amount", "amount_total", "amount_refunded", "payment_intent", "status",
    "payment_status", "refunds", "data", "charges_enabled", "client_reference_id",
    "currency_conversion", "source_currency",
]  # fmt: skip
_values = _json | st.integers(-5, 5) | st.sampled_from(["eur", "pi_1", "complete"])
_part = st.dictionaries(st.sampled_from(_NAMES), _values)
_object = st.dictionaries(
    st.sampled_from(_NAMES), _values | _part | st.lists(_part, max_size=2) | _json
)
_listing = st.builds(lambda part, rows: part | {"refunds": {"data": rows}}, _object, _json)


@given(st.sampled_from(EVENT_TYPES), _object | _listing | _json)
def test_any_object_is_read_or_refused(type_: str, stripe_object: object) -> None:
    try:
        report = Event.of(_EVENT | {"type": type_, "data": {"object": stripe_object}}).read()
    except InvalidPayload:
        return
    assert isinstance(report, SessionReport | PaymentReversalReport | ChargeReport | AccountReport)


@given(st.binary() | st.text().map(str.encode) | _json.map(stripe_payloads.dumped))
def test_arbitrary_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        Event.parse(body)


@given(
    st.dictionaries(
        st.sampled_from(["id", "type", "account", "created", "livemode", "data"]),
        _json | st.just({}) | st.integers(-(2**63), 2**64 - 1),
    )
)
def test_an_event_with_arbitrary_fields_is_parsed_or_refused(fields: dict[str, Any]) -> None:
    try:
        event = Event.of(_EVENT | fields)
    except InvalidPayload:
        return
    assert 0 < len(event.id) <= 255
    assert len(event.type) <= 100


def test_the_deployment_page_names_every_handled_event() -> None:
    page = Path(__file__).parents[3] / "docs/deployment.md"
    assert set(EVENT_TYPES) <= set(page.read_text(encoding="utf-8").split())
