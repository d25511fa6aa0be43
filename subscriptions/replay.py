"""Reading what happened from the rows, which are the truth, in the order of their commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from db.compiled_queries import CompiledQuery
from db.statements import fetch, placeholders
from models import Invoice, InvoiceUpdate, InvoiceView

PAGE: Final = 200
"""Rows that are read at once."""

RowT = TypeVar("RowT", bound=InvoiceView | InvoiceUpdate)


@dataclass(frozen=True, slots=True)
class Event(Generic[RowT]):
    """A row, with the invoice as it was when the row was read."""

    sequence: int
    row: RowT
    invoice: Invoice
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was made of the event for one of its followers, for the others."""


@dataclass(frozen=True, slots=True)
class Stream(Generic[RowT]):
    """One kind of rows of a company, numbered without gaps in the order of their commits."""

    name: str
    """What its channels are called by."""
    rows: CompiledQuery[RowT]
    """Finds the next PAGE rows of the company `$1` after the sequence `$2`."""
    counter: str
    """The column of `view_feed` that has the last sequence."""

    def channel_of(self, company_id: UUID) -> str:
        """Return the channel on which new rows of the company are announced."""
        return f"invotify:{self.name}:{company_id}"

    async def read_after(self, company_id: UUID, sequence: int) -> Sequence[Event[RowT]]:
        """Return what follows `sequence` at the company, without a gap, at most PAGE of it."""
        rows = await self.rows.all(company_id, sequence)
        return [Event(row.sequence, row, row.invoice) for row in rows]

    async def last_sequences(self, company_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Return the sequence of each company's last row, 0 before the first."""
        ids = list(company_ids)
        rows = await fetch(
            f"SELECT company_id, {self.counter} AS sequence FROM view_feed"
            f" WHERE company_id IN {placeholders(1, len(ids))}",
            *ids,
        )
        return {UUID(str(row["company_id"])): row["sequence"] for row in rows}

    async def last_sequence(self, company_id: UUID) -> int:
        """Return the sequence of the company's last row, 0 before the first."""
        return (await self.last_sequences([company_id]))[company_id]


def _next_rows(model: type[RowT]) -> CompiledQuery[RowT]:
    table = model.Meta.table
    where = f"{table}.company_id = $1 AND {table}.sequence > $2"
    return CompiledQuery(model, "invoice", where=f"{where} ORDER BY {table}.sequence LIMIT {PAGE}")


VIEWS: Final = Stream("opens", _next_rows(InvoiceView), "sequence")
"""Opens of shared invoices."""
INVOICE_EVENTS: Final = Stream("updates", _next_rows(InvoiceUpdate), "update_sequence")
"""What else happens to invoices."""
