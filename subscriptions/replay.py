"""Reading events from the rows in the order of their commits. The rows are the truth."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from db.compiled_queries import CompiledQuery
from db.statements import fetch, placeholders
from models import InvoiceUpdate, InvoiceView
from subscriptions.announcements import Announced, decode_views

PAGE_SIZE: Final = 200

RowT = TypeVar("RowT", bound=InvoiceView | InvoiceUpdate)


@dataclass(frozen=True, slots=True)
class Event(Generic[RowT]):
    """A row, with its invoice, if it has one, as it was when the row was read."""

    sequence: int
    row: RowT
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """Values that were computed from the event for one follower, for the others to reuse."""


@dataclass(frozen=True, slots=True)
class Stream(Generic[RowT]):
    """One kind of a company's rows, numbered in the order of their commits, without gaps."""

    name: str
    """Part of the names of its channels."""
    rows: CompiledQuery[RowT]
    """Finds the next PAGE_SIZE rows of the company `$1` after the sequence `$2`."""
    counter: str
    """The column of `view_feed` with the last sequence."""
    decode: Callable[[str], Announced | None] = lambda _: None
    """Reads an announcement; None for a hint."""

    def channel_of(self, company_id: UUID) -> str:
        """Return the channel on which new rows of the company are announced."""
        return f"invotify:{self.name}:{company_id}"

    async def read_after(self, company_id: UUID, sequence: int) -> Sequence[Event[RowT]]:
        """Return the company's next PAGE_SIZE events after `sequence`."""
        return events_of(await self.rows.all(company_id, sequence))

    async def last_sequences(self, company_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Return the sequence of each company's last row, or 0 if it has none."""
        ids = list(company_ids)
        rows = await fetch(
            f"SELECT company_id, {self.counter} AS sequence FROM view_feed"
            f" WHERE company_id IN {placeholders(1, len(ids))}",
            *ids,
        )
        return {UUID(str(row["company_id"])): row["sequence"] for row in rows}

    async def last_sequence(self, company_id: UUID) -> int:
        """Return the sequence of the company's last row, or 0 if it has none."""
        return (await self.last_sequences([company_id]))[company_id]


def events_of(rows: Iterable[RowT]) -> list[Event[RowT]]:
    """Return the events of rows that were loaded with their invoices."""
    return [Event(sequence=row.sequence, row=row) for row in rows]


def _next_rows(model: type[RowT]) -> CompiledQuery[RowT]:
    table = model.Meta.table
    where = f"{table}.company_id = $1 AND {table}.sequence > $2"
    return CompiledQuery(
        model, "invoice", where=f"{where} ORDER BY {table}.sequence LIMIT {PAGE_SIZE}"
    )


VIEWS: Final = Stream(
    name="views", rows=_next_rows(InvoiceView), counter="sequence", decode=decode_views
)
INVOICE_EVENTS: Final = Stream(
    name="invoice-events", rows=_next_rows(InvoiceUpdate), counter="update_sequence"
)


async def last_positions(company_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return the sequences of each company's last view and invoice event, or 0 for none."""
    rows = await fetch(
        f"SELECT company_id, {VIEWS.counter} AS views, {INVOICE_EVENTS.counter} AS events"
        " FROM view_feed WHERE company_id = ANY($1)",
        list(company_ids),
    )
    return {UUID(str(row["company_id"])): (row["views"], row["events"]) for row in rows}
