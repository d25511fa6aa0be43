"""Reading opens from the rows, which are the truth, in the order in which they were committed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from models import Invoice, InvoiceView
from models.database import fetch, placeholders
from models.lookup import Lookup

PAGE: Final = 200
"""Opens that are read at once."""

_views_after = Lookup(
    InvoiceView,
    "invoice",
    where="invoice_view.company_id = $1 AND invoice_view.sequence > $2"
    f" ORDER BY invoice_view.sequence LIMIT {PAGE}",
)


@dataclass(frozen=True, slots=True)
class InvoiceViewed:
    """An open, with the invoice as it was when the open was read."""

    sequence: int
    view: InvoiceView
    invoice: Invoice
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was made of the event for one of its followers, for the others."""


async def read_after(company_id: UUID, sequence: int) -> Sequence[InvoiceViewed]:
    """Return the company's next opens after `sequence`, without a gap, at most PAGE of them."""
    views = await _views_after.all(company_id, sequence)
    return [InvoiceViewed(view.sequence, view, view.invoice) for view in views]


async def last_sequences(company_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the sequence of each company's last open, 0 before the first."""
    ids = list(company_ids)
    rows = await fetch(
        "SELECT company_id, sequence FROM view_feed"
        f" WHERE company_id IN {placeholders(1, len(ids))}",
        *ids,
    )
    return {UUID(str(row["company_id"])): row["sequence"] for row in rows}


async def last_sequence(company_id: UUID) -> int:
    """Return the sequence of the company's last open, 0 before the first."""
    return (await last_sequences([company_id]))[company_id]
