"""What is open, overdue and paid in a company, per currency, and for how long it is overdue."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from auth.staff import Staff
from db.statements import fetch
from models import OPEN_STATUSES
from services.sharing.accounts import money_of_parts, quoted, sums_in_parts
from values.money import Minor, Money

MAX_COUNTED: Final = 100
"""`count_overdue` counts no further, so that each page can show the number."""
_MONTH: Final = timedelta(days=30)
_DUE: Final = "total - amount_paid - written_off"
_OPEN: Final = quoted(OPEN_STATUSES)
_OF_MONTH: Final = "payment.company_id = $1 AND payment.received_at >= $3"
_FIGURES: Final = f"""
    SELECT currency, part, {sums_in_parts("amount")}, COUNT(*) AS count FROM (
        SELECT currency, {_DUE} AS amount, CASE WHEN due_date < $5 THEN 'over_60'
            WHEN due_date < $4 THEN 'up_to_60' WHEN due_date < $2 THEN 'up_to_30'
            ELSE 'not_due' END AS part
        FROM invoice WHERE company_id = $1 AND status IN {_OPEN}
        UNION ALL
        SELECT currency, amount, 'paid' FROM payment WHERE {_OF_MONTH}
        UNION ALL
        SELECT payment.currency, -reversal.amount, 'paid'
        FROM reversal JOIN payment ON payment.id = reversal.payment_id
        WHERE reversal.company_id = $1 AND {_OF_MONTH}
    ) AS entry GROUP BY currency, part
"""
_AGES: Final = ("not_due", "up_to_30", "up_to_60", "over_60")
_OVERDUE: Final = f"""
    SELECT COUNT(*) AS overdue FROM (
        SELECT 1 FROM invoice WHERE company_id = $1 AND status IN {_OPEN} AND due_date < $2
        LIMIT {MAX_COUNTED}
    ) AS counted
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """What is due on issued invoices in one currency, by the days since the due date."""

    not_due: Money
    """The due date hasn't passed."""
    up_to_30: Money
    """1 to 30 days overdue."""
    up_to_60: Money
    """31 to 60 days overdue."""
    over_60: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyFigures:
    """The figures in one currency."""

    ageing: Ageing
    paid_this_month: Money
    """Payments received in the current month, less what was refunded or reversed."""
    open_count: int
    """Invoices that are issued and not fully paid."""
    overdue_count: int

    @property
    def overdue(self) -> Money:
        """What is due on issued invoices whose due date has passed."""
        ageing = self.ageing
        overdue = ageing.up_to_30.minor + ageing.up_to_60.minor + ageing.over_60.minor
        return Money(minor=Minor(overdue), currency=self.currency)

    @property
    def open(self) -> Money:
        """What is due on issued invoices."""
        return Money(
            minor=Minor(self.ageing.not_due.minor + self.overdue.minor), currency=self.currency
        )

    @property
    def currency(self) -> str:
        """The code of its currency."""
        return self.paid_this_month.currency


async def load_figures(staff: Staff) -> Sequence[CurrencyFigures]:
    """Return the company's figures in each currency that has any, sorted by code.

    It takes one statement over what is open and what was paid in the month, on the company's day.
    """
    today = staff.today
    midnight = datetime.combine(today.replace(day=1), time(), ZoneInfo(staff.time_zone))
    days = today, midnight, today - _MONTH, today - 2 * _MONTH
    parts: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row in await fetch(_FIGURES, staff.company_id, *days):
        parts[row["currency"]][row["part"]] = row
    return [_figures_of(currency, parts[currency]) for currency in sorted(parts)]


def _figures_of(currency: str, parts: Mapping[str, Any]) -> CurrencyFigures:
    """Return the figures in a currency from the sums and counts of its parts."""

    def amount(part: str) -> Money:
        row = parts.get(part) or {"amount_high": 0, "amount_low": 0}
        return money_of_parts(row["amount_high"], row["amount_low"], currency)

    counts = {part: int(parts[part]["count"]) for part in _AGES if part in parts}
    return CurrencyFigures(
        ageing=Ageing(**{part: amount(part) for part in _AGES}),
        paid_this_month=amount("paid"),
        open_count=sum(counts.values()),
        overdue_count=sum(counts.values()) - counts.get("not_due", 0),
    )


async def load_all_figures(members: Sequence[Staff]) -> list[Sequence[CurrencyFigures]]:
    """Return the figures of the company of each."""
    return [await load_figures(staff) for staff in members]


async def count_overdue(staff: Staff) -> int:
    """Return how many of the company's invoices are overdue, MAX_COUNTED at most."""
    [row] = await fetch(_OVERDUE, staff.company_id, staff.today)
    count: int = row["overdue"]
    return count
