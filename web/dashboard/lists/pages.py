"""The pages of lists: their rows, tabs, filters and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from banking.currencies import EXPONENTS
from db.counts import count_up_to
from models import Customer
from services.common.listings import Listing, Window
from services.common.lookups import get_owned
from services.common.pagination import Page
from services.email.many import MAX_DOCUMENTS
from web.dashboard.lists.addresses import ListQuery, parse
from web.dashboard.lists.kinds import AnyFilter, FilterT, ListKind
from web.dashboard.lists.orders import Head, words_of
from web.dashboard.lists.pagination import build_url
from web.dashboard.lists.tabs import MAX_COUNT, Tab, count_tabs, counted
from web.dashboard.requests import DashboardRequest

_PAGE_SIZE: Final = 25


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """A page of a list, as its template shows it."""

    query: ListQuery[Any]
    page: Page[Any]
    counts: Mapping[str, int]
    """How many rows each tab has, unless the list is narrowed further."""
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
    def tabs(self) -> Sequence[Tab]:
        """The tabs."""
        return Tab.all_of(self.query, self.counts)

    @property
    def total(self) -> str:
        """How many rows there are, in words."""
        word = self.things if self.count != 1 else self.things.removesuffix("s")
        return f"{counted(self.count)} {word}"

    @cached_property
    def newer_url(self) -> str | None:
        """The address of the page before it."""
        return self._beyond("before", self.page.start_cursor, there=self.page.has_previous)

    @cached_property
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
        return self.count <= MAX_DOCUMENTS

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
        counts = {} if query.is_narrowed else await count_tabs(staff, kind)
        count = counts.get(query.status)
        return cls(
            query=query,
            page=await listing.page(window),
            counts=counts,
            customer=customer,
            count=await count_up_to(MAX_COUNT, listing.rows) if count is None else count,
        )
