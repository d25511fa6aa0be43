"""Lists of a company's rows: their orders, their pages in both directions, and their lengths."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, Generic, Self, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from db.compiled_queries import load_list
from db.counts import count_up_to
from errors import BadInput, Text
from services.common.pagination import BY_CREATION, Key, Page, check_first, decode_cursor

M = TypeVar("M", bound=Model)

MAX_COUNT: Final = 10_000
"""Rows that are counted at most, so that the cost doesn't depend on how many there are."""
_DEFAULT_ORDER: Final = "NEWEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which rows of a list are wanted: `size` rows after the cursor, or those before it.

    Without a cursor they are the first ones or, backwards, the last ones.
    """

    size: int
    cursor: str | None = None
    backwards: bool = False

    @classmethod
    def of(
        cls,
        *,
        default: int,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Self:
        """Return what Relay's arguments ask for. Raises BadInput.

        They go in one direction: `first` and `after`, or `last` and `before`. An empty cursor is
        none.
        """
        after, before = after or None, before or None
        if last is None and before is None:
            return cls(size=check_first(default if first is None else first), cursor=after)
        for name, value in (("first", first), ("after", after)):
            if value is not None:
                raise BadInput(Text("Use either first and after, or last and before."), field=name)
        size = check_first(default if last is None else last, field="last")
        return cls(size=size, cursor=before, backwards=True)

    def position(self, key: Key, scope: str = "") -> list[Any] | None:
        """Return the sort key of the cursor, or None without one. Raises BadInput."""
        if self.cursor is None:
            return None
        field = "before" if self.backwards else "after"
        return decode_cursor(self.cursor, key, scope=scope, field=field)

    def page_of(self, fetched: Sequence[M], key: Key, scope: str = "") -> "Page[M]":
        """Return the page that begins with the rows that were `fetched`, one more than its size.

        Rows before a cursor were fetched from the last one on.
        """
        rows, is_more = fetched[: self.size], len(fetched) > self.size
        has_cursor = self.cursor is not None
        return Page(
            rows=rows[::-1] if self.backwards else rows,
            key=key,
            scope=scope,
            has_next=has_cursor if self.backwards else is_more,
            has_previous=is_more if self.backwards else has_cursor,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows: by a key, the last column of which tells any two rows apart."""

    key: Key
    descending: bool = True
    nullable: int = 0
    """How many of the first columns can be null, all of them at once."""
    nulls_are_least: bool = False
    """Whether null comes before every value. Otherwise it comes after every value."""
    grouped_by: int = 0
    """How many of the first columns are those of a parent, whose rows come together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[M]):
    """Rows in an order. Its cursors have the `scope`, which names the order and the filters."""

    rows: QuerySet[M]
    order: Order
    scope: str = ""
    in_order: QuerySet[M] | None = None
    """The same rows with a condition that only helps to find them in their order."""

    async def page(self, window: Window) -> Page[M]:
        """Return a page: in one statement, or in two at the first null or after a parent's rows.

        Raises BadInput for a cursor of another list, order or scope.
        """
        rows = self.rows if self.in_order is None else self.in_order
        return await load_page(rows, window, self.order, self.scope)

    def with_parents(self, *names: str) -> Self:
        """Return the same list, whose rows come with the named parents."""
        in_order = None if self.in_order is None else self.in_order.select_related(*names)
        return replace(self, rows=self.rows.select_related(*names), in_order=in_order)

    async def count(self) -> int:
        """Return the number of rows, or MAX_COUNT if there are more."""
        return await count_up_to(MAX_COUNT, self.rows)


def listing_of(rows: QuerySet[M], name: str, order: Order, **filters: object) -> Listing[M]:
    """Return `rows`, which `filters` have narrowed, in the named order.

    Cursors only work with the same order and filters. A filter that is None doesn't count.
    """
    given = sorted((key, str(value)) for key, value in filters.items() if value is not None)
    scope = name
    if given:
        digest = blake2b(json.dumps(given).encode(), digest_size=6).hexdigest()
        scope = f"{name}:{digest}"
    return Listing(rows=rows, order=order, scope="" if scope == _DEFAULT_ORDER else scope)


def newest(rows: QuerySet[M], key: Key = BY_CREATION) -> Listing[M]:
    """Return `rows`, newest first."""
    return Listing(rows=rows, order=Order(key))


async def newest_first(
    rows: QuerySet[M], first: int, after: str | None, key: Key = BY_CREATION
) -> Page[M]:
    """Return the `first` rows after the cursor `after`, newest first, in one statement.

    Raises BadInput for a page size out of range or a cursor of another list.
    """
    return await newest(rows, key).page(Window.of(default=first, after=after))


async def load_page(rows: QuerySet[M], window: Window, order: Order, scope: str = "") -> Page[M]:
    """Return the page of `rows` in an order, see `Listing.page`.

    Cursors have the `scope`. Raises BadInput for a cursor of another list, order or scope.
    """
    descending = order.descending is not window.backwards
    fetched: list[M] = []
    for part, key in _parts(rows, order, window.position(order.key, scope), descending=descending):
        columns = (f"-{column}" if descending else column for column, _ in key)
        limit = window.size + 1 - len(fetched)
        fetched += await load_list(part.order_by(*columns).limit(limit))
        if len(fetched) > window.size:
            break
    return window.page_of(fetched, order.key, scope)


def _parts(
    rows: QuerySet[M], order: Order, position: list[Any] | None, *, descending: bool
) -> Iterator[tuple[QuerySet[M], Key]]:
    """Yield the rows beyond a position: those with a value and those without, in their order.

    The rest of a parent's rows are a part, too. Each part comes with the key that orders it, so
    that an index finds where it begins. Rows without a value are ordered by it all the same, so
    that the database reads the index that has them together.
    """
    key = order.key
    if order.grouped_by and position is not None:
        parent, values = key[: order.grouped_by], position[: order.grouped_by]
        of_parent = {column: value for (column, _), value in zip(parent, values, strict=True)}
        beyond = _after(position[len(parent) :], key[len(parent) :], descending=descending)
        yield rows.filter(beyond, **of_parent), key[len(parent) :]
        yield rows.filter(_after(values, parent, descending=descending)), key
        return
    if not order.nullable:
        if position is not None:
            rows = rows.filter(_after(position, key, descending=descending))
        yield rows, key
        return
    column, of_nulls = key[0][0], key[order.nullable :]
    with_value = rows.filter(**{f"{column}__isnull": False}), key
    without = rows.filter(**{f"{column}__isnull": True}), (key[0], *of_nulls)
    parts = [without, with_value] if descending ^ order.nulls_are_least else [with_value, without]
    if position is None:
        yield from parts
        return
    if position[0] is None:
        beyond = _after(position[order.nullable :], of_nulls, descending=descending)
        here = without
    else:
        beyond, here = _after(position, key, descending=descending), with_value
    yield here[0].filter(beyond), here[1]
    yield from parts[parts.index(here) + 1 :]


def _after(values: Sequence[Any], key: Key, *, descending: bool = True) -> Q:
    """Return `(a, b) < (x, y)` as `a <= x AND (a < x OR b < y)`, for any number of columns.

    `a <= x` is redundant, but lets an index scan start at the cursor. If they aren't descending,
    it is `>`.
    """
    (column, _), *others = key
    first, *rest = values
    operator = "lt" if descending else "gt"
    beyond = Q(**{f"{column}__{operator}": first})
    if not others:
        return beyond
    rest_beyond = _after(rest, tuple(others), descending=descending)
    return Q(**{f"{column}__{operator}e": first}) & (beyond | rest_beyond)
