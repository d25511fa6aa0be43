"""Comparing the figures of documents with the rows behind them, without changing anything.

Documents are compared in batches by id, each in one statement. So no lock is held, and memory use
doesn't grow with the number of documents.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from db.statements import fetch
from models import LIVE_CREDIT, PAYABLE, CheckoutStatus, CreditNoteStatus, Invoice, InvoiceStatus
from values.money import to_decimal

_BATCH_SIZE: Final = 500
_INVOICES: Final = """
    SELECT invoice.id, number, status, invoice.currency, company.name AS company,
        subtotal, discount, tax, total, amount_paid, amount_pending, written_off,
        (SELECT SUM(amount) FROM payment WHERE invoice_id = invoice.id) AS payments,
        (SELECT SUM(amount) FROM credit_application WHERE invoice_id = invoice.id) AS credit,
        (SELECT SUM(amount) FROM reversal WHERE invoice_id = invoice.id) AS reversals,
        (SELECT SUM(amount) FROM surplus WHERE invoice_id = invoice.id) AS surpluses,
        (SELECT SUM(share.amount) FROM checkout_share AS share
            JOIN checkout ON checkout.id = checkout_id
            WHERE invoice_id = invoice.id AND checkout.status = 'PENDING') AS pending,
        (SELECT SUM(amount) FROM write_off WHERE invoice_id = invoice.id) AS write_offs,
        (SELECT SUM(total) FROM credit_note WHERE invoice_id = invoice.id
            AND status IN ('ISSUED', 'APPLIED')) AS credited,
        (SELECT SUM(net) FROM invoice_line WHERE invoice_id = invoice.id) AS line_nets,
        (SELECT SUM(discount) FROM invoice_line WHERE invoice_id = invoice.id) AS line_discounts,
        (SELECT SUM(tax + second_tax) FROM invoice_line WHERE invoice_id = invoice.id)
            AS line_taxes,
        (SELECT SUM(amount) FROM account_entry WHERE source_id IN (
            SELECT invoice.id UNION ALL SELECT id FROM payment WHERE invoice_id = invoice.id
            UNION ALL SELECT id FROM reversal WHERE invoice_id = invoice.id
            UNION ALL SELECT id FROM write_off WHERE invoice_id = invoice.id
        )) AS entered
    FROM invoice JOIN company ON company.id = company_id
"""
_CREDIT_NOTES: Final = """
    SELECT credit_note.id, number, status, credit_note.currency, subtotal, discount, tax, total,
        applied, paid_out, company.name AS company,
        (SELECT SUM(amount) FROM credit_payout WHERE credit_note_id = credit_note.id) AS payouts,
        (SELECT SUM(net) FROM credit_note_line WHERE credit_note_id = credit_note.id) AS line_nets,
        (SELECT SUM(discount) FROM credit_note_line WHERE credit_note_id = credit_note.id)
            AS line_discounts,
        (SELECT SUM(tax + second_tax) FROM credit_note_line WHERE credit_note_id = credit_note.id)
            AS line_taxes,
        (SELECT SUM(amount) FROM credit_application WHERE credit_note_id = credit_note.id)
            AS credit,
        (SELECT SUM(amount) FROM surplus WHERE credit_note_id = credit_note.id) AS surplus,
        (SELECT SUM(amount) FROM account_entry WHERE source_id IN (
            SELECT credit_note.id
            UNION ALL SELECT id FROM credit_payout WHERE credit_note_id = credit_note.id
        )) AS entered
    FROM credit_note JOIN company ON company.id = company_id
"""
_CHECKOUTS: Final = """
    SELECT checkout.id, company.name AS company, status, checkout.currency, amount,
        (SELECT SUM(amount) FROM checkout_share WHERE checkout_id = checkout.id) AS shares,
        (SELECT count(*) FROM checkout_share WHERE checkout_id = checkout.id) AS invoices,
        (SELECT count(*) FROM checkout_share WHERE checkout_id = checkout.id
            AND payable_for IS NOT NULL) AS payable
    FROM checkout JOIN company ON company.id = company_id
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a document that differs from its rows."""

    company: str
    document: str
    figure: str
    stored: str
    expected: str

    def __str__(self) -> str:
        """Return a line for people."""
        return (
            f"{self.company}: {self.document}: {self.figure} is {self.stored},"
            f" expected {self.expected}"
        )


async def compare_invoices(
    ids: Sequence[UUID] | None = None,
) -> AsyncGenerator[list[Difference], None]:
    """Yield the differences of each invoice: amounts by its lines, what is paid by the ledger.

    It can't be credited with more than it came to, either. `ids` limit what is compared.
    """
    async for row in _rows(_INVOICES, "invoice", ids):
        yield [*_compare_invoice(row)]


async def compare_credit_notes(
    ids: Sequence[UUID] | None = None,
) -> AsyncGenerator[list[Difference], None]:
    """Yield the differences of each credit note: amounts by its lines, its use by the ledger."""
    async for row in _rows(_CREDIT_NOTES, "credit_note", ids):
        yield [*_compare_credit_note(row)]


async def compare_checkouts(
    ids: Sequence[UUID] | None = None,
) -> AsyncGenerator[list[Difference], None]:
    """Yield the differences of each checkout: its amount, and whether its shares can be paid."""
    async for row in _rows(_CHECKOUTS, "checkout", ids):
        yield [*_compare_checkout(row)]


async def _rows(sql: str, table: str, ids: Sequence[UUID] | None) -> AsyncGenerator[Row, None]:
    if ids is not None:
        for row in await fetch(f"{sql} WHERE {table}.id = ANY($1)", list(ids)):
            yield row
        return
    last_id: object = UUID(int=0)
    batch = f"{sql} WHERE {table}.id > $1 ORDER BY {table}.id LIMIT {_BATCH_SIZE}"
    while rows := await fetch(batch, last_id):
        for row in rows:
            yield row
        last_id = rows[-1]["id"]


def _compare_invoice(row: Row) -> Iterator[Difference]:
    paid = _sum(row, "payments") - _sum(row, "reversals") - _sum(row, "surpluses")
    # Negative if credit from a surplus was applied before its payment was reversed.
    paid = max(0, paid + _sum(row, "credit"))
    expected = {
        **_line_sums(row),
        "amount paid": ("amount_paid", paid),
        "amount pending": ("amount_pending", _sum(row, "pending")),
        "amount written off": ("written_off", _sum(row, "write_offs")),
    }
    document = _document(row, "invoice")
    yield from _compare_amounts(row, document, expected)
    status = InvoiceStatus(row["status"])
    owed = 0 if status in {InvoiceStatus.DRAFT, InvoiceStatus.CANCELLED} else row["total"]
    owed += _sum(row, "reversals") - _sum(row, "payments") - _sum(row, "write_offs")
    yield from _compare_entries(row, document, owed)
    if _sum(row, "credited") > row["total"]:
        yield Difference(
            company=row["company"],
            document=document,
            figure="credited amount",
            stored=_money(row, _sum(row, "credited")),
            expected=f"at most {_money(row, row['total'])}",
        )
    if status not in {InvoiceStatus.DRAFT, InvoiceStatus.CANCELLED}:
        invoice = Invoice(total=row["total"], amount_paid=paid, written_off=_sum(row, "write_offs"))
        due = invoice.status_when_issued
        yield from _compare_status(row, document, status, due)


def _compare_credit_note(row: Row) -> Iterator[Difference]:
    applied = _sum(row, "credit")
    document = _document(row, "credit note")
    expected = {
        **_line_sums(row),
        "applied amount": ("applied", applied),
        "amount paid out": ("paid_out", _sum(row, "payouts")),
    }
    yield from _compare_amounts(row, document, expected)
    status = CreditNoteStatus(row["status"])
    is_credit = status in LIVE_CREDIT and not _sum(row, "surplus")
    owed = _sum(row, "payouts") - (row["total"] if is_credit else 0)
    yield from _compare_entries(row, document, owed)
    if applied or status is CreditNoteStatus.APPLIED:
        due = CreditNoteStatus.APPLIED if applied else CreditNoteStatus.ISSUED
        yield from _compare_status(row, document, status, due)


def _compare_checkout(row: Row) -> Iterator[Difference]:
    document = f"checkout {row['id']}"
    yield from _compare_amounts(row, document, {"amount": ("amount", _sum(row, "shares"))})
    payable = row["invoices"] if CheckoutStatus(row["status"]) in PAYABLE else 0
    if row["payable"] != payable:
        yield Difference(
            company=row["company"],
            document=document,
            figure="number of invoices that it can pay",
            stored=str(row["payable"]),
            expected=str(payable),
        )


def _compare_entries(row: Row, document: str, owed: int) -> Iterator[Difference]:
    entered = _sum(row, "entered")
    if entered != owed:
        yield Difference(
            company=row["company"],
            document=document,
            figure="amount in the customer's account",
            stored=_money(row, entered),
            expected=_money(row, owed),
        )


def _document(row: Row, noun: str) -> str:
    """Return what people call the document, or by what a draft is found."""
    return f"{noun} {row['number'] or row['id']}"


def _line_sums(row: Row) -> dict[str, tuple[str, int]]:
    return {
        "subtotal": ("subtotal", _sum(row, "line_nets")),
        "discount": ("discount", _sum(row, "line_discounts")),
        "tax": ("tax", _sum(row, "line_taxes")),
    }


def _compare_amounts(
    row: Row, document: str, expected: Mapping[str, tuple[str, int]]
) -> Iterator[Difference]:
    for figure, (column, amount) in expected.items():
        if row[column] != amount:
            yield Difference(
                company=row["company"],
                document=document,
                figure=figure,
                stored=_money(row, row[column]),
                expected=_money(row, amount),
            )


def _compare_status(row: Row, document: str, stored: str, expected: str) -> Iterator[Difference]:
    if stored != expected:
        yield Difference(
            company=row["company"],
            document=document,
            figure="status",
            stored=stored,
            expected=expected,
        )


def _sum(row: Row, column: str) -> int:
    """Return a sum as an integer. It is null without rows, and a decimal on PostgreSQL."""
    return int(row[column] or 0)


def _money(row: Row, minor: int) -> str:
    return f"{to_decimal(minor, row['currency'])} {row['currency']}"
