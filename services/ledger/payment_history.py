"""The history of invoices: payments, credit, refunds, corrections and failures, from their rows."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.response_budget import ResponseBudget
from db.statements import fetch, id_of, instant_of, placeholders
from models.invoices import Invoice
from values.payments import FailedPayment, HistoryEntry, PaidWith, PaymentHistory, PaymentKind

_FAILED: Final = "FAILED"
_ROWS: Final = f"""
    SELECT payment.id, payment.invoice_id, 'PAYMENT' AS kind, payment.amount,
        payment.received_at AS at, payment.created_at AS added, payment.method,
        NULL AS credit_note, payment.reference, payment.actor, NULL AS reason,
        payment.id AS payment_id, method_type, method_brand, method_last4
        FROM payment LEFT JOIN checkout_share AS share ON share.id = payment.id
        LEFT JOIN checkout ON checkout.id = share.checkout_id
        WHERE payment.invoice_id IN {{ids}}
    UNION ALL
    SELECT reversal.id, reversal.invoice_id, reversal.kind, -reversal.amount, reversal.at,
        reversal.at, payment.method, NULL, payment.reference, reversal.actor, reversal.reason,
        payment.id, method_type, method_brand, method_last4
        FROM reversal JOIN payment ON payment.id = reversal.payment_id
        LEFT JOIN checkout_share AS share ON share.id = payment.id
        LEFT JOIN checkout ON checkout.id = share.checkout_id
        WHERE reversal.invoice_id IN {{ids}}
    UNION ALL
    SELECT applied.id, applied.invoice_id, 'CREDIT', applied.amount, applied.applied_at,
        applied.applied_at, NULL, credit_note.number, NULL, applied.actor, applied.reason,
        NULL, NULL, NULL, NULL
        FROM credit_application AS applied
        JOIN credit_note ON credit_note.id = applied.credit_note_id
        WHERE applied.invoice_id IN {{ids}}
    UNION ALL
    SELECT surplus.id, surplus.invoice_id, 'CREDIT', -surplus.amount, surplus.at, surplus.at,
        NULL, credit_note.number, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM surplus JOIN credit_note ON credit_note.id = surplus.credit_note_id
        WHERE surplus.invoice_id IN {{ids}}
    UNION ALL
    SELECT id, invoice_id, 'WRITE_OFF', amount, at, at, NULL, NULL, NULL, actor, reason,
        NULL, NULL, NULL, NULL
        FROM write_off WHERE invoice_id IN {{ids}}
    UNION ALL
    SELECT share.id, share.invoice_id, '{_FAILED}', share.amount, failed_at,
        COALESCE(started_at, opened_at, created_at), NULL, NULL, NULL, NULL, failure_code,
        NULL, method_type, method_brand, method_last4
        FROM checkout_share AS share JOIN checkout ON checkout.id = share.checkout_id
        WHERE share.invoice_id IN {{ids}} AND status = 'FAILED' AND failed_at IS NOT NULL
"""


async def load_payment_history(
    invoice_ids: Sequence[UUID], budget: ResponseBudget | None = None
) -> list[PaymentHistory]:
    """Return the history of each invoice in one statement.

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


async def payment_history(invoice_id: UUID) -> PaymentHistory:
    """Return the history of an invoice."""
    [history] = await load_payment_history([invoice_id])
    return history


async def history_of(invoice: Invoice) -> PaymentHistory:
    """Return the history of an invoice, which may have been loaded with it."""
    if invoice.loaded_history is not None:
        return invoice.loaded_history
    return await payment_history(invoice.id)


def select_history(invoice_id: str) -> str:
    """Return PostgreSQL's SELECT of the history of one invoice, as one array."""
    rows = _ROWS.format(ids=f"({invoice_id})")
    return f"SELECT ARRAY(SELECT ROW({', '.join(_Row._fields)}) FROM ({rows}) AS entry) AS history"


def read_history(array: Sequence[Sequence[Any]]) -> PaymentHistory:
    """Return the history that was selected as an array."""
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
    payment_id: UUID | str | None
    method_type: str | None
    method_brand: str | None
    method_last4: str | None

    @property
    def paid_with(self) -> PaidWith | None:
        """What the client paid with at Stripe, if that is known."""
        return PaidWith.of(self.method_type, self.method_brand, self.method_last4)


def _history(rows: Sequence[_Row]) -> PaymentHistory:
    ordered = sorted(rows, key=lambda row: (instant_of(row.at), instant_of(row.added)))
    return PaymentHistory(
        entries=[_entry(row) for row in ordered if row.kind != _FAILED],
        failed=[_failed_payment(row) for row in ordered if row.kind == _FAILED],
    )


def _entry(row: _Row) -> HistoryEntry:
    return HistoryEntry(
        id=id_of(row.id),
        kind=PaymentKind(row.kind),
        amount=int(row.amount),
        at=instant_of(row.at),
        method=row.method,
        credit_note=row.credit_note,
        reference=row.reference,
        actor=row.actor,
        reason=row.reason,
        payment_id=None if row.payment_id is None else id_of(row.payment_id),
        paid_with=row.paid_with,
    )


def _failed_payment(row: _Row) -> FailedPayment:
    return FailedPayment(
        id=id_of(row.id),
        amount=int(row.amount),
        started_at=instant_of(row.added),
        failed_at=instant_of(row.at),
        paid_with=row.paid_with,
        failure_code=row.reason,
    )
