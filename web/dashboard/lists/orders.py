"""Lists: their filters, and their orders, which links in the heads of their tables choose."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final, Self, TypeVar

from starlette.datastructures import QueryParams
from tortoise.queryset import QuerySet

from auth.staff import Staff
from models import CreditNote, Quote
from services.billing.lists.orders import ListedT, listing_by
from services.common.listings import Window
from services.common.pagination import Page
from web.dashboard.lists.pagination import PageLinks, build_url, search_text
from web.dashboard.requests import DashboardRequest

DocumentT = TypeVar("DocumentT", CreditNote, Quote)
StatusT = TypeVar("StatusT", bound=StrEnum)

_PAGE_SIZE: Final = 25
_NEWEST: Final = "NEWEST"
_DESCENDING: Final = "_DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head of a table that orders its list."""

    url: str
    direction: str
    """How the list is ordered by it, as in `aria-sort`; empty if it isn't."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """The order of a list, which is newest first unless the query parameter `order` has another."""

    name: str = _NEWEST

    @classmethod
    def of(cls, query: QueryParams, orders: type[StrEnum]) -> Self:
        """Return the order that is asked for, if it is one of `orders`."""
        name = query.get("order", "").upper()
        return cls(name if name in orders.__members__ else _NEWEST)

    @property
    def parameter(self) -> str:
        """The query parameter; empty for newest first."""
        return "" if self.name == _NEWEST else self.name.lower()

    @property
    def is_usual(self) -> bool:
        """Whether the list is newest first."""
        return self.name == _NEWEST

    @property
    def text(self) -> str:
        """The order in words."""
        if self.is_usual:
            return "newest first"
        column = self.name.removesuffix(_DESCENDING).lower().replace("_", " ")
        return f"by {column}{', descending' if self.name.endswith(_DESCENDING) else ''}"

    def head(self, column: str, path: str, query: Mapping[str, str]) -> Head:
        """Return the head of a column: first it orders up, then down, and then newest first."""
        upward, downward = column.upper(), f"{column.upper()}{_DESCENDING}"
        following = {upward: downward, downward: _NEWEST}.get(self.name, upward)
        directions = {upward: "ascending", downward: "descending"}
        return Head(
            url=build_url(path, {**query, "order": ListOrder(following).parameter}),
            direction=directions.get(self.name, ""),
        )

    async def page(
        self,
        rows: QuerySet[ListedT],
        staff: Staff,
        size: int,
        after: str | None,
        **filters: object,
    ) -> Page[ListedT]:
        """Return the rows after a cursor. Raises BadInput for a cursor of another list."""
        listing = listing_by(self.name, rows, staff, **filters)
        return await listing.page(Window.of(default=size, after=after))


NEWEST_FIRST: Final = ListOrder()


async def search_page(
    request: DashboardRequest,
    path: str,
    statuses: type[StatusT],
    orders: type[StrEnum],
    rows_of: Callable[[Staff, StatusT | None, str], Awaitable[QuerySet[DocumentT]]],
) -> tuple[Sequence[DocumentT], dict[str, Any]]:
    """Return the page of documents that the query parameters ask for, and its template's values.

    The documents have their customers loaded.
    """
    query = request.query
    choices = {status.lower(): status for status in statuses}
    text, status = search_text(query), choices.get(query.get("status", ""))
    rows = await rows_of(request.staff, status, text)
    order = ListOrder.of(query, orders)
    page = await order.page(
        rows.select_related("customer"),
        request.staff,
        _PAGE_SIZE,
        query.get("after") or None,
        q=text or None,
        status=status,
    )
    search = {"q": text, "status": status.lower() if status else ""}
    return page.rows, {
        "text": text,
        "status": search["status"],
        "statuses": list(choices),
        "order": order,
        "head": partial(order.head, path=path, query=search),
        "pages": PageLinks.of(page, path, {**search, "order": order.parameter}),
    }
