"""Keyset pagination: stable while rows are added, and as fast on the last page as on the first.

A cursor is the encoded sort key of the row after which the page starts.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, Generic, Self, TypeVar
from uuid import UUID

import orjson
from tortoise.models import Model

from db.compiled_queries import Columns, Record
from db.statements import fetch_together
from errors import BadInput, Text

M = TypeVar("M", bound=Model)

MAX_PAGE: Final = 100
_MAX_CURSOR: Final = 4_000
"""Characters of the longest cursor, which has a name."""
MAX_BIGINT: Final = 2**63 - 1


def instant(value: str) -> datetime:
    """Parse a time of a cursor. Raises ValueError."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError
    return at.astimezone(UTC)


def natural(value: str) -> int:
    """Parse a number of a cursor that fits a column. Raises ValueError."""
    number = int(value)
    if not 0 <= number <= MAX_BIGINT:
        raise ValueError
    return number


def _name(value: str) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode()  # Refuses surrogates, which no column has.
    return value


def _optional(parse: Callable[[str], Any]) -> Callable[[str | None], Any]:
    return lambda value: None if value is None else parse(value)


Key = tuple[tuple[str, Callable[[str], Any]], ...]
BY_CREATION: Final[Key] = (("created_at", instant), ("id", UUID))
BY_SEQUENCE: Final[Key] = (("sequence", natural),)
BY_ASKED: Final[Key] = (("asked_at", instant), ("id", UUID))
BY_RECEIPT: Final[Key] = (("received_at", instant), ("id", _name))
BY_TIME: Final[Key] = (("at", instant), ("id", UUID))
BY_NAME: Final[Key] = (("search_text", _name), ("id", UUID))
"""The text by which customers are searched begins with their names."""
BY_CUSTOMER: Final[Key] = (
    ("customer__search_text", _name),
    ("customer_id", UUID),
    *BY_CREATION,
)
BY_NUMBER: Final[Key] = (("number_key", _optional(_name)), ("id", UUID))
BY_DUE_DATE: Final[Key] = (("due_date", _optional(date.fromisoformat)), ("id", UUID))
BY_ISSUE_DATE: Final[Key] = (("issue_date", _optional(date.fromisoformat)), ("id", UUID))
BY_VALIDITY: Final[Key] = (("valid_until", _optional(date.fromisoformat)), ("id", UUID))
BY_TOTAL: Final[Key] = (("total", natural), ("id", UUID))
BY_AMOUNT_DUE: Final[Key] = (("amount_due", natural), ("id", UUID))
BY_LAST_VIEW: Final[Key] = (
    ("last_viewed_hour", _optional(instant)),
    ("last_viewed_at", _optional(instant)),
    *BY_CREATION,
)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """A page of rows. `has_next` and `has_previous` are as defined by Relay."""

    rows: Sequence[M]
    key: Key
    has_next: bool
    has_previous: bool
    scope: str = ""
    """What its cursors begin with, see `encode_cursor`."""

    def cursor(self, row: M) -> str:
        """Return the cursor of one of the rows."""
        values = (attrgetter(column.replace("__", "."))(row) for column, _ in self.key)
        return encode_cursor(*values, scope=self.scope)

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first row; None if there is none."""
        return self.cursor(self.rows[0]) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last row; None if there is none."""
        return self.cursor(self.rows[-1]) if self.rows else None


def encode_cursor(*values: object, scope: str = "") -> str:
    """Return the cursor for a sort key.

    A `scope` tells it from the cursors of the same list in another order or with other filters.
    """
    texts = [None if value is None else str(value) for value in values]
    content = [scope, *texts] if scope else texts
    return urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


def decode_cursor(cursor: str, key: Key, *, scope: str = "", field: str = "after") -> list[Any]:
    """Return the sort key in `cursor`. Raises BadInput if it doesn't belong to `key` and `scope`.

    `field` is the argument that has it.
    """
    padded = cursor[:_MAX_CURSOR] + "=" * (-len(cursor) % 4)
    try:
        values = _unscoped(orjson.loads(urlsafe_b64decode(padded.encode("ascii"))), scope)
        return [parse(value) for (_, parse), value in zip(key, values, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise BadInput(
            Text(
                "This cursor doesn't belong to this list. Use it with the order and the filters of"
                " the request that returned it."
            ),
            field=field,
        ) from None


def _unscoped(values: Sequence[Any], scope: str) -> Sequence[Any]:
    """Return what a cursor of `scope` has after it. Raises ValueError for one of another scope."""
    if not scope:
        return values
    found, *rest = values
    if found != scope:
        raise ValueError
    return rest


def check_first(first: int, field: str = "first") -> int:
    """Return the page size. Raises BadInput if it is out of range."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInput(Text("Choose a page size from 1 to %(most)s.", most=MAX_PAGE), field=field)
    return first


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of a list that is sorted by creation: the `first` rows after one, or of the list."""

    first: int
    after: tuple[Any, ...]
    """The sort key of the row before the page; empty for the first page."""

    @classmethod
    def of(cls, first: int, after: str | None) -> Self:
        """Return the request of `first` rows after a cursor. An empty one is none.

        Raises BadInput for a page size out of range or a cursor of another list.
        """
        key = decode_cursor(after, BY_CREATION) if after else ()
        return cls(check_first(first), tuple(key))

    @property
    def is_first(self) -> bool:
        """Whether it is the first page."""
        return not self.after

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of the statement that finds the page: one row more shows what follows."""
        return (self.first + 1, *self.after)


class CompiledPages(Generic[M]):
    """Pages of some rows of an owner, newest first, by compiled statements.

    `owner` is the column with the owner's id. `where` has conditions that begin with a column: the
    rows are those for which one of them holds, and no two hold for a row. Each is looked up alone,
    so that an index that has its column before the order finds no more than a page. Rows come with
    the named parents, and can have `only` some columns. Without those of the order, there are no
    cursors.
    """

    def __init__(
        self,
        model: type[M],
        *parents: str,
        owner: str,
        where: Sequence[str],
        only: Collection[str] = (),
    ) -> None:
        self._table = model._meta.db_table
        of_table = {self._table: only} if only else {}
        self.columns: Columns[M] = Columns(model, *parents, only=of_table)
        order = [column for column, _ in BY_CREATION]
        self._names = sorted({*only, *order} if only else model._meta.db_fields)
        self._owner = owner
        self._where = where

    def find(self, owner: str, start: int, *, is_first: bool) -> str:
        """Return how a page of an `owner` is found, as a SELECT goes on after its columns.

        The values of the page's request have the placeholders from `$start`.
        """
        table = self._table
        limit, created_at, id_ = (f"${start + at}" for at in range(3))
        beyond = (
            "" if is_first else f" AND ({table}.created_at, {table}.id) < ({created_at}, {id_})"
        )
        order = f" ORDER BY {table}.created_at DESC, {table}.id DESC LIMIT {limit}"
        conditions = [
            f" WHERE {table}.{self._owner} = {owner} AND {table}.{condition}{beyond}{order}"
            for condition in self._where
        ]
        if len(conditions) == 1:
            return f'FROM "{table}"{self.columns.joins}{conditions[0]}'
        names = ", ".join(f"{table}.{name}" for name in self._names)
        union = " UNION ALL ".join(
            f"SELECT * FROM (SELECT {names} FROM {table}{condition}) AS part"
            for condition in conditions
        )
        return f'FROM ({union}) AS "{table}"{self.columns.joins}{order}'

    def select(self, owner: str, start: int, *, is_first: bool) -> str:
        """Return the statement that finds a page, with values as for `find`."""
        return f"SELECT {self.columns.names} {self.find(owner, start, is_first=is_first)}"

    async def fetch(self, owner_id: UUID, request: PageRequest) -> Sequence[Record]:
        """Return the records from which `build` makes the page, in one statement."""
        sql = self._first if request.is_first else self._later
        [records] = await fetch_together((sql, (owner_id, *request.values)))
        return records

    def build(self, records: Sequence[Record], request: PageRequest, **known: Model) -> Page[M]:
        """Return the page that was found. Its rows share the `known` parents."""
        first = request.first
        return Page(
            rows=self.columns.build(records[:first], known),
            key=BY_CREATION,
            has_next=len(records) > first,
            has_previous=not request.is_first,
        )

    @cached_property
    def _first(self) -> str:
        return self.select("$1", 2, is_first=True)

    @cached_property
    def _later(self) -> str:
        return self.select("$1", 2, is_first=False)
