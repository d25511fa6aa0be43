"""Paginated lists, as in the Relay connection specification."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, Protocol, Self, TypeVar
from uuid import UUID

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.await_maybe import AwaitableOrValue
from tortoise.models import Model

from context import Info
from schema.lazy_fields import lazy_field
from services.common.listings import Listing, Window
from services.common.pages_of_each import PageOf, PagesOfEach
from services.common.pagination import Page

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT", bound=Model)
KeyT = TypeVar("KeyT")

First = Annotated[
    int | None, strawberry.argument(description="The number of items per page, 1 to 100.")
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor after which the page starts. Omitted or empty for the first page."
    ),
]

Last = Annotated[
    int | None,
    strawberry.argument(
        description="Instead of `first`, the number of items per page, 1 to 100, counted from the "
        "end of the list or from `before`."
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor before which the page ends. Omitted or empty for the last page."
    ),
]


class DefaultSize(int):
    """The page size of a list whose caller gives none, which differs from the same one given."""


DEFAULT_PAGE: Final = DefaultSize(20)


def page_size(first: int | None) -> int:
    """Return the page size. Null means the same as omitting it."""
    return DEFAULT_PAGE if first is None else first


class Paged(FieldExtension):
    """Gives a list the arguments of its pages, and its resolver the `window` that they ask for.

    Null means the same as omitting one. Raises BadInput for a page size out of range, and for both
    directions at once. It stands before `Requires`, since the last extension runs first.
    """

    def __init__(self, default: DefaultSize = DEFAULT_PAGE) -> None:
        self._default = default

    def apply(self, field: StrawberryField) -> None:
        """Put the arguments before those of the resolver, in place of its `window`."""
        resolver = field.base_resolver
        assert resolver is not None
        own = (argument for argument in resolver.arguments if argument.python_name != "window")
        field.arguments = [
            _argument("first", First, self._default),
            _argument("after", After),
            _argument("last", Last),
            _argument("before", Before),
            *own,
        ]

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: object,
        info: Info,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        **kwargs: object,
    ) -> Any:  # noqa: ANN401  # the field's own value
        """Resolve the field with the window."""
        given = None if isinstance(first, DefaultSize) else first
        window = Window.of(
            default=self._default, first=given, after=after, last=last, before=before
        )
        return await next_(source, info, window=window, **kwargs)


def _argument(name: str, type_: object, default: object = None) -> StrawberryArgument:
    return StrawberryArgument(name, None, StrawberryAnnotation(type_), default=default)


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before this page."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last item. Pass it as `after` to get the next page."
    )

    @classmethod
    def of(cls, page: Page[RowT]) -> Self:
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.start_cursor,
            end_cursor=page.end_cursor,
        )


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[NodeT]):
    node: NodeT = strawberry.field(description="The item.")
    cursor: str = lazy_field("The item's opaque position in the list.")
    row: strawberry.Private[Any]
    page: strawberry.Private[Page[Any]]

    def make_cursor(self) -> str:
        return self.page.cursor(self.row)


class Countable(Protocol):
    """A list that can be counted: a query, or a list counted together with others."""

    def count(self) -> AwaitableOrValue[int]:
        """Return the number of rows in the whole list."""


@dataclass(frozen=True, slots=True)
class Counted(Generic[KeyT]):
    """A list of one of many rows, counted by a loader together with those of the others."""

    counts: DataLoader[KeyT, int]
    key: KeyT

    async def count(self) -> int:
        """Return the number of rows in the whole list."""
        return await self.counts.load(self.key)


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    edges: list[Edge[NodeT]] = lazy_field("The items of this page.")
    page_info: PageInfo = lazy_field("How to get further pages.")
    page: strawberry.Private[Page[Any]]
    rows: strawberry.Private[Countable]
    node_of: strawberry.Private[Callable[[Any], Any]]

    def make_edges(self) -> list[Edge[NodeT]]:
        page = self.page
        return [Edge(node=self.node_of(row), row=row, page=page) for row in page.rows]

    def make_page_info(self) -> PageInfo:
        return PageInfo.of(self.page)

    @strawberry.field(
        description="The number of items in the whole list. Only counted if requested. In a "
        "company's lists, and with automated views, it is at most 10,000.",
        graphql_type=int,
    )
    def total_count(self, info: Info) -> AwaitableOrValue[int]:  # noqa: ARG002  # see below
        # A field with `info` is resolved, and so may have to be awaited.
        return self.rows.count()

    @classmethod
    def of(cls, page: Page[RowT], rows: Countable, make: Callable[[RowT], NodeT]) -> Self:
        """Return a `page` of `rows`, with a node for each row."""
        return cls(page=page, rows=rows, node_of=make)


async def connection_of(
    listing: Listing[RowT], window: Window, make: Callable[[RowT], NodeT]
) -> Connection[NodeT]:
    """Return the page of a list, with a node for each row. Raises BadInput for its cursor."""
    return Connection.of(await listing.page(window), listing, make)


async def connection_of_each(
    info: Info,
    lists: PagesOfEach[RowT],
    owner_id: UUID,
    window: Window,
    make: Callable[[RowT], NodeT],
) -> Connection[NodeT]:
    """Return the page of the list of one of many rows, loaded together with those of the others.

    Raises BadInput for its cursor.
    """
    loaders = info.context.loaders
    page = await loaders.pages_of[lists].load(PageOf.of(owner_id, window, lists.key))
    return Connection.of(page, Counted(loaders.counts_of[lists], owner_id), make)
