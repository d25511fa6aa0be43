"""Indexes of what timelines show, which leave out the rows that they don't.

So finding a page takes no longer if an invoice was read a million times. A statement uses such an
index if it has the same condition.
"""

from typing import Any, Final

SHOWN_UPDATES: Final = "change NOT IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')"
"""The events of documents that timelines show. What readers do comes with the view."""
SHOWN_ENTRIES: Final = (
    "customer_id IS NOT NULL AND action NOT IN ('EMAIL_SENT', 'INVOICE_ISSUED',"
    " 'INVOICE_CANCELLED', 'PAYMENT_RECORDED', 'PAYMENT_REVERSED', 'PAYMENT_REFUNDED',"
    " 'INVOICE_WRITTEN_OFF', 'WRITE_OFF_REVERSED', 'QUOTE_ACCEPTED', 'QUOTE_DECLINED')"
)
"""The entries of the audit log that timelines show, unless another row says the same."""
SHOWN_EMAILS: Final = "copy_of_id IS NULL AND kind NOT IN ('NOTICE', 'ANSWER', 'ANNOUNCEMENT')"
"""The e-mails that timelines show: those about invoices, quotes and credit notes."""
_INDEXES: Final = {
    "invoice_update_of_company": (f"invoice_update (company_id, sequence) WHERE {SHOWN_UPDATES}"),
    "invoice_update_of_customer": (f"invoice_update (customer_id, sequence) WHERE {SHOWN_UPDATES}"),
    "invoice_update_of_invoice": (f"invoice_update (invoice_id, sequence) WHERE {SHOWN_UPDATES}"),
    "invoice_update_of_quote": "invoice_update (quote_id, sequence) WHERE quote_id IS NOT NULL",
    "invoice_update_of_credit_note": (
        "invoice_update (credit_note_id, sequence) WHERE credit_note_id IS NOT NULL"
    ),
    "audit_entry_of_company": f"audit_entry (company_id, at, id) WHERE {SHOWN_ENTRIES}",
    "audit_entry_of_customer": f"audit_entry (customer_id, at, id) WHERE {SHOWN_ENTRIES}",
    "audit_entry_of_subject": f"audit_entry (subject_id, at, id) WHERE {SHOWN_ENTRIES}",
    "email_delivery_of_company": (
        f"email_delivery (company_id, created_at, id) WHERE {SHOWN_EMAILS}"
    ),
    "email_delivery_of_customer": (
        f"email_delivery (customer_id, created_at, id) WHERE {SHOWN_EMAILS}"
    ),
}


async def create_indexes(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Create the indexes."""
    for name, rows in _INDEXES.items():
        await editor.client.execute_script(f"CREATE INDEX {name} ON {rows}")


async def drop_indexes(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Drop what `create_indexes` created."""
    for name in _INDEXES:
        await editor.client.execute_script(f"DROP INDEX {name}")
