"""A customer's portal: the balance in each currency, the invoices and the credit notes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from db.compiled_queries import CompiledQuery
from db.connections import connection
from db.statements import fetch, placeholders
from models import (
    LIVE_CREDIT,
    OPEN_STATUSES,
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceStatus,
)
from models.companies import today_in, today_of
from models.money import Minor, Money
from services.common.pagination import CompiledPages, Page

_PART: Final = 10**9
"""Amounts are summed in two parts, billions and the rest, because sums in SQLite overflow at 2^63.

The largest amount is 10^15, so 9,224 invoices could reach that.
"""
_CREDIT_NOTE_COUNT: Final = (
    "SELECT count(*) AS count FROM credit_note"
    f" WHERE customer_id = $1 AND status <> '{CreditNoteStatus.DRAFT}'"
)
_AMOUNTS: Final = ("outstanding", "overdue", "credit")
_SUMS: Final = (
    "currency",
    "invoices",
    *(f"{name}_{part}" for name in _AMOUNTS for part in ("high", "low")),
)
"""What is summed up for each currency of a customer."""
PORTAL: Final = CompiledQuery(Customer, "company", where="customer.portal_token = $1")
"""Finds the customer whose portal a token opens."""
_PARTIES: Final = ("seller_snapshot", "buyer_snapshot")

_SUMMARY: Final = frozenset(
    {
        *("id", "company_id", "customer_id", "created_at"),
        *("number", "language", "status", "issue_date", "due_date"),
        *("currency", "total", "amount_paid", "written_off", "amount_pending"),
        *("allow_partial_payment", "minimum_payment"),
        *("prices_include_tax", "discount_percent", "purchase_order", "buyer_reference"),
        *("payment_terms", "notes"),
    }
)
"""The columns of an invoice in a list."""
_OWN_INVOICES: Final = "invoice.customer_id = $1 AND invoice.status <> 'DRAFT'"
_OWN_CREDIT_NOTES: Final = "credit_note.customer_id = $1 AND credit_note.status <> 'DRAFT'"

_invoices: Final = CompiledPages(Invoice, *_PARTIES, where=_OWN_INVOICES)
_summaries: Final = CompiledPages(Invoice, where=_OWN_INVOICES, only=_SUMMARY)
_credit_notes: Final = CompiledPages(CreditNote, "invoice", *_PARTIES, where=_OWN_CREDIT_NOTES)
_credit_notes_alone: Final = CompiledPages(CreditNote, "invoice", where=_OWN_CREDIT_NOTES)


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


async def load_account(customer: Customer) -> AccountSummary:
    """Return the account of a customer, who comes with its company, on the company's day."""
    [account] = await load_accounts([(customer.id, today_of(customer.company))])
    return account


async def load_accounts(keys: list[tuple[UUID, date]]) -> list[AccountSummary]:
    """Return the accounts of customers on a day, in one statement.

    The customers are of one company, and so the days are its today.

    Nothing is due on drafts and cancelled invoices. Currencies are never added up.
    """
    customer_ids = [customer_id for customer_id, _ in keys]
    [today] = {day for _, day in keys}
    rows = await fetch(_accounts_sql(len(keys)), *customer_ids, today)
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    # Not sorted by the database: in some of its languages, CHF comes after CZK.
    for row in sorted(rows, key=lambda row: str(row["currency"])):
        grouped[str(row["customer_id"])].append(row)
    return [_account(grouped[str(customer_id)]) for customer_id in customer_ids]


async def find_with_account(token: str) -> tuple[Customer, AccountSummary] | None:
    """Return the customer whose portal `token` opens, with company and account, or None.

    PostgreSQL needs one statement while it is the same day at the company as in UTC.
    """
    client = connection()
    if client.capabilities.dialect != "postgres":
        customer = await PORTAL.first(token)
        return (customer, await load_account(customer)) if customer else None
    day = today_in("UTC")
    _, records = await client.execute_query(_portal_sql(), [token, day])
    if not records:
        return None
    [customer] = PORTAL.build(records)
    if today_of(customer.company) != day:
        return customer, await load_account(customer)
    rows = [dict(zip(_SUMS, row, strict=True)) for row in records[0][-1]]
    return customer, _account(sorted(rows, key=lambda row: str(row["currency"])))


@cache
def _portal_sql() -> str:
    """Return the statement that finds a portal with its sums. It takes the token and the day."""
    sums = _sums_sql('("customer"."id")', "$2")
    return PORTAL.select(f"ARRAY(SELECT ROW({', '.join(_SUMS)}) FROM ({sums}) AS account)")


@cache
def _accounts_sql(customers: int) -> str:
    """Return the statement for a number of customers. It takes their ids, then the day."""
    return _sums_sql(placeholders(1, customers), f"${customers + 1}")


def _sums_sql(ids: str, day: str) -> str:
    """Return the statement for the sums of customers with one of the `ids` on a day."""
    is_open = f"status IN {_quoted(OPEN_STATUSES)}"
    due = "total - amount_paid - written_off"
    sums = ", ".join(
        f"SUM({name} / {_PART}) AS {name}_high, SUM({name} % {_PART}) AS {name}_low"
        for name in _AMOUNTS
    )
    return (
        f"SELECT customer_id, currency, SUM(invoices) AS invoices, {sums} FROM ("
        " SELECT customer_id, currency, 1 AS invoices,"
        f" CASE WHEN {is_open} THEN {due} ELSE 0 END AS outstanding,"
        f" CASE WHEN {is_open} AND due_date < {day} THEN {due} ELSE 0 END AS overdue,"
        " 0 AS credit"
        f" FROM invoice WHERE customer_id IN {ids} AND status <> '{InvoiceStatus.DRAFT}'"
        " UNION ALL"
        " SELECT customer_id, currency, 0, 0, 0, total - applied - paid_out"
        f" FROM credit_note WHERE customer_id IN {ids} AND status IN {_quoted(LIVE_CREDIT)}"
        ") AS entry GROUP BY customer_id, currency"
    )


def _quoted(statuses: frozenset[Any]) -> str:
    return "(" + ", ".join(f"'{status}'" for status in sorted(statuses)) + ")"


def _account(rows: Sequence[Any]) -> AccountSummary:
    return AccountSummary(
        balances=[
            CurrencyBalance(**{name: _money(row, name) for name in _AMOUNTS}) for row in rows
        ],
        invoice_count=sum(int(row["invoices"]) for row in rows),
    )


def _money(row: Any, name: str) -> Money:  # noqa: ANN401  # a row of either database
    minor = int(row[f"{name}_high"]) * _PART + int(row[f"{name}_low"])
    return Money(minor=Minor(minor), currency=row["currency"])


async def page_of_invoices(
    customer: Customer, first: int, after: str | None, *, is_list: bool
) -> Page[Invoice]:
    """Return a page of the customer's invoices, the newest first, in one statement.

    The invoices have `customer` and its company, which comes with it. For a list, they have the
    columns of a list; otherwise all, and the parties that they name. Raises BadInput for an
    invalid cursor.
    """
    return await (_summaries if is_list else _invoices).page(
        customer.id, first, after, customer=customer, company=customer.company
    )


async def count_credit_notes(customer: Customer) -> int:
    """Return the number of the customer's credit notes without drafts."""
    [row] = await fetch(_CREDIT_NOTE_COUNT, customer.id)
    return int(row["count"])


def credit_notes_of(customer: Customer) -> QuerySet[CreditNote]:
    """Return the customer's credit notes without drafts."""
    return CreditNote.filter(customer_id=customer.id).exclude(status=CreditNoteStatus.DRAFT)


async def page_of_credit_notes(
    customer: Customer, first: int, after: str | None, *, with_parties: bool
) -> Page[CreditNote]:
    """Return a page of the customer's credit notes, the newest first, in one statement.

    They have `customer` and its company, which comes with it, the invoices that they correct, and
    with `with_parties` the parties that they name. Raises BadInput for an invalid cursor.
    """
    return await (_credit_notes if with_parties else _credit_notes_alone).page(
        customer.id, first, after, customer=customer, company=customer.company
    )
