"""The documents of a customer's account, narrowed by a search, a currency or a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from operator import attrgetter
from typing import Final, Generic, TypeVar

from tortoise.queryset import QuerySet

from core.search_texts import search_terms
from db.counts import count_each_up_to
from db.search import Contains, MayContain, terms_for_index
from models import (
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceStatus,
    Quote,
    QuoteStatus,
)
from services.common.listings import MAX_COUNT, Order, Window, load_page
from services.common.pagination import BY_CREATION, Page
from services.common.validation import clean_currency
from services.sharing.accounts import STATUSES_OF_GROUPS, InvoiceGroup
from services.sharing.portal_finder import PARTIES

DocumentT = TypeVar("DocumentT", Invoice, Quote, CreditNote)

_newest: Final = attrgetter("created_at", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents of a list are wanted. An empty one wants all."""

    search: str = ""
    """Each of its words is found in them, as in the lists of staff."""
    currency: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None

    def __bool__(self) -> bool:
        """Return whether it leaves anything out."""
        if self.currency or self.issued_from or self.issued_to:
            return True
        return bool(self.terms)

    @property
    def terms(self) -> list[str]:
        """The words that are searched for."""
        return search_terms(self.search)

    def apply(self, rows: QuerySet[DocumentT]) -> QuerySet[DocumentT]:
        """Return the `rows` of a customer that are wanted. Raises BadInput for a currency."""
        rows = rows.filter(*map(Contains, self.terms))
        if self.currency:
            rows = rows.filter(currency=clean_currency(self.currency))
        if self.issued_from:
            rows = rows.filter(issue_date__gte=self.issued_from)
        if self.issued_to:
            rows = rows.filter(issue_date__lte=self.issued_to)
        return rows


@dataclass(frozen=True, slots=True)
class AccountList(Generic[DocumentT]):
    """A list of a customer's documents, newest first. They come with the customer and its company.

    Each part is looked up alone, by its own range of an index, and no document is in two.
    """

    customer: Customer
    parts: Sequence[QuerySet[DocumentT]]
    terms: Sequence[str] = ()
    """What is searched for."""

    async def page(self, window: Window) -> Page[DocumentT]:
        """Return a page, in one statement for each part. Raises BadInput for its cursor."""
        parts = await self._parts_by_index()
        pages = [await load_page(part, window, Order(BY_CREATION)) for part in parts]
        rows = list(merge(*[page.rows for page in pages], key=_newest, reverse=True))
        for row in rows:
            row.customer, row.company = self.customer, self.customer.company
        return Page(
            rows=rows[: window.size],
            key=BY_CREATION,
            has_next=len(rows) > window.size or any(page.has_next for page in pages),
            has_previous=window.cursor is not None,
        )

    async def count(self) -> int:
        """Return the number of documents, or MAX_COUNT if there are more."""
        parts = await self._parts_by_index()
        return min(MAX_COUNT, sum(await count_each_up_to(MAX_COUNT, parts)))

    async def _parts_by_index(self) -> Sequence[QuerySet[DocumentT]]:
        """Return the parts so that the index of texts finds terms that few documents have."""
        model, customer = self.parts[0].model, self.customer
        terms = await terms_for_index(model, customer.id, self.terms, owner="customer_id")
        if not terms:
            return self.parts
        return [part.filter(MayContain(customer.company_id, terms)) for part in self.parts]


def invoices_of(
    customer: Customer,
    narrowing: DocumentFilter,
    group: InvoiceGroup | None = None,
    *,
    with_parties: bool = False,
) -> AccountList[Invoice]:
    """Return the customer's invoices without drafts, or those of a group."""
    rows = narrowing.apply(Invoice.filter(customer_id=customer.id))
    rows = _with_parents(rows, with_parties=with_parties)
    if group is None:
        parts = [rows.exclude(status=InvoiceStatus.DRAFT)]
    else:
        parts = [rows.filter(status=status) for status in STATUSES_OF_GROUPS[group]]
    return AccountList(customer, parts, narrowing.terms)


def quotes_of(
    customer: Customer, narrowing: DocumentFilter, *, with_parties: bool = False
) -> AccountList[Quote]:
    """Return the customer's quotes without drafts."""
    rows = Quote.filter(customer_id=customer.id).exclude(status=QuoteStatus.DRAFT)
    rows = _with_parents(narrowing.apply(rows), with_parties=with_parties)
    return AccountList(customer, [rows], narrowing.terms)


def credit_notes_of(
    customer: Customer, narrowing: DocumentFilter, *, with_parties: bool = False
) -> AccountList[CreditNote]:
    """Return the customer's credit notes without drafts, with the invoices that they correct."""
    rows = CreditNote.filter(customer_id=customer.id).exclude(status=CreditNoteStatus.DRAFT)
    rows = narrowing.apply(rows)
    rows = _with_parents(rows, "invoice", with_parties=with_parties)
    return AccountList(customer, [rows], narrowing.terms)


def _with_parents(
    rows: QuerySet[DocumentT], *parents: str, with_parties: bool
) -> QuerySet[DocumentT]:
    """Return the rows with the named parents and, where needed, with the parties they name."""
    if with_parties:
        parents += PARTIES
    return rows.select_related(*parents) if parents else rows
