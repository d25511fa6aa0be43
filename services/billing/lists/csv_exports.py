"""Lists as CSV (RFC 4180): the rows newest first, each once, in pieces of bounded size.

Pages are found by when rows were created, which never changes, so none comes twice or is left out.
Each row is as it is when its page is read. Amounts are plain decimals, and days and times are as in
ISO 8601. The names of the columns are part of the interface: add new ones at the end.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from models import CreditNote, Customer, Invoice, Quote
from models.documents import PricedDocument
from services.common.listings import Listing, Window
from values.money import to_text

_PAGE_SIZE: Final = 200
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets may run, also in full width."""
_BYTE_ORDER_MARK: Final = "\ufeff"
"""Excel reads the file as UTF-8 with it."""
Column: TypeAlias = Callable[[Any], str | date | datetime | int | None]


def _money(column: str) -> Column:
    return lambda row: _Plain(to_text(getattr(row, column), row.currency))


class _Plain(str):
    """A number, which needs no protection."""

    __slots__ = ()


def _of(column: str) -> Column:
    return lambda row: getattr(row, column)


_DOCUMENT: Final[dict[str, Column]] = {
    "number": _of("number"),
    "status": _of("status"),
    "customer": lambda row: row.customer.name,
    "customer_email": lambda row: row.customer.email,
    "purchase_order": _of("purchase_order"),
    "summary": _of("summary"),
    "issue_date": _of("issue_date"),
}
_AMOUNTS: Final[dict[str, Column]] = {
    "currency": _of("currency"),
    **{name: _money(name) for name in ("subtotal", "discount", "tax", "total")},
}
COLUMNS: Final[Mapping[type[PricedDocument | Customer], Mapping[str, Column]]] = {
    Invoice: {
        **_DOCUMENT,
        "due_date": _of("due_date"),
        **_AMOUNTS,
        **{name: _money(name) for name in ("amount_paid", "written_off", "amount_due")},
        "opens": _of("view_count"),
        "first_opened_at": _of("first_viewed_at"),
        "last_opened_at": _of("last_viewed_at"),
        "created_at": _of("created_at"),
        "id": _of("id"),
    },
    Quote: {
        **_DOCUMENT,
        "valid_until": _of("valid_until"),
        **_AMOUNTS,
        "decided_at": _of("decided_at"),
        "created_at": _of("created_at"),
        "id": _of("id"),
    },
    CreditNote: {
        **_DOCUMENT,
        **_AMOUNTS,
        **{name: _money(name) for name in ("applied", "paid_out", "remaining")},
        "reason": _of("reason"),
        "created_at": _of("created_at"),
        "id": _of("id"),
    },
    Customer: {
        "name": _of("name"),
        "email": _of("email"),
        "reference": _of("buyer_reference"),
        "country": _of("country"),
        "language": _of("language"),
        "created_at": _of("created_at"),
        "id": _of("id"),
    },
}
"""What each column has, by list and by name."""


async def to_csv(listing: Listing[Any]) -> AsyncIterator[bytes]:
    """Yield the rows of a list that is sorted newest first, after the names of the columns."""
    model = listing.rows.model
    columns = COLUMNS[model]
    if model is not Customer:
        listing = listing.with_parents("customer")
    yield f"{_BYTE_ORDER_MARK}{lines([columns])}".encode()
    window = Window(size=_PAGE_SIZE)
    while True:
        page = await listing.page(window)
        yield lines([value(row) for value in columns.values()] for row in page.rows).encode()
        if not page.has_next:
            return
        window = Window(size=_PAGE_SIZE, cursor=page.end_cursor)


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Return lines of cells, all in quotes. No text in them begins like a formula."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | int | _Plain):
        return str(value)
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text
