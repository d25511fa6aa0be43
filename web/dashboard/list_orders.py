"""The orders of lists, which links in the heads of their tables choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, TypeVar

from starlette.datastructures import QueryParams
from tortoise.models import Model
from tortoise.queryset import QuerySet

from services.billing.orders import ORDERS
from services.common.listings import Window, listing_of
from services.common.pagination import Page
from web.dashboard.pagination import build_url

M = TypeVar("M", bound=Model)

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
        self, rows: QuerySet[M], size: int, after: str | None, **filters: object
    ) -> Page[M]:
        """Return the rows after a cursor. Raises BadInput for a cursor of another list."""
        listing = listing_of(rows, self.name, ORDERS[self.name], **filters)
        return await listing.page(Window.of(default=size, after=after))


NEWEST_FIRST: Final = ListOrder()
