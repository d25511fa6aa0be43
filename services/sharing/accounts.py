"""What customers owe in each currency, and their credit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import itemgetter
from typing import Any, Final, Self
from uuid import UUID

from db.statements import fetch, placeholders
from models import LIVE_CREDIT, OPEN_STATUSES, Customer, InvoiceStatus
from models.companies import today_of
from models.money import Minor, Money

_PART: Final = 10**9
"""Amounts are summed in two parts, billions and the rest, because sums in SQLite overflow at 2^63.

The largest amount is 10^15, so 9,224 invoices could reach that.
"""
_AMOUNTS: Final = ("outstanding", "overdue", "credit")
SUMS: Final = (
    "currency",
    "invoices",
    *(f"{name}_{part}" for name in _AMOUNTS for part in ("high", "low")),
)
"""What is summed up for each currency of a customer."""


@dataclass(frozen=True, slots=True)
class CurrencyBalance:
    """What a customer owes in one currency, and the customer's credit."""

    outstanding: Money
    """What is due on all issued invoices."""
    overdue: Money
    """The part whose due date has passed."""
    credit: Money
    """What remains of credit notes."""


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """A customer's balances, ordered by currency code, and the number of invoices.

    There is a balance for each currency that has invoices, drafts aside, or live credit notes.
    """

    balances: Sequence[CurrencyBalance]
    invoice_count: int

    @property
    def is_overdue(self) -> bool:
        """Whether anything is overdue."""
        return any(balance.overdue.minor for balance in self.balances)

    @classmethod
    def of(cls, sums: Iterable[Sequence[Any]]) -> Self:
        """Return the account with these SUMS for each currency."""
        # Not sorted by the database: in some of its languages, CHF comes after CZK.
        ordered = sorted(sums, key=itemgetter(0))
        return cls(
            balances=[_balance(currency, parts) for currency, _, *parts in ordered],
            invoice_count=sum([invoices for _, invoices, *_ in ordered]),
        )


def _balance(currency: str, parts: Sequence[int]) -> CurrencyBalance:
    outstanding, overdue, credit = (
        money_of_parts(high, low, currency)
        for high, low in zip(parts[::2], parts[1::2], strict=True)
    )
    return CurrencyBalance(outstanding=outstanding, overdue=overdue, credit=credit)


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
    is_open = f"status IN {quoted(OPEN_STATUSES)}"
    due = "total - amount_paid - written_off"
    sums = sums_in_parts(*_AMOUNTS)
    return (
        f"SELECT {names} FROM ("
        f"SELECT customer_id, currency, SUM(invoices) AS invoices, {sums} FROM ("
        " SELECT customer_id, currency, 1 AS invoices,"
        f" CASE WHEN {is_open} THEN {due} ELSE 0 END AS outstanding,"
        f" CASE WHEN {is_open} AND due_date < {day} THEN {due} ELSE 0 END AS overdue,"
        " 0 AS credit"
        f" FROM invoice WHERE customer_id IN {ids} AND status <> '{InvoiceStatus.DRAFT}'"
        " UNION ALL"
        " SELECT customer_id, currency, 0, 0, 0, total - applied - paid_out"
        f" FROM credit_note WHERE customer_id IN {ids} AND status IN {quoted(LIVE_CREDIT)}"
        ") AS entry GROUP BY customer_id, currency) AS account"
    )


def sums_in_parts(*names: str) -> str:
    """Return the sums of amounts, as a SELECT lists them: each in two parts, high and low."""
    return ", ".join(
        f"CAST(SUM({name} / {_PART}) AS bigint) AS {name}_high,"
        f" CAST(SUM({name} % {_PART}) AS bigint) AS {name}_low"
        for name in names
    )


def money_of_parts(high: int, low: int, currency: str) -> Money:
    """Return the sum in two parts, as `sums_in_parts` selects it."""
    return Money(minor=Minor(high * _PART + low), currency=currency)


def quoted(statuses: frozenset[Any]) -> str:
    """Return statuses as a list in SQL."""
    return "(" + ", ".join(f"'{status}'" for status in sorted(statuses)) + ")"
