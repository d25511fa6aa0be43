"""Statements of account: complete, in order, and without gaps between periods."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.triggers.account_entries import enter_earlier_rows
from errors import BadInput
from models import (
    AccountEntry,
    AccountMonth,
    Company,
    CreditNote,
    CreditNoteStatus,
    CreditPayout,
    Customer,
    Invoice,
    InvoiceStatus,
    MovementKind,
    PartySnapshot,
    Payment,
    PaymentReversalKind,
    Reversal,
    Surplus,
    WriteOff,
)
from models.companies import today_in
from services.sharing import statements
from services.sharing.statements import Period, load_statement
from tests.support.clients import Business

_START: Final = date(2026, 1, 1)
_DAYS: Final = 70
"""So that a balance is of whole months and of some days of one."""
_TODAY: Final = date(2026, 11, 28)
_days = st.integers(0, _DAYS - 1)
_rows = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("invoice", "cancelled", "payment", "refund", "surplus", "write-off"),
                *("credit note", "void", "payout"),
            )
        ),
        st.sampled_from(["EUR", "JPY"]),
        st.integers(1, 10**15),
        _days,
        _days,
        st.integers(0, 24 * 60 - 1),
    ),
    max_size=25,
)


def _day(n: int) -> date:
    return _START + timedelta(days=n)


async def _customer(business: Business, time_zone: str = "UTC") -> Customer:
    await Company.filter(id=business.company_id).update(time_zone=time_zone)
    row = await Customer.create(company_id=business.company_id, name="Ada")
    return await Customer.get(id=row.id).select_related("company")


async def _insert(customer: Customer, row: tuple[str, str, int, int, int, int]) -> None:
    """Add what happened on a day of its document or at a time of another day."""
    kind, currency, amount, day, at_day, minute = row
    at = datetime.combine(_day(at_day), datetime.min.time(), UTC) + timedelta(minutes=minute)
    number = uuid4().hex
    party = await PartySnapshot.create(
        company_id=customer.company_id, digest=2 * uuid4().hex, content="{}"
    )
    common: dict[str, Any] = {
        "company_id": customer.company_id,
        "customer_id": customer.id,
        "currency": currency,
        "number": number,
        "number_key": number,
        "issue_date": _day(day),
        "issued_at": at,
        "total": amount,
        "subtotal": amount,
        "language": "en",
        "seller_snapshot_id": party.id,
        "buyer_snapshot_id": party.id,
    }
    later = at + timedelta(days=3)
    if kind in {"credit note", "payout", "void"}:
        note = await CreditNote.create(status=CreditNoteStatus.ISSUED, **common)
        if kind == "void":
            await CreditNote.filter(id=note.id).update(status="VOID", voided_at=later)
        if kind == "payout":
            await CreditPayout.create(
                company_id=customer.company_id,
                credit_note_id=note.id,
                amount=amount,
                method="cash",
                actor="test",
                paid_at=at,
            )
        return
    invoice = await Invoice.create(status=InvoiceStatus.ISSUED, **common)
    if kind == "cancelled":
        await Invoice.filter(id=invoice.id).update(status="CANCELLED", cancelled_at=later)
    of: dict[str, Any] = {"company_id": customer.company_id, "invoice_id": invoice.id}
    if kind == "write-off":
        await WriteOff.create(amount=amount, at=at, **of)
    if kind == "surplus":
        common |= {"number": uuid4().hex, "number_key": uuid4().hex}
        note = await CreditNote.create(status=CreditNoteStatus.ISSUED, **common)
        await Surplus.create(amount=amount, credit_note_id=note.id, at=at, **of)
    if kind in {"payment", "refund", "surplus"}:
        payment = await Payment.create(
            amount=amount, currency=currency, method="cash", received_at=at, **of
        )
        if kind == "refund":
            of |= {"payment_id": payment.id, "kind": PaymentReversalKind.REFUND}
            await Reversal.create(amount=amount, at=at + timedelta(days=1), **of)


async def _movements(
    customer: Customer,
) -> AsyncGenerator[tuple[str, int, datetime | None, date | None], None]:
    """Yield what changed the balance: currency, amount, time, and a document's date."""
    for row in await Invoice.filter(customer_id=customer.id):
        yield row.currency, row.total, row.issued_at, row.issue_date
        if row.cancelled_at:
            yield row.currency, -row.total, row.cancelled_at, None
    surpluses = await Surplus.filter(invoice__customer_id=customer.id)
    moved = [surplus.credit_note_id for surplus in surpluses]
    for note in await CreditNote.filter(customer_id=customer.id).exclude(id__in=moved):
        yield note.currency, -note.total, note.issued_at, note.issue_date
        if note.voided_at:
            yield note.currency, note.total, note.voided_at, None
    for payout in await CreditPayout.filter(credit_note__customer_id=customer.id).select_related(
        "credit_note"
    ):
        yield payout.credit_note.currency, payout.amount, payout.paid_at, None
    for model, sign, time in (
        (Payment, -1, "received_at"),
        (Reversal, 1, "at"),
        (WriteOff, -1, "at"),
    ):
        for each in await model.filter(invoice__customer_id=customer.id).select_related("invoice"):
            yield each.invoice.currency, sign * each.amount, getattr(each, time), None


async def _owed_before(customer: Customer, day: date) -> dict[str, int]:
    """Return the balance in each currency, summed up from all documents and the whole ledger."""
    zone = ZoneInfo(customer.company.time_zone)
    owed: dict[str, int] = defaultdict(int)
    async for currency, amount, at, dated in _movements(customer):
        assert at
        there = at.astimezone(zone).date()
        if min(there, dated or there) < day:
            owed[currency] += amount
    return {currency: amount for currency, amount in owed.items() if amount}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    _rows,
    st.lists(_days, min_size=1, max_size=3, unique=True),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
)
async def test_adjoining_statements_follow_from_each_other(
    business: Business,
    rows: list[tuple[str, str, int, int, int, int]],
    cuts: list[int],
    time_zone: str,
) -> None:
    customer = await _customer(business, time_zone)
    for row in rows:
        await _insert(customer, row)
    whole = await load_statement(customer, Period(_day(-2), _day(_DAYS + 5)))
    balances: dict[str, int] = {}
    seen = 0
    borders = [-2, *sorted(cuts), _DAYS + 6]
    for first, after in pairwise(borders):
        period = Period(_day(first), _day(after - 1))
        owed = await _owed_before(customer, period.first)
        assert owed == {currency: amount for currency, amount in balances.items() if amount}
        for part in (await load_statement(customer, period)).currencies:
            assert part.opening == balances.get(part.currency, 0)
            assert part.closing == part.opening + sum(each.amount for each in part.movements)
            days = [movement.day for movement in part.movements]
            assert days == sorted(days)
            assert all(period.first <= day <= period.last for day in days)
            balances[part.currency] = part.closing
            seen += len(part.movements)
    assert {each.currency: each.closing for each in whole.currencies} == balances
    owed = await _owed_before(customer, _day(_DAYS + 10))
    assert owed == {currency: amount for currency, amount in balances.items() if amount}
    assert seen == sum(len(each.movements) for each in whole.currencies)


async def test_a_statement_tells_everything_in_order(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_draft(customerId=customer_id)
    first = await business.make_invoice(customerId=customer_id)
    await business.pay(first, "60")
    note = await business.make_credit_note(customer_id, "50")
    applied = {"creditNoteId": note, "invoiceId": first, "amount": "40"}
    await business.credit_note("applyCreditNote", **applied)
    paid_out = {"creditNoteId": note, "amount": "4", "method": "cash"}
    await business.mutate("payOutCredit", "PayOutCreditInput", "{ __typename }", **paid_out)
    second = await business.make_invoice(customerId=customer_id)
    cancel = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) { __typename } }"
    await business.gql(cancel, input={"invoiceId": second})
    customer = await Customer.get(id=customer_id).select_related("company")
    [euros] = (await load_statement(customer, Period.of(None, None, today_in("UTC")))).currencies
    kind = MovementKind
    assert [(each.kind, each.amount, each.moved, each.balance) for each in euros.movements] == [
        (kind.INVOICE, 100_00, 0, 100_00),
        (kind.PAYMENT, -60_00, 0, 40_00),
        (kind.CREDIT_NOTE, -50_00, 0, -10_00),
        (kind.CREDIT_USED, 0, 40_00, -10_00),
        (kind.PAYOUT, 4_00, 0, -6_00),
        (kind.INVOICE, 100_00, 0, 94_00),
        (kind.CANCELLATION, -100_00, 0, -6_00),
    ]


async def test_what_happens_at_the_same_time_adds_up(business: Business) -> None:
    customer_id = await business.make_customer()
    invoices = [await business.make_invoice(customerId=customer_id) for _ in range(8)]
    cancel = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) { __typename } }"
    await asyncio.gather(
        *(business.gql(cancel, input={"invoiceId": invoice}) for invoice in invoices[1:])
    )
    [sums] = await AccountMonth.filter(customer_id=customer_id)
    assert (sums.amount_high, sums.amount_low) == (0, 100_00)


async def _account(customer: Customer) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the customer's entries and months without their ids."""
    entries = AccountEntry.filter(customer_id=customer.id).order_by("source_id", "kind")
    months = AccountMonth.filter(customer_id=customer.id).order_by("month")
    return (
        [{**row, "id": None} for row in await entries.values()],
        [{**row, "id": None} for row in await months.values()],
    )


async def test_entries_of_earlier_rows_are_those_that_the_triggers_write(
    business: Business,
) -> None:
    customer = await _customer(business)
    for kind in ("cancelled", "refund", "surplus", "write-off", "void", "payout"):
        await _insert(customer, (kind, "EUR", 10**10 + 1, 5, 40, 0))
    before = await _account(customer)
    await AccountEntry.filter(customer_id=customer.id).delete()
    entries, months = await _account(customer)
    assert entries == []
    assert all(each["amount_high"] == each["amount_low"] == 0 for each in months)
    for _ in range(2):
        await enter_earlier_rows()
        assert await _account(customer) == before


async def test_another_customers_account_is_never_part_of_a_statement(business: Business) -> None:
    await business.make_invoice(customerId=await business.make_customer())
    customer = await _customer(business)
    assert (await load_statement(customer, Period(_START, _TODAY))).currencies == []


async def test_a_period_with_too_many_movements_is_refused(business: Business) -> None:
    customer = await _customer(business)
    for day in range(3):
        await _insert(customer, ("invoice", "EUR", 100, day, day, 0))
    with patch.object(statements, "MAX_MOVEMENTS", 2), pytest.raises(BadInput) as refusal:
        await load_statement(customer, Period(_day(0), _day(2)))
    assert refusal.value.field == "from"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "to"),
        (date(1999, 12, 31), None, "from"),
        (None, date.max, "to"),
        (date.min, None, "from"),
    ],
)
def test_an_impossible_period_is_refused(first: date | None, last: date | None, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        Period.of(first, last, _TODAY)
    assert refusal.value.field == field


def test_the_default_period_is_this_month_and_two_before() -> None:
    assert Period.of(None, None, _TODAY) == Period(date(2026, 9, 1), _TODAY)
    assert Period.of(None, date(2026, 1, 5), _TODAY) == Period(date(2025, 11, 1), date(2026, 1, 5))
