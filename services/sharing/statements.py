"""Statements of account: everything that changed what a customer owes in a period, by currency.

The balance is what is due on the customer's invoices less their unused credit. A document counts
from its issue date, and money from the day it was received, but never later than the day on which
it was entered.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, Self, TypeAlias
from zoneinfo import ZoneInfo

from core.response_budget import ResponseBudget
from db.statements import date_of, fetch, instant_of
from errors import BadInput, Text
from models import Customer
from services.sharing.accounts import money_of_parts, sums_in_parts
from values.payments import PaidWith

_Row: TypeAlias = Mapping[str, Any]

MAX_MOVEMENTS: Final = 2_000
"""In one statement."""
_EARLIEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2199, 12, 31)
_DEFAULT_MONTHS: Final = 2
"""Whole months before the current one in the default period."""


class MovementKind(StrEnum):
    """What changed the balance. A negative one of a kind takes an earlier one back."""

    INVOICE = "INVOICE"
    CANCELLATION = "CANCELLATION"
    CREDIT_NOTE = "CREDIT_NOTE"
    VOID = "VOID"
    """A credit note was voided."""
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    DISPUTE = "DISPUTE"
    REVERSAL = "REVERSAL"
    """Staff had recorded a payment by mistake."""
    WRITE_OFF = "WRITE_OFF"
    CREDIT_KEPT = "CREDIT_KEPT"
    """What an invoice didn't need became credit, which changes no balance."""
    CREDIT_USED = "CREDIT_USED"
    """Credit was applied to an invoice, which changes no balance."""
    PAYOUT = "PAYOUT"
    """Credit was paid out."""


_OPENING: Final = "OPENING"
_ORDER: Final = {kind.value: at for at, kind in enumerate(MovementKind)}
_UNKNOWN_METHOD: Final = (
    "NULL AS method, NULL AS method_type, NULL AS method_brand, NULL AS method_last4"
)
_NO_METHOD: Final = "NULL, NULL, NULL, NULL"
_MOVEMENTS: Final = f"""
    SELECT 'INVOICE' AS kind, id, number, NULL AS credit_note, currency, total AS amount,
        0 AS moved, issue_date AS day, issued_at AS at,
        {_UNKNOWN_METHOD}
        FROM invoice WHERE customer_id = $1 AND status <> 'DRAFT'
    UNION ALL
    SELECT 'CANCELLATION', id, number, NULL, currency, -total, 0, NULL, cancelled_at, {_NO_METHOD}
        FROM invoice WHERE customer_id = $1 AND status = 'CANCELLED'
    UNION ALL
    SELECT 'PAYMENT', payment.id, number, NULL, payment.currency, -payment.amount, 0, NULL,
        CASE WHEN payment.created_at < received_at THEN payment.created_at ELSE received_at END,
        method, method_type, method_brand, method_last4
        FROM payment JOIN invoice ON invoice.id = payment.invoice_id
        LEFT JOIN checkout_share AS share ON share.id = payment.id
        LEFT JOIN checkout ON checkout.id = share.checkout_id
        WHERE customer_id = $1
    UNION ALL
    SELECT reversal.kind, reversal.id, number, NULL, currency, reversal.amount, 0, NULL,
        reversal.at, {_NO_METHOD}
        FROM reversal JOIN invoice ON invoice.id = reversal.invoice_id WHERE customer_id = $1
    UNION ALL
    SELECT 'WRITE_OFF', write_off.id, number, NULL, currency, -write_off.amount, 0, NULL,
        write_off.at, {_NO_METHOD}
        FROM write_off JOIN invoice ON invoice.id = write_off.invoice_id WHERE customer_id = $1
    UNION ALL
    SELECT 'CREDIT_KEPT', surplus.id, invoice.number, credit_note.number, invoice.currency, 0,
        surplus.amount, NULL, surplus.at, {_NO_METHOD}
        FROM surplus JOIN invoice ON invoice.id = surplus.invoice_id
        JOIN credit_note ON credit_note.id = surplus.credit_note_id
        WHERE invoice.customer_id = $1
    UNION ALL
    SELECT 'CREDIT_USED', applied.id, invoice.number, credit_note.number, invoice.currency, 0,
        applied.amount, NULL, applied_at, {_NO_METHOD}
        FROM credit_application AS applied JOIN invoice ON invoice.id = applied.invoice_id
        JOIN credit_note ON credit_note.id = applied.credit_note_id
        WHERE invoice.customer_id = $1
    UNION ALL
    SELECT 'CREDIT_NOTE', id, NULL, number, currency, -total, 0, issue_date, issued_at,
        {_NO_METHOD}
        FROM credit_note WHERE customer_id = $1 AND status <> 'DRAFT'
        AND NOT EXISTS (SELECT 1 FROM surplus WHERE credit_note_id = credit_note.id)
    UNION ALL
    SELECT 'VOID', id, NULL, number, currency, total, 0, NULL, voided_at, {_NO_METHOD}
        FROM credit_note WHERE customer_id = $1 AND status = 'VOID'
    UNION ALL
    SELECT 'PAYOUT', payout.id, NULL, number, currency, payout.amount, 0, NULL, paid_at,
        method, NULL, NULL, NULL
        FROM credit_payout AS payout JOIN credit_note ON credit_note.id = payout.credit_note_id
        WHERE customer_id = $1
"""
_BEFORE: Final = "(at < {at} OR COALESCE(day < {day}, FALSE))"
"""Whether a movement counts before a day. `at`: when the day begins where the company is."""
_IS_OPENING: Final = _BEFORE.format(at="$2", day="$3")
_STATEMENT: Final = f"""
    WITH movement AS ({_MOVEMENTS})
    SELECT '{_OPENING}' AS kind, NULL AS id, NULL AS number, NULL AS credit_note, currency,
        amount_low AS amount, amount_high AS moved, NULL AS day, NULL AS at,
        {_UNKNOWN_METHOD}
        FROM (SELECT currency, {sums_in_parts("amount")} FROM movement WHERE {_IS_OPENING}
            GROUP BY currency) AS opening
    UNION ALL
    SELECT * FROM (SELECT * FROM movement WHERE NOT {_IS_OPENING}
        AND {_BEFORE.format(at="$4", day="$5")} LIMIT $6) AS period
"""


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a statement, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date | None, last: date | None, today: date) -> Self:
        """Return a valid period; by default the current month and the two before it.

        Raises BadInput about `from` or `to`.
        """
        last = last or today
        if first is None:
            first = max(_EARLIEST, _beginning_of_month(min(last, today), _DEFAULT_MONTHS))
        for name, day in (("from", first), ("to", last)):
            if not _EARLIEST <= day <= _LATEST:
                raise BadInput(Text("Choose a date from 2000 to 2199."), field=name)
        if last < first:
            raise BadInput(Text("Choose a last day that isn't before the first."), field="to")
        return cls(first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Something that happened to a customer's account. Amounts are in minor units."""

    kind: MovementKind
    day: date
    """The day on which it counts, where the company is."""
    number: str | None
    """The number of the invoice."""
    credit_note: str | None
    """The number of the credit note."""
    amount: int
    """What it adds to what the customer owes."""
    moved: int
    """What it moves between an invoice and a credit note, which changes no balance."""
    balance: int
    """What the customer owes after it; negative for credit."""
    method: str | None
    """How a payment was made."""
    paid_with: PaidWith | None


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """The statement in one currency, in minor units."""

    currency: str
    opening: int
    """What the customer owed before the first day; negative for credit."""
    movements: Sequence[Movement]

    @property
    def closing(self) -> int:
        """What the customer owes at the end of the last day; negative for credit."""
        return self.movements[-1].balance if self.movements else self.opening


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's statement, by currency. The customer comes with its company."""

    customer: Customer
    period: Period
    currencies: Sequence[CurrencyStatement]


async def load_statement(
    customer: Customer, period: Period, budget: ResponseBudget | None = None
) -> Statement:
    """Return a customer's statement, in one statement of SQL.

    It has each currency with movements in the period or a balance before it. Raises BadInput if
    there are more than MAX_MOVEMENTS, and ResponseTooLarge if there are more than `budget` has
    points for.
    """
    most = MAX_MOVEMENTS + 1
    zone = ZoneInfo(customer.company.time_zone)
    after = period.last + timedelta(days=1)
    rows = await fetch(
        _STATEMENT,
        customer.id,
        _begin(period.first, zone),
        period.first,
        _begin(after, zone),
        after,
        min(most, budget.max_rows) if budget else most,
    )
    openings = {
        row["currency"]: money_of_parts(row["moved"], row["amount"], row["currency"]).minor
        for row in rows
        if row["kind"] == _OPENING
    }
    in_period = [row for row in rows if row["kind"] != _OPENING]
    if budget:
        budget.spend_rows(len(in_period))
    if len(in_period) > MAX_MOVEMENTS:
        refusal = Text(
            "A statement can have %(most)s entries. Choose a shorter period.", most=MAX_MOVEMENTS
        )
        raise BadInput(refusal, field="from")
    return Statement(
        customer=customer,
        period=period,
        currencies=[
            _in_currency(currency, openings.get(currency, 0), of_currency, zone)
            for currency, of_currency in _by_currency(openings, in_period)
        ],
    )


def _by_currency(
    openings: Mapping[str, int], rows: Sequence[_Row]
) -> Iterator[tuple[str, list[_Row]]]:
    """Yield the movements of each currency that has some, or a balance before them."""
    by_currency: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        by_currency[row["currency"]].append(row)
    open_ones = {currency for currency, opening in openings.items() if opening}
    for currency in sorted(open_ones | by_currency.keys()):
        yield currency, by_currency[currency]


def _in_currency(
    currency: str, opening: int, rows: Sequence[_Row], zone: ZoneInfo
) -> CurrencyStatement:
    balance, movements = opening, []
    for row in sorted(rows, key=lambda row: _position(row, zone)):
        balance += int(row["amount"])
        movements.append(_movement(row, balance, zone))
    return CurrencyStatement(currency=currency, opening=opening, movements=movements)


def _position(row: _Row, zone: ZoneInfo) -> tuple[date, datetime, int, str]:
    """Return what movements are sorted by: the day, then the time, which is that of the entry."""
    return _day(row, zone), instant_of(row["at"]), _ORDER[row["kind"]], str(row["id"])


def _day(row: _Row, zone: ZoneInfo) -> date:
    """Return the day on which a movement counts, as `_BEFORE` has it."""
    day = instant_of(row["at"]).astimezone(zone).date()
    return day if row["day"] is None else min(day, date_of(row["day"]))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins in a time zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _beginning_of_month(day: date, months_before: int) -> date:
    month = day.year * 12 + day.month - 1 - months_before
    return date(month // 12, month % 12 + 1, 1)


def _movement(row: _Row, balance: int, zone: ZoneInfo) -> Movement:
    return Movement(
        kind=MovementKind(row["kind"]),
        day=_day(row, zone),
        number=row["number"],
        credit_note=row["credit_note"],
        amount=int(row["amount"]),
        moved=int(row["moved"]),
        balance=balance,
        method=row["method"],
        paid_with=PaidWith.of(row["method_type"], row["method_brand"], row["method_last4"]),
    )
