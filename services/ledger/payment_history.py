"""The history of invoices: payments, credit, refunds and corrections, read from their rows."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.response_budget import ResponseBudget
from db.statements import fetch, id_of, instant_of, placeholders
from models.invoices import HistoryEntry, Invoice, PaymentKind

_ROWS: Final = """
    SELECT id, invoice_id, 'PAYMENT' AS kind, amount, received_at AS at, created_at AS added,
        method, NULL AS credit_note, reference, actor, NULL AS reason
        FROM payment WHERE invoice_id IN {ids}
    UNION ALL
    SELECT reversal.id, reversal.invoice_id, reversal.kind, -reversal.amount, reversal.at,
        reversal.at, payment.method, NULL, payment.reference, reversal.actor, reversal.reason
        FROM reversal JOIN payment ON payment.id = reversal.payment_id
        WHERE reversal.invoice_id IN {ids}
    UNION ALL
    SELECT applied.id, applied.invoice_id, 'CREDIT', applied.amount, applied.applied_at,
        applied.applied_at, NULL, credit_note.number, NULL, applied.actor, applied.reason
        FROM credit_application AS applied
        JOIN credit_note ON credit_note.id = applied.credit_note_id
        WHERE applied.invoice_id IN {ids}
    UNION ALL
    SELECT surplus.id, surplus.invoice_id, 'CREDIT', -surplus.amount, surplus.at, surplus.at,
        NULL, credit_note.number, NULL, NULL, NULL
        FROM surplus JOIN credit_note ON credit_note.id = surplus.credit_note_id
        WHERE surplus.invoice_id IN {ids}
    UNION ALL
    SELECT id, invoice_id, 'WRITE_OFF', amount, at, at, NULL, NULL, NULL, actor, reason
        FROM write_off WHERE invoice_id IN {ids}
"""


async def load_payment_history(
    invoice_ids: Sequence[UUID], budget: ResponseBudget | None = None
) -> list[list[HistoryEntry]]:
    """Return the history of each invoice, oldest first, in one statement.

    The amounts of an invoice add up to what is paid and written off. Raises ResponseTooLarge if
    there are more rows than `budget` has points for.
    """
    sql = _ROWS.format(ids=placeholders(1, len(invoice_ids)))
    rows = await fetch(f"{sql} LIMIT {budget.max_rows}" if budget else sql, *invoice_ids)
    if budget:
        budget.spend_rows(len(rows))
    by_invoice: defaultdict[UUID, list[_Row]] = defaultdict(list)
    for row in rows:
        by_invoice[id_of(row["invoice_id"])].append(_Row(**row))
    return [_history(by_invoice[invoice_id]) for invoice_id in invoice_ids]


async def payment_history(invoice_id: UUID) -> list[HistoryEntry]:
    """Return the history of an invoice, oldest first."""
    [history] = await load_payment_history([invoice_id])
    return history


async def history_of(invoice: Invoice) -> Sequence[HistoryEntry]:
    """Return the history of an invoice, oldest first, which may have been loaded with it."""
    if invoice.loaded_history is not None:
        return invoice.loaded_history
    return await payment_history(invoice.id)


def select_history(invoice_id: str) -> str:
    """Return PostgreSQL's SELECT of the history of one invoice, as one array."""
    rows = _ROWS.format(ids=f"({invoice_id})")
    return f"SELECT ARRAY(SELECT ROW({', '.join(_Row._fields)}) FROM ({rows}) AS entry) AS history"


def read_history(array: Sequence[Sequence[Any]]) -> list[HistoryEntry]:
    """Return the history that was selected as an array, oldest first."""
    return _history([_Row(*values) for values in array])


class _Row(NamedTuple):
    """A row of either database."""

    id: UUID | str
    invoice_id: UUID | str
    kind: str
    amount: int
    at: datetime | str
    added: datetime | str
    method: str | None
    credit_note: str | None
    reference: str | None
    actor: str | None
    reason: str | None


def _history(rows: Sequence[_Row]) -> list[HistoryEntry]:
    ordered = sorted(rows, key=lambda row: (instant_of(row.at), instant_of(row.added)))
    return [
        HistoryEntry(
            id=id_of(row.id),
            kind=PaymentKind(row.kind),
            amount=int(row.amount),
            at=instant_of(row.at),
            method=row.method,
            credit_note=row.credit_note,
            reference=row.reference,
            actor=row.actor,
            reason=row.reason,
        )
        for row in ordered
    ]
