"""Statements of account: everything that changed what a customer owes in a period, by currency.

The balance is what is due on the customer's invoices less their unused credit. A document counts
from its issue date, and money from the day it was received, but never later than the day on which
it was entered.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self, TypeAlias
from zoneinfo import ZoneInfo

from core.response_budget import ResponseBudget
from db.statements import date_of, fetch, instant_of
from db.triggers.account_entries import PART
from errors import BadInput, Text
from models import Customer, MovementKind
from services.sharing.accounts import money_of_parts
from values.payments import PaidWith

_Row: TypeAlias = Mapping[str, Any]

MAX_MOVEMENTS: Final = 2_000
"""In one statement."""
_EARLIEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2199, 12, 31)
_DEFAULT_MONTHS: Final = 2
"""Whole months before the current one in the default period."""


_OPENING: Final = "OPENING"
_ORDER: Final = {kind.value: at for at, kind in enumerate(MovementKind)}
_BEFORE: Final = "(at < {at} OR COALESCE(dated_on < {day}, FALSE))"
"""Whether an entry counts before a day. `at`: when the day begins where the company is."""
_IS_OPENING: Final = _BEFORE.format(at="$2", day="$3")
_STATEMENT: Final = f"""
    SELECT '{_OPENING}' AS kind, NULL AS id, NULL AS number, NULL AS credit_note, currency,
        CAST(SUM(low) AS bigint) AS amount, CAST(SUM(high) AS bigint) AS moved,
        NULL AS dated_on, NULL AS at, NULL AS method, NULL AS method_type, NULL AS method_brand,
        NULL AS method_last4
        FROM (
            SELECT currency, amount_high AS high, amount_low AS low FROM account_month
            WHERE customer_id = $1 AND month < $6
            UNION ALL SELECT currency, amount / {PART}, amount % {PART} FROM account_entry
            WHERE customer_id = $1 AND booked_on >= $6 AND booked_on <= $3 AND {_IS_OPENING}
        ) AS earlier GROUP BY currency
    UNION ALL
    SELECT kind, source_id, invoice.number, credit_note.number, entry.currency, entry.amount,
        moved, dated_on, at, COALESCE(payment.method, payout.method),
        method_type, method_brand, method_last4
        FROM (
            SELECT * FROM account_entry WHERE customer_id = $1
            AND booked_on >= $7 AND booked_on <= $5 AND NOT {_IS_OPENING}
            AND {_BEFORE.format(at="$4", day="$5")} LIMIT $8
        ) AS entry
        LEFT JOIN invoice ON invoice.id = entry.invoice_id
        LEFT JOIN credit_note ON credit_note.id = entry.credit_note_id
        LEFT JOIN payment ON payment.id = CASE kind WHEN 'PAYMENT' THEN source_id END
        LEFT JOIN checkout_share AS share ON share.id = payment.id
        LEFT JOIN checkout ON checkout.id = share.checkout_id
        LEFT JOIN credit_payout AS payout
            ON payout.id = CASE kind WHEN 'PAYOUT' THEN source_id END
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
    # An entry counts at most a day after the one on which it is booked.
    day_before = period.first - timedelta(days=1)
    rows = await fetch(
        _STATEMENT,
        customer.id,
        _begin(period.first, zone),
        period.first,
        _begin(after, zone),
        after,
        day_before.replace(day=1),
        day_before,
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
    return day if row["dated_on"] is None else min(day, date_of(row["dated_on"]))


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
