"""Indexes of what timelines show, which leave out the rows that they don't.

So finding a page takes no longer if an invoice was read a million times. A statement uses such an
index if it has the same condition.
"""

from typing import Any, Final, NamedTuple

SHOWN_UPDATES: Final = "change NOT IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')"
"""The events of documents that timelines show. What readers do comes with the view."""
SHOWN_ACTIONS: Final = (
    "CUSTOMER_CREATED",
    "CUSTOMER_UPDATED",
    "PORTAL_SHARED",
    "PORTAL_SHARE_REVOKED",
    "EMAILS_TURNED_OFF",
    "INVOICE_CREATED",
    "INVOICE_SHARED",
    "INVOICE_SHARE_REVOKED",
    "QUOTE_CREATED",
    "QUOTE_SHARED",
    "QUOTE_SHARE_REVOKED",
    "CREDIT_NOTE_CREATED",
    "CREDIT_NOTE_ISSUED",
    "CREDIT_NOTE_VOIDED",
    "CREDIT_NOTE_SHARED",
    "CREDIT_NOTE_SHARE_REVOKED",
    "CREDIT_NOTE_APPLIED",
    "CREDIT_APPLICATION_REVERSED",
    "CREDIT_PAID_OUT",
    "CREDIT_PAYOUT_REVERSED",
    "DRAFT_DELETED",
)
"""The actions of the audit log that timelines show. Other rows say the rest."""
SHOWN_ENTRIES: Final = f"action IN ({', '.join(map(repr, SHOWN_ACTIONS))})"
SHOWN_EMAILS: Final = (
    "copy_of_id IS NULL AND kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'RECEIPT',"
    " 'REFUND', 'PAYMENT_FAILED')"
)
"""The e-mails that timelines show: those about documents, without copies."""


class PartialIndex(NamedTuple):
    """An index of the rows for which a condition holds."""

    table: str
    name: str
    columns: tuple[str, ...]
    where: str


ACTIVITY_INDEXES: Final = (
    *(
        PartialIndex("invoice_update", f"invoice_update_of_{owner}", (column, "sequence"), where)
        for owner, column, where in (
            ("company", "company_id", SHOWN_UPDATES),
            ("customer", "customer_id", SHOWN_UPDATES),
            ("invoice", "invoice_id", SHOWN_UPDATES),
            ("quote", "quote_id", "quote_id IS NOT NULL"),
            ("credit_note", "credit_note_id", "credit_note_id IS NOT NULL"),
        )
    ),
    *(
        PartialIndex("audit_entry", f"audit_entry_of_{owner}", (column, "at", "id"), SHOWN_ENTRIES)
        for owner, column in (
            ("company", "company_id"),
            ("customer", "customer_id"),
            ("subject", "subject_id"),
        )
    ),
    *(
        PartialIndex(
            "email_delivery",
            f"email_delivery_of_{owner}",
            (f"{owner}_id", "created_at", "id"),
            SHOWN_EMAILS,
        )
        for owner in ("company", "customer")
    ),
)


async def create_indexes(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Create the indexes."""
    for table, name, columns, where in ACTIVITY_INDEXES:
        await editor.client.execute_script(
            f"CREATE INDEX {name} ON {table} ({', '.join(columns)}) WHERE {where}"
        )


async def drop_indexes(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Drop what `create_indexes` created."""
    for index in ACTIVITY_INDEXES:
        await editor.client.execute_script(f"DROP INDEX {index.name}")
