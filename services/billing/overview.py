"""What is open, overdue and paid in a company, per currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from auth.staff import Staff
from db.statements import fetch
from models import OPEN_STATUSES
from models.money import Money
from services.sharing.accounts import money_of_parts, quoted, sums_in_parts

_AMOUNTS: Final = ("open", "overdue", "paid")
_DUE: Final = "total - amount_paid - written_off"
_OF_MONTH: Final = "payment.company_id = $1 AND payment.received_at >= $3"
_FIGURES: Final = f"""
    SELECT currency, {sums_in_parts(*_AMOUNTS)} FROM (
        SELECT currency, {_DUE} AS open, CASE WHEN due_date < $2 THEN {_DUE} ELSE 0 END AS overdue,
            0 AS paid
        FROM invoice WHERE company_id = $1 AND status IN {quoted(OPEN_STATUSES)}
        UNION ALL
        SELECT currency, 0, 0, amount FROM payment WHERE {_OF_MONTH}
        UNION ALL
        SELECT payment.currency, 0, 0, -reversal.amount
        FROM reversal JOIN payment ON payment.id = reversal.payment_id
        WHERE reversal.company_id = $1 AND {_OF_MONTH}
    ) AS entry GROUP BY currency
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyFigures:
    """The figures in one currency."""

    open: Money
    """What is due on issued invoices."""
    overdue: Money
    """The part whose due date has passed."""
    paid_this_month: Money
    """Payments received in the current month, less what was refunded or reversed."""


async def load_figures(staff: Staff) -> Sequence[CurrencyFigures]:
    """Return the company's figures in each currency that has any, sorted by code.

    It takes one statement over what is open and what was paid in the month, on the company's day.
    """
    midnight = datetime.combine(staff.today.replace(day=1), time(), ZoneInfo(staff.time_zone))
    figures = []
    for row in await fetch(_FIGURES, staff.company_id, staff.today, midnight):
        currency = row["currency"]
        open_, overdue, paid = (
            money_of_parts(row[f"{name}_high"], row[f"{name}_low"], currency) for name in _AMOUNTS
        )
        figures.append(CurrencyFigures(open=open_, overdue=overdue, paid_this_month=paid))
    return sorted(figures, key=lambda each: each.open.currency)


async def load_all_figures(members: Sequence[Staff]) -> list[Sequence[CurrencyFigures]]:
    """Return the figures of the company of each."""
    return [await load_figures(staff) for staff in members]
