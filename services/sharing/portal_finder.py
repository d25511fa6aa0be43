"""Finding portals: the customer, and what is loaded together with it."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, NamedTuple, Self

from core.batching import Batcher
from db.compiled_queries import CompiledQuery, Record, records_of_arrays
from db.connections import connection
from db.statements import fetch_together, padded
from errors import BadInput
from models import Customer, Invoice
from services.common.pagination import CompiledPages, PageRequest
from services.sharing.accounts import STATUSES_OF_GROUPS, SUMS, InvoiceGroup, select_sums

OWNER: Final = "customer_id"
NOT_A_DRAFT: Final = "status <> 'DRAFT'"

PORTAL: Final = CompiledQuery(
    Customer, "company", where="customer.portal_token = $1 AND company.disabled_at IS NULL"
)
"""Finds the customer whose portal a token opens."""
_PORTALS: Final = CompiledQuery(
    Customer, "company", where="customer.portal_token = ANY($1) AND company.disabled_at IS NULL"
)
PARTIES: Final = ("seller_snapshot", "buyer_snapshot")
_CREATED: Final = "created_at"
"""What only cursors need, and takes more time than all other columns of a list."""
_SUMMARY: Final = frozenset(
    {
        *("id", "company_id", "customer_id", _CREATED),
        *("number", "language", "status", "issue_date", "due_date"),
        *("currency", "total", "amount_paid", "written_off", "amount_pending"),
        *("allow_partial_payment", "minimum_payment"),
        *("prices_include_tax", "discount_percent", "purchase_order", "buyer_reference"),
        *("payment_terms", "notes", "summary", "has_questions"),
    }
)
"""The columns of an invoice in a list."""
_CUSTOMER: Final = "(SELECT id FROM customer WHERE portal_token = $1)"
_MAX_TOGETHER: Final = 10
"""Portals that are loaded in one statement."""
_MAX_STATEMENTS: Final = 4
"""Statements that run at once, so that a portal with many invoices doesn't hold up others."""
_COUNTS: Final = "SELECT " + ", ".join(
    f"(SELECT count(*) FROM {table} WHERE customer_id = {{customer}} AND {NOT_A_DRAFT}) AS {name}"
    for table, name in (("quote", "quotes"), ("credit_note", "credit_notes"))
)


@dataclass(frozen=True, slots=True)
class InvoicesRequest:
    """A request for a page of the customer's invoices or of a group of them, the newest first.

    The invoices have the customer and its company. For a list, they have the columns of a list;
    otherwise all, and the parties that they name. A list may do without what its cursors need.
    """

    page: PageRequest
    is_list: bool
    group: InvoiceGroup | None = None
    with_cursors: bool = True

    @classmethod
    def of(
        cls,
        first: int,
        after: str | None,
        *,
        is_list: bool,
        group: InvoiceGroup | None = None,
        with_cursors: bool = True,
    ) -> Self:
        """Return the request of `first` invoices after a cursor. Raises BadInput as PageRequest."""
        return cls(PageRequest.of(first, after), is_list, group, with_cursors)

    @classmethod
    def if_valid(
        cls,
        first: int,
        after: str | None,
        *,
        is_list: bool,
        group: InvoiceGroup | None = None,
        with_cursors: bool = True,
    ) -> Self | None:
        """Return the same, or None if it is invalid, which is reported where the page is needed."""
        with suppress(BadInput):
            return cls.of(first, after, is_list=is_list, group=group, with_cursors=with_cursors)
        return None

    @property
    def pages(self) -> CompiledPages[Invoice]:
        """What finds the page."""
        return _pages_of(self.group, is_list=self.is_list, with_cursors=self.with_cursors)


@cache
def _pages_of(
    group: InvoiceGroup | None, *, is_list: bool, with_cursors: bool
) -> CompiledPages[Invoice]:
    statuses = STATUSES_OF_GROUPS[group] if group else ()
    where = [f"status = '{status}'" for status in statuses] or [NOT_A_DRAFT]
    if is_list:
        columns = _SUMMARY if with_cursors else _SUMMARY - {_CREATED}
        return CompiledPages(Invoice, owner=OWNER, where=where, only=columns)
    return CompiledPages(Invoice, *PARTIES, owner=OWNER, where=where)


class DocumentCounts(NamedTuple):
    """How many quotes and credit notes a customer has, without drafts."""

    quotes: int
    credit_notes: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is loaded together with a portal."""

    sums_on: date | None = None
    """The day of the sums; None if they aren't needed."""
    invoices: InvoicesRequest | None = None
    counts: bool = False

    @property
    def values(self) -> list[object]:
        """The values that PostgreSQL's statement takes after the token."""
        day, invoices = self.sums_on, self.invoices
        return [*([day] if day else []), *(invoices.page.values if invoices else [])]


class Found(NamedTuple):
    """The records of a portal, and of what is loaded with it."""

    portal: Record
    sums: Sequence[Record]
    invoices: Sequence[Record]
    counts: DocumentCounts | None


class PortalFinder:
    """Finds portals. Under load, requests that want the same things share a statement."""

    def __init__(self) -> None:
        self._batcher = Batcher(_find_each, most=_MAX_TOGETHER, at_once=_MAX_STATEMENTS)

    async def find(self, token: str, wanted: Wanted) -> Found | None:
        """Return the portal that `token` opens, with what is wanted of it, or None."""
        return await self._batcher.run((token, wanted))


async def _find_each(items: Sequence[tuple[str, Wanted]]) -> list[Found | None]:
    if connection().capabilities.dialect == "sqlite":
        return [await _find_in_sqlite(token, wanted) for token, wanted in items]
    tokens: defaultdict[Wanted, set[str]] = defaultdict(set)
    for token, wanted in items:
        tokens[wanted].add(token)
    found: dict[tuple[str, Wanted], Found] = {}
    for wanted, of_wanted in tokens.items():
        for record in await _fetch(list(of_wanted), wanted):
            found[str(record["portal_token"]), wanted] = _found(record, wanted)
    return [found.get(item) for item in items]


async def _fetch(tokens: Sequence[str], wanted: Wanted) -> Sequence[Record]:
    """Return the records of the portals that the tokens open, from PostgreSQL."""
    is_alone = len(tokens) == 1
    sql = _statement(
        PORTAL if is_alone else _PORTALS,
        with_account=wanted.sums_on is not None,
        pages=wanted.invoices and wanted.invoices.pages,
        is_first=wanted.invoices is None or wanted.invoices.page.is_first,
        counts=wanted.counts,
    )
    key = tokens[0] if is_alone else padded(tokens)
    _, records = await connection().execute_query(sql, [key, *wanted.values])
    return records


def _found(record: Record, wanted: Wanted) -> Found:
    more = list(record[PORTAL.columns.count :])
    counts = DocumentCounts(more.pop(0), more.pop(0)) if wanted.counts else None
    of_account = len(SUMS) if wanted.sums_on else 0
    return Found(
        record, records_of_arrays(more[:of_account]), records_of_arrays(more[of_account:]), counts
    )


@cache
def _statement(
    query: CompiledQuery[Customer],
    *,
    with_account: bool,
    pages: CompiledPages[Invoice] | None,
    is_first: bool,
    counts: bool,
) -> str:
    """Return PostgreSQL's statement, which takes the token or several, and the wanted values."""
    customer, selects, start = '"customer"."id"', [], 2
    if counts:
        selects.append(_COUNTS.format(customer=customer))
    if with_account:
        arrays = ", ".join(f"array_agg({name})" for name in SUMS)
        selects.append(f"SELECT {arrays} FROM ({select_sums(f'({customer})', '$2')}) AS sums")
        start = 3
    if pages:
        selects.append(pages.columns.arrays(pages.find(customer, start, is_first=is_first)))
    return query.select_with(*selects)


async def _find_in_sqlite(token: str, wanted: Wanted) -> Found | None:
    """Find the portal in one turn of a thread."""
    statements: list[tuple[str, Sequence[object]]] = [(PORTAL.select_with(), (token,))]
    if wanted.counts:
        statements.append((_COUNTS.format(customer=_CUSTOMER), (token,)))
    if wanted.sums_on:
        statements.append((select_sums(_CUSTOMER, "$2"), (token, wanted.sums_on)))
    if wanted.invoices:
        page = wanted.invoices.page
        sql = wanted.invoices.pages.select(_CUSTOMER, 2, is_first=page.is_first)
        statements.append((sql, (token, *page.values)))
    portals, *more = await fetch_together(*statements)
    if not portals:
        return None
    counts = DocumentCounts(*more.pop(0)[0]) if wanted.counts else None
    sums, invoices = more[0] if wanted.sums_on else (), more[-1] if wanted.invoices else ()
    return Found(portals[0], sums, invoices, counts)
