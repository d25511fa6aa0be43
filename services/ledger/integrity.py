"""Comparing what documents say with the rows that it follows from. Nothing is changed.

Documents are compared in batches by id, each in one statement: no lock is held, and the memory does
not grow with their number.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from db.statements import fetch
from models import CreditNoteStatus, Invoice, InvoiceStatus
from models.money import to_decimal

_BATCH: Final = 500
_INVOICES: Final = f"""
    SELECT invoice.id, number, status, invoice.currency, company.name AS company,
        subtotal, discount, tax, total, amount_paid, amount_pending,
        (SELECT SUM(amount) FROM payment WHERE invoice_id = invoice.id) AS payments,
        (SELECT SUM(amount) FROM credit_application WHERE invoice_id = invoice.id) AS credit,
        (SELECT SUM(amount) FROM reversal WHERE invoice_id = invoice.id) AS reversals,
        (SELECT SUM(amount) FROM surplus WHERE invoice_id = invoice.id) AS surpluses,
        (SELECT SUM(amount) FROM checkout WHERE invoice_id = invoice.id AND status = 'PENDING')
            AS pending,
        (SELECT SUM(amount) FROM invoice_line WHERE invoice_id = invoice.id) AS line_amounts,
        (SELECT SUM(discount) FROM invoice_line WHERE invoice_id = invoice.id) AS line_discounts,
        (SELECT SUM(tax) FROM invoice_line WHERE invoice_id = invoice.id) AS line_taxes
    FROM invoice JOIN company ON company.id = company_id
    WHERE invoice.id > $1 ORDER BY invoice.id LIMIT {_BATCH}
"""
_CREDIT_NOTES: Final = f"""
    SELECT credit_note.id, number, status, credit_note.currency, total, applied,
        company.name AS company,
        (SELECT SUM(amount) FROM credit_application WHERE credit_note_id = credit_note.id) AS credit
    FROM credit_note JOIN company ON company.id = company_id
    WHERE credit_note.id > $1 ORDER BY credit_note.id LIMIT {_BATCH}
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a document that is not what its rows come to."""

    company: str
    document: str
    figure: str
    said: str
    follows: str

    def __str__(self) -> str:
        """Say it in a line for people."""
        return (
            f"{self.company}: {self.document}: {self.figure} is {self.said},"
            f" its rows make it {self.follows}"
        )


async def compare_invoices() -> AsyncGenerator[list[Difference], None]:
    """Yield what differs for each invoice: amounts from lines, what is paid from the ledger."""
    async for row in _rows(_INVOICES):
        yield [*_compare_invoice(row)]


async def compare_credit_notes() -> AsyncGenerator[list[Difference], None]:
    """Yield what differs for each credit note: what was applied of it, from the ledger."""
    async for row in _rows(_CREDIT_NOTES):
        yield [*_compare_credit_note(row)]


async def _rows(sql: str) -> AsyncGenerator[Row, None]:
    last_id: object = UUID(int=0)
    while rows := await fetch(sql, last_id):
        for row in rows:
            yield row
        last_id = rows[-1]["id"]


def _compare_invoice(row: Row) -> Iterator[Difference]:
    paid = _sum(row, "payments") - _sum(row, "reversals") - _sum(row, "surpluses")
    # Less than nothing is there if credit of a surplus was used before its money was taken back.
    paid = max(0, paid + _sum(row, "credit"))
    follows = {
        "the subtotal": ("subtotal", _sum(row, "line_amounts")),
        "the discount": ("discount", _sum(row, "line_discounts")),
        "the tax": ("tax", _sum(row, "line_taxes")),
        "what is paid": ("amount_paid", paid),
        "what is pending": ("amount_pending", _sum(row, "pending")),
    }
    document = f"invoice {row['number']}"
    yield from _compare_amounts(row, document, follows)
    status = InvoiceStatus(row["status"])
    if status not in {InvoiceStatus.DRAFT, InvoiceStatus.CANCELLED}:
        due = Invoice(total=row["total"]).status_when_paid(paid)
        yield from _compare_status(row, document, status, due)


def _compare_credit_note(row: Row) -> Iterator[Difference]:
    applied = _sum(row, "credit")
    document = f"credit note {row['number']}"
    yield from _compare_amounts(row, document, {"what was applied": ("applied", applied)})
    status = CreditNoteStatus(row["status"])
    if applied or status is CreditNoteStatus.APPLIED:
        due = CreditNoteStatus.APPLIED if applied else CreditNoteStatus.ISSUED
        yield from _compare_status(row, document, status, due)


def _compare_amounts(
    row: Row, document: str, follows: Mapping[str, tuple[str, int]]
) -> Iterator[Difference]:
    for figure, (column, amount) in follows.items():
        if row[column] != amount:
            yield Difference(
                row["company"], document, figure, _money(row, row[column]), _money(row, amount)
            )


def _compare_status(row: Row, document: str, said: str, follows: str) -> Iterator[Difference]:
    if said != follows:
        yield Difference(row["company"], document, "the status", said, follows)


def _sum(row: Row, column: str) -> int:
    """Return a sum, which is null without rows and a decimal on PostgreSQL."""
    return int(row[column] or 0)


def _money(row: Row, minor: int) -> str:
    return f"{to_decimal(minor, row['currency'])} {row['currency']}"
