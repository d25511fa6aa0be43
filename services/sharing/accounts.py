"""What customers owe in each currency, and their credit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from operator import itemgetter
from typing import Any, Final, Self
from uuid import UUID

from db.statements import fetch, placeholders
from db.triggers.account_entries import PART
from models import LIVE_CREDIT, OPEN_STATUSES, Customer, InvoiceStatus
from models.companies import today_of
from values.money import Minor, Money

_AMOUNTS: Final = ("outstanding", "overdue", "pending", "credit")
_COUNTS: Final = ("open", "late", "paid", "cancelled", "notes")
SUMS: Final = (
    "currency",
    *_COUNTS,
    *("next_due", "first_issued", "note"),
    *(f"{name}_{part}" for name in _AMOUNTS for part in ("high", "low")),
)
"""What is summed up for each currency of a customer."""


class InvoiceGroup(StrEnum):
    """The invoices of an account by what is to be done about them. Each is in one group."""

    OPEN = "OPEN"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


STATUSES_OF_GROUPS: Final[Mapping[InvoiceGroup, Sequence[InvoiceStatus]]] = {
    InvoiceGroup.OPEN: tuple(sorted(OPEN_STATUSES)),
    InvoiceGroup.PAID: (InvoiceStatus.PAID,),
    InvoiceGroup.CANCELLED: (InvoiceStatus.CANCELLED,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyBalance:
    """What a customer owes in one currency, and the customer's credit."""

    outstanding: Money
    """What is due on all issued invoices."""
    overdue: Money
    """The part whose due date has passed."""
    pending: Money
    """The part that is on its way."""
    credit: Money
    """What remains of credit notes."""
    open_count: int
    """Invoices that are issued and not fully paid."""
    overdue_count: int
    paid_count: int
    cancelled_count: int
    next_due: date | None
    """The next day on which something is due that isn't on its way."""
    first_issued: date | None
    """The earliest issue date of an invoice."""
    credit_count: int
    """Credit notes of which something remains."""
    credit_note: str | None
    """The number of the first of these."""

    @property
    def currency(self) -> str:
        """The code of its currency."""
        return self.outstanding.currency

    def count(self, group: InvoiceGroup) -> int:
        """Return the number of invoices in a group."""
        counts = {
            InvoiceGroup.OPEN: self.open_count,
            InvoiceGroup.PAID: self.paid_count,
            InvoiceGroup.CANCELLED: self.cancelled_count,
        }
        return counts[group]


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """A customer's balances, ordered by currency code.

    There is one for each currency that has invoices, drafts aside, or live credit notes.
    """

    balances: Sequence[CurrencyBalance]

    @property
    def is_overdue(self) -> bool:
        """Whether anything is overdue."""
        return any(balance.overdue.minor for balance in self.balances)

    @property
    def first_issued(self) -> date | None:
        """The earliest issue date of an invoice."""
        days = [each.first_issued for each in self.balances if each.first_issued]
        return min(days, default=None)

    def invoice_count(self, group: InvoiceGroup | None = None) -> int:
        """Return the number of invoices without drafts, or of those in a group."""
        groups = InvoiceGroup if group is None else [group]
        return sum(balance.count(each) for balance in self.balances for each in groups)

    @classmethod
    def of(cls, sums: Iterable[Sequence[Any]]) -> Self:
        """Return the account with these SUMS for each currency."""
        # Not sorted by the database: in some of its languages, CHF comes after CZK.
        ordered = sorted(sums, key=itemgetter(0))
        return cls(balances=[_balance(*sums) for sums in ordered])


def _balance(currency: str, *sums: Any) -> CurrencyBalance:  # noqa: ANN401  # as selected
    open_, late, paid, cancelled, notes, next_due, first_issued, note, *parts = sums
    outstanding, overdue, pending, credit = (
        money_of_parts(high, low, currency)
        for high, low in zip(parts[::2], parts[1::2], strict=True)
    )
    return CurrencyBalance(
        outstanding=outstanding,
        overdue=overdue,
        pending=pending,
        credit=credit,
        open_count=open_,
        overdue_count=late,
        paid_count=paid,
        cancelled_count=cancelled,
        next_due=_day(next_due),
        first_issued=_day(first_issued),
        credit_count=notes,
        credit_note=note,
    )


def _day(value: date | str | None) -> date | None:
    """Return a day as either database selects it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


async def load_account(customer: Customer) -> AccountSummary:
    """Return the account of a customer, who comes with its company, on the company's day."""
    [account] = await load_accounts([(customer.id, today_of(customer.company))])
    return account


async def load_accounts(keys: list[tuple[UUID, date]]) -> list[AccountSummary]:
    """Return the accounts of customers of one company on its current day, in one statement.

    Nothing is due on drafts and cancelled invoices. Currencies are never added up.
    """
    customer_ids = [customer_id for customer_id, _ in keys]
    today = max(day for _, day in keys)  # there are two while midnight passes
    rows = await fetch(_accounts_sql(len(keys)), *customer_ids, today)
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[str(row["customer_id"])].append([row[name] for name in SUMS])
    return [AccountSummary.of(grouped[str(customer_id)]) for customer_id in customer_ids]


@cache
def _accounts_sql(customers: int) -> str:
    """Return the statement for a number of customers. It takes their ids, then the day."""
    return select_sums(placeholders(1, customers), f"${customers + 1}", "customer_id")


def select_sums(ids: str, day: str, *more: str) -> str:
    """Return the statement for the SUMS of customers with one of the `ids` on a day."""
    names = ", ".join([*more, *SUMS])
    due, left = "total - amount_paid - written_off", "total - applied - paid_out"
    is_late, open_ = f"due_date < {day}", quoted(OPEN_STATUSES)
    counts = ", ".join(f"CAST(SUM({name}) AS bigint) AS {name}" for name in _COUNTS)
    first = "MIN(next_due) AS next_due, MIN(first_issued) AS first_issued, MIN(note) AS note"
    paid, cancelled = (
        _settled(ids, status) for status in (InvoiceStatus.PAID, InvoiceStatus.CANCELLED)
    )
    return (
        f"SELECT {names} FROM ("
        f"SELECT customer_id, currency, {counts}, {first}, {sums_in_parts(*_AMOUNTS)} FROM ("
        f" SELECT customer_id, currency, 1 AS open, CASE WHEN {is_late} THEN 1 ELSE 0 END AS late,"
        " 0 AS paid, 0 AS cancelled, 0 AS notes,"
        f" CASE WHEN due_date >= {day} AND {due} > amount_pending THEN due_date END AS next_due,"
        " issue_date AS first_issued, NULL AS note,"
        f" {due} AS outstanding, CASE WHEN {is_late} THEN {due} ELSE 0 END AS overdue,"
        f" CASE WHEN amount_pending > {due} THEN {due} ELSE amount_pending END AS pending,"
        " 0 AS credit"
        f" FROM invoice WHERE customer_id IN {ids} AND status IN {open_}"
        f" UNION ALL {paid} UNION ALL {cancelled} UNION ALL"
        f" SELECT customer_id, currency, 0, 0, 0, 0, CASE WHEN {left} > 0 THEN 1 ELSE 0 END,"
        f" NULL, NULL, CASE WHEN {left} > 0 THEN number END, 0, 0, 0, {left}"
        f" FROM credit_note WHERE customer_id IN {ids} AND status IN {quoted(LIVE_CREDIT)}"
        ") AS entry GROUP BY customer_id, currency) AS account"
    )


def _settled(ids: str, status: InvoiceStatus) -> str:
    """Return the SELECT that only counts the invoices on which nothing is due."""
    counts = ", ".join("COUNT(*)" if name == status.lower() else "0" for name in _COUNTS)
    return (
        f"SELECT customer_id, currency, {counts}, NULL, MIN(issue_date), NULL, 0, 0, 0, 0"
        f" FROM invoice WHERE customer_id IN {ids} AND status = '{status}'"
        " GROUP BY customer_id, currency"
    )


def sums_in_parts(*names: str) -> str:
    """Return the sums of amounts, as a SELECT lists them: each in two parts, high and low."""
    return ", ".join(
        f"CAST(SUM({name} / {PART}) AS bigint) AS {name}_high,"
        f" CAST(SUM({name} % {PART}) AS bigint) AS {name}_low"
        for name in names
    )


def money_of_parts(high: int, low: int, currency: str) -> Money:
    """Return the sum in two parts, as `sums_in_parts` selects it."""
    return Money(minor=Minor(high * PART + low), currency=currency)


def quoted(statuses: frozenset[Any]) -> str:
    """Return statuses as a list in SQL."""
    return "(" + ", ".join(f"'{status}'" for status in sorted(statuses)) + ")"
