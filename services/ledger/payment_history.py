"""The history of invoices: payments, credit, refunds and corrections, read from their rows."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from core.response_budget import ResponseBudget
from db.statements import fetch, instant_of, placeholders
from models.invoices import HistoryEntry, PaymentKind

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
    histories: defaultdict[UUID, list[HistoryEntry]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (instant_of(row["at"]), instant_of(row["added"]))):
        histories[UUID(str(row["invoice_id"]))].append(_entry(row))
    return [histories[invoice_id] for invoice_id in invoice_ids]


async def payment_history(invoice_id: UUID) -> list[HistoryEntry]:
    """Return the history of an invoice, oldest first."""
    [history] = await load_payment_history([invoice_id])
    return history


def _entry(row: Any) -> HistoryEntry:  # noqa: ANN401  # a row of either database
    return HistoryEntry(
        id=UUID(str(row["id"])),
        kind=PaymentKind(row["kind"]),
        amount=int(row["amount"]),
        at=instant_of(row["at"]),
        method=row["method"],
        credit_note=row["credit_note"],
        reference=row["reference"],
        actor=row["actor"],
        reason=row["reason"],
    )
