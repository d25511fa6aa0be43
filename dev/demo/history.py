"""E-mails that were sent, and the times of what happened, as if the company had worked for long."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from db import append_only
from db.connections import connection
from db.statements import execute
from db.triggers.account_entries import enter_earlier_rows
from dev.demo import tables
from models import DeliveryState, EmailDelivery, Invoice, MailKind

_EVENT_TIMES: Final = """
    UPDATE invoice_update SET at = COALESCE(CASE change
        WHEN 'ISSUED' THEN (SELECT issued_at FROM invoice WHERE id = invoice_id)
        WHEN 'CANCELLED' THEN (SELECT cancelled_at FROM invoice WHERE id = invoice_id)
        WHEN 'PAYMENT_RECEIVED' THEN (SELECT received_at FROM payment WHERE id = subject_id)
        WHEN 'CREDIT_APPLIED' THEN (SELECT max(created_at) FROM credit_note)
        WHEN 'QUOTE_ACCEPTED' THEN (SELECT decided_at FROM quote WHERE id = quote_id)
        WHEN 'QUESTION_ASKED' THEN (SELECT asked_at FROM question WHERE id = subject_id)
    END, at), sequence = -sequence
"""
_EVENT_ORDER: Final = """
    UPDATE invoice_update SET sequence = (
        SELECT COUNT(*) FROM invoice_update AS earlier
        WHERE (earlier.at, earlier.id) <= (invoice_update.at, invoice_update.id)
    )
"""
_ENTRY_TIMES: Final = """
    UPDATE audit_entry SET at = COALESCE(CASE action
        WHEN 'PAYMENT_RECORDED' THEN (
            SELECT max(received_at) FROM payment WHERE invoice_id = subject_id
        )
        WHEN 'INVOICE_CREATED' THEN (SELECT created_at FROM invoice WHERE id = subject_id)
        WHEN 'INVOICE_ISSUED' THEN (SELECT issued_at FROM invoice WHERE id = subject_id)
        WHEN 'INVOICE_CANCELLED' THEN (SELECT cancelled_at FROM invoice WHERE id = subject_id)
        WHEN 'CUSTOMER_CREATED' THEN (SELECT created_at FROM customer WHERE id = subject_id)
        ELSE COALESCE(
            (SELECT created_at FROM quote WHERE id = subject_id),
            (SELECT created_at FROM credit_note WHERE id = subject_id)
        )
    END, at)
"""
_REMINDED_AFTER: Final = timedelta(days=3)
"""The due date."""


class _Editor:
    """What the triggers of append-only tables are changed with."""

    DIALECT = "sqlite"

    def __init__(self, client: Any) -> None:  # noqa: ANN401  # Tortoise's
        self.client = client


async def add_emails(shared: Sequence[Invoice], now: datetime) -> None:
    """Add the e-mails with the links of shared invoices, and reminders of those long overdue."""
    for invoice in shared:
        assert invoice.shared_at is not None
        await _add_email(invoice, MailKind.INVOICE, invoice.shared_at + timedelta(minutes=1))
        if invoice.is_open and invoice.due_date is not None:
            due = invoice.shared_at + (invoice.due_date - invoice.shared_at.date())
            if due + _REMINDED_AFTER < now - timedelta(days=4):
                await _add_email(invoice, MailKind.REMINDER, due + _REMINDED_AFTER)


async def _add_email(invoice: Invoice, kind: MailKind, at: datetime) -> None:
    customer = await invoice.customer
    delivery = await EmailDelivery.create(
        company_id=invoice.company_id,
        customer_id=customer.id,
        invoice_id=invoice.id,
        kind=kind,
        stage=_REMINDED_AFTER.days if kind is MailKind.REMINDER else None,
        actor=tables.USER_NAME if kind is MailKind.INVOICE else None,
        recipient=customer.email,
        status=DeliveryState.SENT,
        sent_at=at,
        attempts=1,
    )
    await EmailDelivery.filter(id=delivery.id).update(created_at=at)


async def backdate_others(now: datetime) -> None:
    """Let quotes have been sent six days ago, and answered and asked about some hours ago.

    Credit notes are from nine days ago.
    """
    sent, decided, asked = (
        now - timedelta(days=6),
        now - timedelta(hours=3),
        now - timedelta(hours=2),
    )
    await execute(
        "UPDATE quote SET created_at = $1,"
        " sent_at = CASE WHEN sent_at IS NULL THEN NULL ELSE $1 END,"
        " shared_at = CASE WHEN shared_at IS NULL THEN NULL ELSE $1 END,"
        " decided_at = CASE WHEN decided_at IS NULL THEN NULL ELSE $2 END",
        sent,
        decided,
    )
    await execute("UPDATE question SET asked_at = $1", asked)
    await execute("UPDATE credit_note SET created_at = $1, issued_at = $1", now - timedelta(days=9))


async def backdate_events() -> None:
    """Give events, the audit log and accounts the times of what they are about, in order."""
    editor = _Editor(connection())
    await append_only.unprotect(editor, "invoice_update")
    await execute(_EVENT_TIMES)
    await execute(_EVENT_ORDER)
    await append_only.protect(editor, "invoice_update")
    await execute("UPDATE view_feed SET last_update_at = (SELECT max(at) FROM invoice_update)")
    await execute("DELETE FROM account_entry")
    await enter_earlier_rows()
    await execute(_ENTRY_TIMES)
