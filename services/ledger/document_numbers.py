"""Numbers for documents that staff create without one."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from db.statements import fetch
from errors import Conflict
from models import CreditNote, Invoice, Quote


@dataclass(frozen=True, slots=True)
class Series:
    """How a company numbers one kind of document. `counter` is the column that counts them."""

    model: type[CreditNote | Invoice | Quote]
    prefix: str
    counter: str
    noun: str


INVOICES: Final = Series(model=Invoice, prefix="INV", counter="invoice_sequence", noun="invoice")
QUOTES: Final = Series(model=Quote, prefix="Q", counter="quote_sequence", noun="quote")
CREDIT_NOTES: Final = Series(
    model=CreditNote, prefix="CN", counter="credit_note_sequence", noun="credit note"
)


async def next_number(company_id: UUID, series: Series) -> str:
    """Return the company's next free number. This locks the company."""
    while True:
        [row] = await fetch(
            f"UPDATE company SET {series.counter} = {series.counter} + 1 WHERE id = $1"
            f" RETURNING {series.counter} AS count",
            company_id,
        )
        number = f"{series.prefix}-{row['count']:05d}"
        if not await _is_taken(company_id, series, number):
            return number


async def require_free(company_id: UUID, series: Series, number: str) -> None:
    """Raise Conflict if the number is taken. While the company is locked, it stays free."""
    if await _is_taken(company_id, series, number):
        raise Conflict(f"Another {series.noun} has this number.", field="number")


async def _is_taken(company_id: UUID, series: Series, number: str) -> bool:
    return await series.model.exists(company_id=company_id, number=number)
