"""A customer's portal: the account, and pages of the invoices and of the credit notes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Final, NamedTuple, Self

from tortoise.queryset import QuerySet

from db.compiled_queries import CompiledQuery, Record, records_of_arrays
from db.connections import connection
from db.statements import fetch_together
from errors import BadInput
from models import CreditNote, CreditNoteStatus, Customer, Invoice
from models.companies import today_in, today_of
from services.common.pagination import CompiledPages, Page, PageRequest
from services.sharing.accounts import SUMS, AccountSummary, load_account, select_sums

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
_CREDIT_NOTE_COUNT: Final = (
    f"SELECT count(*) AS count FROM credit_note WHERE customer_id = {{}} AND {_NOT_A_DRAFT}"
)

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
    credit_note_count: int | None = None
    """The number of the customer's credit notes without drafts, where it was asked for."""

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
    token: str,
    *,
    with_account: bool = False,
    request: InvoicesRequest | None = None,
    counts_credit_notes: bool = False,
) -> OpenPortal | None:
    """Return the portal that `token` opens, with what is asked for, or None if it opens none.

    It takes one statement on PostgreSQL, and one turn of a thread on SQLite. The account takes
    another one while it isn't the same day at the company as in UTC.
    """
    day = today_in("UTC") if with_account else None
    found = await _find(token, day, request, counts_credit_notes=counts_credit_notes)
    if not found.portals:
        return None
    [customer] = PORTAL.build(found.portals)
    portal = OpenPortal(
        customer=customer,
        account=AccountSummary.of(found.sums) if day else None,
        request=request,
        invoices=_page_for(customer, request, found.invoices) if request else None,
        credit_note_count=found.credit_note_count,
    )
    if day and portal.today != day:
        return replace(portal, account=await load_account(customer))
    return portal


class _Found(NamedTuple):
    """The records of a portal, and of what is loaded with it."""

    portals: Sequence[Record]
    sums: Sequence[Record] = ()
    invoices: Sequence[Record] = ()
    credit_note_count: int | None = None


async def _find(
    token: str, day: date | None, request: InvoicesRequest | None, *, counts_credit_notes: bool
) -> _Found:
    """Find the customer, the sums on a `day`, the page of invoices, and the count."""
    client = connection()
    if client.capabilities.dialect == "sqlite":
        return await _find_in_sqlite(token, day, request, counts_credit_notes=counts_credit_notes)
    sql = _statement(
        with_account=day is not None,
        pages=request and request.pages,
        is_first=request is None or request.page.is_first,
        counts_credit_notes=counts_credit_notes,
    )
    values = [token, *([day] if day else []), *(request.page.values if request else [])]
    _, records = await client.execute_query(sql, values)
    if not records:
        return _Found(())
    more = list(records[0][PORTAL.columns.count :])
    count = more.pop(0) if counts_credit_notes else None
    of_account = len(SUMS) if day else 0
    return _Found(
        records, records_of_arrays(more[:of_account]), records_of_arrays(more[of_account:]), count
    )


@cache
def _statement(
    *,
    with_account: bool,
    pages: CompiledPages[Invoice] | None,
    is_first: bool,
    counts_credit_notes: bool,
) -> str:
    """Return PostgreSQL's statement, which takes the token, the day and the page's values."""
    customer, selects, start = '"customer"."id"', [], 2
    if counts_credit_notes:
        selects.append(_CREDIT_NOTE_COUNT.format(customer))
    if with_account:
        arrays = ", ".join(f"array_agg({name})" for name in SUMS)
        selects.append(f"SELECT {arrays} FROM ({select_sums(f'({customer})', '$2')}) AS sums")
        start = 3
    if pages:
        selects.append(pages.columns.arrays(pages.find(customer, start, is_first=is_first)))
    return PORTAL.select_with(*selects)


async def _find_in_sqlite(
    token: str, day: date | None, request: InvoicesRequest | None, *, counts_credit_notes: bool
) -> _Found:
    statements: list[tuple[str, Sequence[object]]] = [(PORTAL.select_with(), (token,))]
    if counts_credit_notes:
        statements.append((_CREDIT_NOTE_COUNT.format(_CUSTOMER), (token,)))
    if day:
        statements.append((select_sums(_CUSTOMER, "$2"), (token, day)))
    if request:
        page = request.page
        sql = request.pages.select(_CUSTOMER, 2, is_first=page.is_first)
        statements.append((sql, (token, *page.values)))
    records, *more = await fetch_together(*statements)
    count = int(more.pop(0)[0]["count"]) if counts_credit_notes else None
    return _Found(records, more[0] if day else (), more[-1] if request else (), count)


def _page_for(
    customer: Customer, request: InvoicesRequest, records: Sequence[Record]
) -> Page[Invoice]:
    pages, company = request.pages, customer.company
    return pages.build(records, request.page, customer=customer, company=company)


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
