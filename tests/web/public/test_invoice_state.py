"""What the page of an invoice says at its top, in each state."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Invoice, InvoiceStatus
from tests.support.clients import Business
from tests.support.sample_emails import sample_company
from values.money import to_text
from values.payments import FailedPayment, HistoryEntry, PaymentHistory, PaymentKind
from web.http.pills import due_pills
from web.public.invoice_state import InvoiceState

pytestmark = [
    pytest.mark.usefixtures("backend"),
    # The database doesn't change what is said.
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]

_TODAY: Final = date(2026, 11, 28)
_DUE: Final = date(2026, 12, 22)
_TOTAL: Final = 1_011_220
_CANCELLED: Final = InvoiceStatus.CANCELLED


def _entry(kind: PaymentKind, amount: int, day: int = 24, **more: Any) -> HistoryEntry:
    return HistoryEntry(kind=kind, amount=amount, at=datetime(2026, 11, day, tzinfo=UTC), **more)


_ALL: Final = _entry(PaymentKind.PAYMENT, _TOTAL, method="stripe")
_PART: Final = _entry(PaymentKind.PAYMENT, 400_000, method="stripe")
_REFUND: Final = _entry(PaymentKind.REFUND, -40_000, 27)
_CREDIT: Final = _entry(PaymentKind.CREDIT, 40_000, 27, credit_note="CN-9")
_FAILED: Final = FailedPayment(
    id=UUID(int=1),
    amount=_TOTAL,
    started_at=datetime(2026, 11, 26, tzinfo=UTC),
    failed_at=datetime(2026, 11, 27, tzinfo=UTC),
    failure_code="insufficient_funds",
)


def _invoice(*history: HistoryEntry, **columns: Any) -> Invoice:
    """Return an invoice with this history."""
    entries = [entry.amount for entry in history if entry.kind is not PaymentKind.WRITE_OFF]
    waived = sum(entry.amount for entry in history) - sum(entries)
    row = Invoice(
        company=sample_company(),
        currency="EUR",
        language="en",
        total=_TOTAL,
        amount_paid=sum(entries),
        written_off=waived,
        **{"due_date": _DUE, "issued_at": datetime(2026, 11, 22, tzinfo=UTC)} | columns,
    )
    row.status = columns.get("status", row.status_when_issued)
    return row


def _state(invoice: Invoice, *history: HistoryEntry, failed: FailedPayment | None = None) -> Any:
    found = PaymentHistory(entries=history, failed=[failed] if failed else [])
    return InvoiceState.of(invoice, found, _TODAY)


def _words(state: InvoiceState) -> tuple[str, list[str], str]:
    sentence = unescape(re.sub(r"<[^>]*>", "", str(state.sentence)))
    return state.amount, [pill.text for pill in state.pills], sentence


@pytest.mark.parametrize(
    ("history", "columns", "amount", "pills", "sentence"),
    [
        ([], {}, "€10,112.20", ["Due in 24 days"], "Please pay by December 22, 2026."),
        ([], {"due_date": None}, "€10,112.20", ["Open"], "Please pay this invoice."),
        (
            [],
            {"due_date": date(2026, 11, 11)},
            "€10,112.20",
            ["Overdue by 17 days"],
            (
                "This was due on November 11, 2026. Please pay it now. If you have just sent the"
                " money, thank you: it will show here in one or two days."
            ),
        ),
        (
            [_PART],
            {},
            "€6,112.20",
            ["Part paid", "Due in 24 days"],
            "You have paid €4,000.00 of €10,112.20. The rest is due by December 22, 2026.",
        ),
        (
            [],
            {"amount_pending": _TOTAL},
            "€10,112.20",
            ["Payment on its way"],
            "Banks take two to five working days. You don't need to do anything.",
        ),
        (
            [_ALL],
            {},
            "€10,112.20",
            ["Paid"],
            (
                "Thank you. We received your payment on November 24, 2026."
                " You don't need to do anything."
            ),
        ),
        (
            [_ALL, _REFUND],
            {},
            "€400.00",
            ["€400.00 refunded", "Due in 24 days"],
            (
                "€400.00 of your payment was refunded on November 27, 2026, so it is open again."
                " Not expected? Ask us. Please pay by December 22, 2026."
            ),
        ),
        (
            [_ALL, _REFUND, _CREDIT],
            {},
            "€10,112.20",
            ["Paid", "€400.00 refunded"],
            "We refunded €400.00 on November 27, 2026. Nothing is left to pay.",
        ),
        (
            [_entry(PaymentKind.CREDIT, _TOTAL, credit_note="CN-9")],
            {},
            "€10,112.20",
            ["Covered by credit"],
            "Credit note CN-9 covers what was left to pay. You don't need to do anything.",
        ),
        (
            [_entry(PaymentKind.WRITE_OFF, _TOTAL)],
            {},
            "€10,112.20",
            ["Waived"],
            "Halden & Brandt has waived €10,112.20. Nothing is left to pay.",
        ),
        (
            [],
            {"status": _CANCELLED, "cancelled_at": datetime(2026, 11, 25, tzinfo=UTC)},
            "€10,112.20",
            ["Cancelled"],
            "Halden & Brandt cancelled this invoice on November 25, 2026. Please don't pay it.",
        ),
    ],
)
def test_each_state_says_what_is_true_and_what_to_do(
    history: list[HistoryEntry],
    columns: dict[str, Any],
    amount: str,
    pills: list[str],
    sentence: str,
) -> None:
    assert _words(_state(_invoice(*history, **columns), *history)) == (amount, pills, sentence)


def test_a_payment_that_failed_is_told_until_the_client_pays() -> None:
    amount, pills, sentence = _words(_state(_invoice(), failed=_FAILED))
    assert (amount, pills) == ("€10,112.20", ["Payment failed", "Due in 24 days"])
    assert sentence == (
        "Your bank returned the payment from November 26, 2026: not enough money in the account."
        " Nothing was taken. Please pay again by December 22, 2026."
    )
    later = _entry(PaymentKind.PAYMENT, 400_000, 28, method="cash")
    _, pills, _ = _words(_state(_invoice(later), later, failed=_FAILED))
    assert pills == ["Part paid", "Due in 24 days"]


def test_a_dispute_that_was_won_leaves_nothing_open_again() -> None:
    dispute = _entry(PaymentKind.DISPUTE, -400_000, 26)
    returned = _entry(PaymentKind.DISPUTE, 400_000, 27)
    _, pills, _ = _words(_state(_invoice(_PART, dispute), _PART, dispute))
    assert pills == ["Payment disputed", "Due in 24 days"]
    _, pills, _ = _words(_state(_invoice(_PART, dispute, returned), _PART, dispute, returned))
    assert pills == ["Part paid", "Due in 24 days"]


def test_nobody_is_thanked_for_a_payment_recorded_by_mistake() -> None:
    right, wrong = UUID(int=1), UUID(int=2)
    history = [
        _entry(PaymentKind.PAYMENT, _TOTAL, 24, payment_id=right),
        _entry(PaymentKind.PAYMENT, _TOTAL, 26, payment_id=wrong),
        _entry(PaymentKind.REVERSAL, -_TOTAL, 27, payment_id=wrong),
    ]
    _, _, sentence = _words(_state(_invoice(*history), *history))
    assert sentence.startswith("Thank you. We received your payment on November 24, 2026.")


@pytest.mark.parametrize(
    ("days", "kind"),
    [(24, "is-info"), (4, "is-info"), (3, "is-warn"), (0, "is-warn"), (-1, "is-bad")],
)
def test_the_pill_warns_three_days_before_and_is_red_only_when_late(days: int, kind: str) -> None:
    [pill] = due_pills(_invoice(due_date=_TODAY + timedelta(days=days)), _TODAY)
    assert pill.kind == kind


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(list(PaymentKind)), st.integers(1, 300_000)), max_size=3),
    st.integers(0, 100_000),
)
def test_the_sums_add_up_and_none_is_zero(
    changes: list[tuple[PaymentKind, int]], pending: int
) -> None:
    history = [_entry(kind, amount, credit_note="CN-1") for kind, amount in changes]
    state = _state(_invoice(*history, amount_pending=pending), *history)
    amounts = [row.text for row in state.sums]
    assert "€0.00" not in amounts
    signed = [re.sub("[€,]", "", text).replace("\N{MINUS SIGN}", "-") for text in amounts]
    left = _TOTAL + sum(round(float(text) * 100) for text in signed)
    assert state.rest.text == f"€{float(to_text(left, 'EUR')):,.2f}"


async def test_the_title_of_the_page_begins_with_the_state(business: Business) -> None:
    invoice_id = await business.make_invoice(number="KH-1")
    await business.pay(invoice_id, "100")
    path = f"/invoice/{await business.share(invoice_id)}"
    page = (await business.http.get(path, headers=business.stranger.headers)).text
    assert "<title>Paid · Invoice KH-1 from Acme Ltd</title>" in page
