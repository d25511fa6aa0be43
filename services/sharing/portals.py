"""What a customer's portal shows: how the customer stands in each currency, and its invoices."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from db.statements import fetch, placeholders
from models import LIVE_CREDIT, OPEN_STATUSES, Customer, Invoice, InvoiceStatus
from models.money import Minor, Money
from services.common.pagination import Page, newest_first

_PART: Final = 10**9
"""SQLite has no sums over 2^63, so amounts are summed up in two parts: billions, and the rest."""
_AMOUNTS: Final = ("outstanding", "overdue", "credit")


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer owes, and has good, in one currency."""

    outstanding: Money
    """What is due on every issued invoice."""
    overdue: Money
    """The part of it whose due date (in UTC) has passed."""
    credit: Money
    """What is left of credit notes."""


@dataclass(frozen=True, slots=True)
class Account:
    """How a customer stands: a balance for each currency, by code, and how many invoices it has.

    A currency has a balance once there is an invoice that is no draft, or live credit, in it.
    """

    balances: Sequence[Balance]
    invoice_count: int

    @property
    def is_overdue(self) -> bool:
        """Whether money is owed whose due date has passed."""
        return any(balance.overdue.minor for balance in self.balances)


async def load_accounts(customer_ids: list[UUID]) -> list[Account]:
    """Return how each of the customers stands, in one statement, however many invoices there are.

    Drafts and cancelled invoices owe nothing. Currencies are never added up.
    """
    rows = await fetch(_sum_up(len(customer_ids)), *customer_ids, datetime.now(UTC).date())
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    # Not by the database: by some languages' rules CHF comes after CZK.
    for row in sorted(rows, key=lambda row: str(row["currency"])):
        grouped[str(row["customer_id"])].append(row)
    return [_account(grouped[str(customer_id)]) for customer_id in customer_ids]


def _sum_up(customers: int) -> str:
    """Return the statement for so many customers; their ids come first, then the day."""
    ids = placeholders(1, customers)
    is_open = f"status IN {_quoted(OPEN_STATUSES)}"
    due = "total - amount_paid"
    sums = ", ".join(
        f"SUM({name} / {_PART}) AS {name}_high, SUM({name} % {_PART}) AS {name}_low"
        for name in _AMOUNTS
    )
    return (
        f"SELECT customer_id, currency, SUM(invoices) AS invoices, {sums} FROM ("
        " SELECT customer_id, currency, 1 AS invoices,"
        f" CASE WHEN {is_open} THEN {due} ELSE 0 END AS outstanding,"
        f" CASE WHEN {is_open} AND due_date < ${customers + 1} THEN {due} ELSE 0 END AS overdue,"
        " 0 AS credit"
        f" FROM invoice WHERE customer_id IN {ids} AND status <> '{InvoiceStatus.DRAFT}'"
        " UNION ALL"
        " SELECT customer_id, currency, 0, 0, 0, total - applied"
        f" FROM credit_note WHERE customer_id IN {ids} AND status IN {_quoted(LIVE_CREDIT)}"
        ") AS entry GROUP BY customer_id, currency"
    )


def _quoted(statuses: frozenset[Any]) -> str:
    return "(" + ", ".join(f"'{status}'" for status in sorted(statuses)) + ")"


def _account(rows: Sequence[Any]) -> Account:
    return Account(
        balances=[Balance(**{name: _money(row, name) for name in _AMOUNTS}) for row in rows],
        invoice_count=sum(int(row["invoices"]) for row in rows),
    )


def _money(row: Any, name: str) -> Money:  # noqa: ANN401  # a row of either database
    minor = int(row[f"{name}_high"]) * _PART + int(row[f"{name}_low"])
    return Money(Minor(minor), row["currency"])


def invoices_of(customer: Customer) -> QuerySet[Invoice]:
    """Return the customer's invoices; drafts are not among them."""
    return Invoice.filter(customer_id=customer.id).exclude(status=InvoiceStatus.DRAFT)


async def invoice_page(customer: Customer, first: int, after: str | None) -> Page[Invoice]:
    """Return a page of the customer's invoices, the newest first, in one statement.

    Each has the customer, and with it the company, that the caller has loaded. Raises BadInput as
    `newest_first` does.
    """
    page = await newest_first(invoices_of(customer), first, after)
    for invoice in page.rows:
        invoice.customer, invoice.company = customer, customer.company
    return page
