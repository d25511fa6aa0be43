"""Loaders of what belongs to many documents at once: lines, payments, credit, customers.

Lists are paid for from the budget of a response, if there is one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar
from uuid import UUID

from tortoise.models import Model
from tortoise.queryset import QuerySet

from core.response_budget import ResponseBudget
from db.compiled_queries import CompiledQuery
from db.statements import padded, placeholders
from models import (
    Company,
    CreditApplication,
    CreditNote,
    CreditNoteLine,
    CreditPayout,
    Customer,
    Invoice,
    InvoiceLine,
    PartySnapshot,
    Payment,
    PaymentReversalKind,
    Quote,
    QuoteLine,
    Reversal,
    StripeRefund,
    Surplus,
)
from models.documents import DOCUMENT_PARENTS, DocumentLine

RowT = TypeVar("RowT")
ModelT = TypeVar("ModelT", bound=Model)
DocumentT = TypeVar("DocumentT", Invoice, Quote, CreditNote)
LineT = TypeVar("LineT", bound=DocumentLine)

_NO_LIMIT: Final = 2**31

_lines: Final[dict[type[Model], CompiledQuery[Any]]] = {
    document: CompiledQuery(
        lines,
        where=f"{lines._meta.db_table}.{owner} = $1 ORDER BY {lines._meta.db_table}.position",
    )
    for document, lines, owner in (
        (Invoice, InvoiceLine, "invoice_id"),
        (Quote, QuoteLine, "quote_id"),
        (CreditNote, CreditNoteLine, "credit_note_id"),
    )
}


_credit_notes: Final[CompiledQuery[CreditNote]] = CompiledQuery(
    CreditNote,
    where="credit_note.invoice_id = ANY($1)"
    " ORDER BY credit_note.created_at, credit_note.id LIMIT $2",
)


async def lines_of(document: Invoice | Quote | CreditNote) -> Sequence[DocumentLine]:
    """Return the document's lines in order."""
    if document.loaded_lines is not None:
        return document.loaded_lines
    return await _lines[type(document)].all(document.id)


async def _within(budget: ResponseBudget | None, rows: QuerySet[ModelT]) -> list[ModelT]:
    """Return `rows`, paid for from `budget`. Raises ResponseTooLarge if there are too many."""
    if budget is None:
        return await rows
    loaded = await rows.limit(budget.max_rows)
    budget.spend_rows(len(loaded))
    return loaded


async def load_invoice_lines(
    invoice_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[InvoiceLine]]:
    """Return the lines of each invoice, in one statement."""
    return await _lines_of_each(InvoiceLine, "invoice_id", invoice_ids, budget)


async def load_quote_lines(
    quote_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[QuoteLine]]:
    """Return the lines of each quote, in one statement."""
    return await _lines_of_each(QuoteLine, "quote_id", quote_ids, budget)


async def load_credit_note_lines(
    note_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[CreditNoteLine]]:
    """Return the lines of each credit note, in one statement."""
    return await _lines_of_each(CreditNoteLine, "credit_note_id", note_ids, budget)


async def _lines_of_each(
    lines: type[LineT], owner: str, ids: list[UUID], budget: ResponseBudget | None
) -> list[list[LineT]]:
    query: CompiledQuery[LineT] = _lines_of_many(lines, owner, len(ids))
    records = await query.fetch(*ids, budget.max_rows if budget else _NO_LIMIT)
    if budget:
        budget.spend_rows(len(records))
    return _grouped(query.build(records), ids, attrgetter(owner))


@lru_cache(maxsize=256)
def _lines_of_many(lines: type[Model], owner: str, documents: int) -> CompiledQuery[Any]:
    """Return the query of the lines of so many documents, of which the last value is the limit."""
    table = lines._meta.db_table
    ids = placeholders(1, documents)
    order = f"{table}.{owner}, {table}.position LIMIT ${documents + 1}"
    return CompiledQuery(lines, where=f"{table}.{owner} IN {ids} ORDER BY {order}")


async def load_credit_notes(
    invoice_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[CreditNote]]:
    """Return the credit notes that correct each invoice, oldest first, in one statement."""
    rows = await _credit_notes.all(padded(invoice_ids), budget.max_rows if budget else _NO_LIMIT)
    if budget:
        budget.spend_rows(len(rows))
    return _grouped(rows, invoice_ids, lambda row: row.invoice_id)


async def load_payments(
    invoice_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[Payment]]:
    """Return the payments of each invoice, oldest first, in one statement."""
    rows = Payment.filter(invoice_id__in=invoice_ids).order_by("received_at", "created_at")
    return _grouped(await _within(budget, rows), invoice_ids, lambda row: row.invoice_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversedPayment:
    """What was taken back of a payment, in minor units."""

    refunded: int = 0
    disputed: int = 0
    reversal: Reversal | None = None
    """That of staff, who had recorded the payment by mistake."""


async def load_reversals(
    payment_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[ReversedPayment]:
    """Return what was taken back of each payment, in one statement."""
    found = Reversal.filter(payment_id__in=payment_ids).order_by("at")
    rows = await _within(budget, found)
    return [
        _reversed(reversals)
        for reversals in _grouped(rows, payment_ids, lambda row: row.payment_id)
    ]


def _reversed(rows: Iterable[Reversal]) -> ReversedPayment:
    sums = dict.fromkeys(PaymentReversalKind, 0)
    reversal = None
    for row in rows:
        sums[row.kind] += row.amount
        if row.kind is PaymentReversalKind.REVERSAL:
            reversal = row
    return ReversedPayment(
        refunded=sums[PaymentReversalKind.REFUND],
        disputed=sums[PaymentReversalKind.DISPUTE],
        reversal=reversal,
    )


async def load_refunds(
    payment_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[StripeRefund]]:
    """Return the refunds of each payment that staff asked for, oldest first, in one statement."""
    rows = StripeRefund.filter(payment_id__in=payment_ids).order_by("created_at")
    return _grouped(await _within(budget, rows), payment_ids, lambda row: row.payment_id)


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    """Credit applied to an invoice, with its credit note and invoice; `reversal` took it off."""

    application: CreditApplication
    reversal: CreditApplication | None


async def load_applications_to(
    invoice_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[AppliedCredit]]:
    """Return the credit applied to each invoice, oldest first, in one statement."""
    rows = await _within(budget, _applications().filter(invoice_id__in=invoice_ids))
    return _grouped(_applied(rows), invoice_ids, lambda row: row.application.invoice_id)


async def load_applications_of(
    credit_note_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[AppliedCredit]]:
    """Return the applications of each credit note, oldest first, in one statement."""
    rows = await _within(budget, _applications().filter(credit_note_id__in=credit_note_ids))
    return _grouped(_applied(rows), credit_note_ids, lambda row: row.application.credit_note_id)


def _applications() -> QuerySet[CreditApplication]:
    return CreditApplication.all().select_related("credit_note", "invoice").order_by("applied_at")


def _applied(rows: Sequence[CreditApplication]) -> list[AppliedCredit]:
    reversals = {row.reverses_id: row for row in rows if row.reverses_id}
    return [AppliedCredit(row, reversals.get(row.id)) for row in rows if row.reverses_id is None]


async def load_is_surplus(credit_note_ids: list[UUID]) -> list[bool]:
    """Return whether each credit note is money received beyond what was due, in one statement."""
    rows = await Surplus.filter(credit_note_id__in=credit_note_ids)
    found = {row.credit_note_id for row in rows}
    return [note_id in found for note_id in credit_note_ids]


@dataclass(frozen=True, slots=True)
class PaidOutCredit:
    """Credit paid out to the customer; `reversal` took it back."""

    payout: CreditPayout
    reversal: CreditPayout | None


async def load_payouts(
    credit_note_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[PaidOutCredit]]:
    """Return the payouts of each credit note, oldest first, in one statement."""
    found = CreditPayout.filter(credit_note_id__in=credit_note_ids).order_by("paid_at")
    rows = await _within(budget, found)
    reversals = {row.reverses_id: row for row in rows if row.reverses_id}
    payouts = [PaidOutCredit(row, reversals.get(row.id)) for row in rows if row.reverses_id is None]
    return _grouped(payouts, credit_note_ids, lambda row: row.payout.credit_note_id)


async def load_customers(customer_ids: list[UUID]) -> list[Customer]:
    """Return each customer, in one statement."""
    rows = {row.id: row for row in await Customer.filter(id__in=customer_ids)}
    return [rows[customer_id] for customer_id in customer_ids]


async def load_companies(company_ids: list[UUID]) -> list[Company]:
    """Return each company, in one statement."""
    rows = {row.id: row for row in await Company.filter(id__in=company_ids)}
    return [rows[company_id] for company_id in company_ids]


async def load_party_snapshots(snapshot_ids: list[UUID]) -> list[PartySnapshot]:
    """Return each party as it was when documents were issued, in one statement."""
    rows = {row.id: row for row in await PartySnapshot.filter(id__in=snapshot_ids)}
    return [rows[snapshot_id] for snapshot_id in snapshot_ids]


async def load_each(model: type[DocumentT], ids: list[UUID]) -> list[DocumentT | None]:
    """Return each document, in one statement; None for one that no longer exists."""
    rows = {row.id: row for row in await model.filter(id__in=ids)}
    return [rows.get(id_) for id_ in ids]


async def load_invoices_with_parties(invoice_ids: list[UUID]) -> list[Invoice]:
    """Return each invoice with its company, customer and frozen parties, in one statement."""
    found = Invoice.filter(id__in=invoice_ids).select_related(*DOCUMENT_PARENTS)
    rows = {row.id: row for row in await found}
    return [rows[invoice_id] for invoice_id in invoice_ids]


def _grouped(
    rows: Iterable[RowT], ids: Iterable[UUID], owner_of: Callable[[RowT], UUID | None]
) -> list[list[RowT]]:
    """Return the rows of each id; the order of rows is kept."""
    grouped: defaultdict[UUID | None, list[RowT]] = defaultdict(list)
    for row in rows:
        grouped[owner_of(row)].append(row)
    return [grouped[owner_id] for owner_id in ids]
