"""The numbers of documents that staff enter without one."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from db.statements import fetch
from errors import Conflict
from models import CreditNote, Invoice, Quote


@dataclass(frozen=True, slots=True)
class Series:
    """A company's numbers for one kind of document, and the column that counts them."""

    model: type[CreditNote | Invoice | Quote]
    prefix: str
    counter: str
    noun: str


INVOICES: Final = Series(Invoice, "INV", "invoice_sequence", "invoice")
QUOTES: Final = Series(Quote, "Q", "quote_sequence", "quote")
CREDIT_NOTES: Final = Series(CreditNote, "CN", "credit_note_sequence", "credit note")


async def next_number(company_id: UUID, series: Series) -> str:
    """Return the company's next free number. Updating the company's row locks it."""
    while True:
        [row] = await fetch(
            f"UPDATE company SET {series.counter} = {series.counter} + 1 WHERE id = $1"
            f" RETURNING {series.counter} AS counted",
            company_id,
        )
        number = f"{series.prefix}-{row['counted']:05d}"
        if not await _is_taken(company_id, series, number):
            return number


async def require_free(company_id: UUID, series: Series, number: str) -> None:
    """Raise Conflict if the number is taken. With the company locked, it stays free."""
    if await _is_taken(company_id, series, number):
        message = f"Another {series.noun} has this number."
        raise Conflict(message, field="number")


async def _is_taken(company_id: UUID, series: Series, number: str) -> bool:
    return await series.model.exists(company_id=company_id, number=number)
