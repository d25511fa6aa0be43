"""A customer's portal: the account, and pages of the invoices and of the credit notes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Final, Self

from tortoise.queryset import QuerySet

from db.compiled_queries import CompiledQuery, Record, records_of_arrays
from db.connections import connection
from db.statements import fetch, fetch_together
from errors import BadInput
from models import CreditNote, CreditNoteStatus, Customer, Invoice
from models.companies import today_in, today_of
from services.common.pagination import CompiledPages, Page, PageRequest
from services.sharing.accounts import SUMS, AccountSummary, load_account, select_sums

_CREDIT_NOTE_COUNT: Final = (
    "SELECT count(*) AS count FROM credit_note"
    f" WHERE customer_id = $1 AND status <> '{CreditNoteStatus.DRAFT}'"
)
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
_CUSTOMER: Final = "(SELECT id FROM customer WHERE portal_token = $1)"
_OWNER: Final = "customer_id"
_NOT_A_DRAFT: Final = "status <> 'DRAFT'"

_invoices: Final = CompiledPages(Invoice, *_PARTIES, owner=_OWNER, where=_NOT_A_DRAFT)
_summaries: Final = CompiledPages(Invoice, owner=_OWNER, where=_NOT_A_DRAFT, only=_SUMMARY)
_credit_notes: Final = CompiledPages(
    CreditNote, "invoice", *_PARTIES, owner=_OWNER, where=_NOT_A_DRAFT
)
_credit_notes_alone: Final = CompiledPages(CreditNote, "invoice", owner=_OWNER, where=_NOT_A_DRAFT)


@dataclass(frozen=True, slots=True)
class InvoicesRequest:
    """A page of the customer's invoices, the newest first, that is asked for.

    The invoices have the customer and its company. For a list, they have the columns of a list;
    otherwise all, and the parties that they name.
    """

    page: PageRequest
    is_list: bool

    @classmethod
    def of(cls, first: int, after: str | None, *, is_list: bool) -> Self:
        """Return the request of `first` invoices after a cursor. Raises BadInput as PageRequest."""
        return cls(PageRequest.of(first, after), is_list)

    @classmethod
    def if_valid(cls, first: int, after: str | None, *, is_list: bool) -> Self | None:
        """Return the same, or None if it is invalid, which is reported where the page is needed."""
        with suppress(BadInput):
            return cls.of(first, after, is_list=is_list)
        return None

    @property
    def pages(self) -> CompiledPages[Invoice]:
        """What finds the page."""
        return _summaries if self.is_list else _invoices


@dataclass(frozen=True)
class OpenPortal:
    """A customer's portal, and what of it was loaded together with the customer."""

    customer: Customer
    """The customer, who comes with its company."""
    account: AccountSummary | None = None
    request: InvoicesRequest | None = None
    invoices: Page[Invoice] | None = None
    """The page of the request."""

    @cached_property
    def today(self) -> date:
        """The current date where the company is."""
        return today_of(self.customer.company)

    @property
    def loaded_account(self) -> AccountSummary:
        """The account, where it was asked for."""
        assert self.account is not None
        return self.account

    def loaded(self, request: InvoicesRequest) -> Page[Invoice] | None:
        """Return the page that is asked for, if it is loaded already."""
        return self.invoices if request == self.request else None

    async def load(self, request: InvoicesRequest) -> Page[Invoice]:
        """Return the page that is asked for, in one statement at most."""
        loaded = self.loaded(request)
        if loaded is not None:
            return loaded
        records = await request.pages.fetch(self.customer.id, request.page)
        return _page_for(self.customer, request, records)


async def open_portal(
    token: str, *, with_account: bool = False, request: InvoicesRequest | None = None
) -> OpenPortal | None:
    """Return the portal that `token` opens, with what is asked for, or None if it opens none.

    It takes one statement on PostgreSQL, and one turn of a thread on SQLite. The account takes
    another one while it isn't the same day at the company as in UTC.
    """
    day = today_in("UTC") if with_account else None
    records, sums, found = await _find(token, day, request)
    if not records:
        return None
    [customer] = PORTAL.build(records)
    portal = OpenPortal(
        customer=customer,
        account=AccountSummary.of(sums) if day else None,
        request=request,
        invoices=_page_for(customer, request, found) if request else None,
    )
    if day and portal.today != day:
        return replace(portal, account=await load_account(customer))
    return portal


async def _find(
    token: str, day: date | None, request: InvoicesRequest | None
) -> tuple[Sequence[Record], Sequence[Record], Sequence[Record]]:
    """Return the records of the customer, of the sums on a `day`, and of the page of invoices."""
    client = connection()
    if client.capabilities.dialect == "sqlite":
        return await _find_in_sqlite(token, day, request)
    sql = _statement(
        with_account=day is not None,
        pages=request and request.pages,
        is_first=request is None or request.page.is_first,
    )
    values = [token, *([day] if day else []), *(request.page.values if request else [])]
    _, records = await client.execute_query(sql, values)
    if not records:
        return (), (), ()
    arrays = records[0][PORTAL.columns.count :]
    of_account = len(SUMS) if day else 0
    return records, records_of_arrays(arrays[:of_account]), records_of_arrays(arrays[of_account:])


@cache
def _statement(*, with_account: bool, pages: CompiledPages[Invoice] | None, is_first: bool) -> str:
    """Return PostgreSQL's statement, which takes the token, the day and the page's values."""
    customer, selects, start = '"customer"."id"', [], 2
    if with_account:
        arrays = ", ".join(f"array_agg({name})" for name in SUMS)
        selects.append(f"SELECT {arrays} FROM ({select_sums(f'({customer})', '$2')}) AS sums")
        start = 3
    if pages:
        selects.append(pages.columns.arrays(pages.find(customer, start, is_first=is_first)))
    return PORTAL.select_with(*selects)


async def _find_in_sqlite(
    token: str, day: date | None, request: InvoicesRequest | None
) -> tuple[Sequence[Record], Sequence[Record], Sequence[Record]]:
    statements: list[tuple[str, Sequence[object]]] = [(PORTAL.select_with(), (token,))]
    if day:
        statements.append((select_sums(_CUSTOMER, "$2"), (token, day)))
    if request:
        page = request.page
        sql = request.pages.select(_CUSTOMER, 2, is_first=page.is_first)
        statements.append((sql, (token, *page.values)))
    records, *more = await fetch_together(*statements)
    return records, more[0] if day else (), more[-1] if request else ()


def _page_for(
    customer: Customer, request: InvoicesRequest, records: Sequence[Record]
) -> Page[Invoice]:
    pages, company = request.pages, customer.company
    return pages.build(records, request.page, customer=customer, company=company)


async def count_credit_notes(customer: Customer) -> int:
    """Return the number of the customer's credit notes without drafts."""
    [row] = await fetch(_CREDIT_NOTE_COUNT, customer.id)
    return int(row["count"])


def credit_notes_of(customer: Customer) -> QuerySet[CreditNote]:
    """Return the customer's credit notes without drafts."""
    return CreditNote.filter(customer_id=customer.id).exclude(status=CreditNoteStatus.DRAFT)


async def page_of_credit_notes(
    customer: Customer, request: PageRequest, *, with_parties: bool
) -> Page[CreditNote]:
    """Return a page of the customer's credit notes, the newest first, in one statement.

    They have `customer` and its company, which comes with it, the invoices that they correct, and
    with `with_parties` the parties that they name.
    """
    pages = _credit_notes if with_parties else _credit_notes_alone
    records = await pages.fetch(customer.id, request)
    return pages.build(records, request, customer=customer, company=customer.company)
