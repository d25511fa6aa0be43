"""The pages of lists: their rows, tabs, filters and links."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, Self

from tortoise.queryset import QuerySet

from db.counts import count_each_up_to
from models import Customer
from models.currencies import EXPONENTS
from services.common.listings import Listing, Window
from services.common.lookups import get_owned
from services.common.pagination import Page
from services.email.many import MAX_INVOICES
from web.dashboard.lists.addresses import ListQuery, parse
from web.dashboard.lists.kinds import AnyFilter, FilterT, ListKind
from web.dashboard.lists.orders import Head, words_of
from web.dashboard.lists.pagination import build_url
from web.dashboard.requests import DashboardRequest

_PAGE_SIZE: Final = 25
MAX_COUNT: Final = 1_000
"""Rows that pages count, so that the cost doesn't depend on how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab of a list, with how many rows it has, unless the list is narrowed further."""

    name: str
    url: str
    is_current: bool
    count: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of a list, as its template shows it."""

    query: ListQuery[Any]
    page: Page[Any]
    tabs: Sequence[Tab]
    customer: Customer | None
    """The customer of the documents, if they are narrowed to one."""
    count: int
    """How many rows there are, at most MAX_COUNT."""

    @property
    def things(self) -> str:
        """What it lists."""
        return self.query.kind.things

    @property
    def path(self) -> str:
        """Its address."""
        return self.query.kind.path

    @property
    def total(self) -> str:
        """How many rows there are, in words."""
        word = self.things if self.count != 1 else self.things.removesuffix("s")
        return f"{counted(self.count)} {word}"

    @property
    def newer_url(self) -> str | None:
        """The address of the page before it."""
        return self._beyond("before", self.page.start_cursor, there=self.page.has_previous)

    @property
    def older_url(self) -> str | None:
        """The address of the page after it."""
        return self._beyond("after", self.page.end_cursor, there=self.page.has_next)

    @property
    def first_url(self) -> str:
        """The address of the first page."""
        return self.query.url()

    @property
    def is_first(self) -> bool:
        """Whether it is the first page."""
        return not self.page.has_previous

    def _beyond(self, name: str, cursor: str | None, *, there: bool) -> str | None:
        return self.query.url(**{name: cursor}) if there and cursor else None

    def head(self, column: str) -> Head:
        """Return the head of a column that orders the list."""
        return self.query.order.head(column, self.path, self.query.valid)

    @property
    def orders(self) -> Sequence[tuple[str, str]]:
        """The orders, as a parameter and in words."""
        return [(name.lower(), words_of(name)) for name in self.query.kind.orders.__members__]

    @property
    def currencies(self) -> Sequence[str]:
        """The currencies to choose from."""
        return sorted(EXPONENTS)

    @property
    def can_select_all(self) -> bool:
        """Whether there are few enough rows to do something with all of them."""
        return self.count <= MAX_INVOICES

    @property
    def csv_url(self) -> str:
        """The address of the same rows as CSV."""
        return build_url(self.query.kind.file_path("csv"), self.query.valid)

    @classmethod
    async def of(cls, request: DashboardRequest, kind: ListKind[FilterT], *parents: str) -> Self:
        """Return the page that a request asks for. Its rows come with the named parents.

        Raises BadInput for a cursor of another list, and NotFound for an unknown customer.
        """
        staff, query = request.staff, parse(kind, request.query)
        wanted: AnyFilter = query.wanted
        customer = None
        if customer_id := getattr(wanted, "customer_id", None):
            customer = await get_owned(Customer, staff, str(customer_id))
        listing: Listing[Any] = await wanted.listing(staff, query.order.name)
        if parents:
            listing = listing.with_parents(*parents)
        before = request.query.get("before") or None
        window = Window(
            size=_PAGE_SIZE,
            cursor=before or request.query.get("after") or None,
            backwards=before is not None,
        )
        of_tabs: list[QuerySet[Any]] = []
        if not query.is_narrowed:
            of_tabs = await _rows_of_tabs(request, kind)
        count, *counts = await count_each_up_to(MAX_COUNT, [listing.rows, *of_tabs])
        return cls(
            query=query,
            page=await listing.page(window),
            tabs=_tabs(query, [counted(each) for each in counts]),
            customer=customer,
            count=count,
        )


async def _rows_of_tabs(request: DashboardRequest, kind: ListKind[FilterT]) -> list[QuerySet[Any]]:
    filters: list[Any] = [kind.filter(**kind.choices["status"].get(name, {})) for name in kind.tabs]  # type: ignore[arg-type]
    return [await of_tab.rows(request.staff) for of_tab in filters]


def _tabs(query: ListQuery[FilterT], counts: Sequence[str]) -> list[Tab]:
    """Return the tabs. They have no counts while something else narrows the list."""
    status = query.valid.get("status", "").lower()
    return [
        Tab(name=name, url=query.url(status=name), is_current=name == status, count=count)
        for name, count in zip_longest(query.kind.tabs, counts)
    ]


def counted(count: int) -> str:
    """Return a number of rows that were counted up to MAX_COUNT, as people read it."""
    return f"{count:,}+" if count >= MAX_COUNT else str(count)
