"""What timelines show of rows: conditions that their indexes and their statements share.

The indexes leave out all other rows, so finding a page takes no longer if an invoice was read a
million times.
"""

from typing import Final

SHOWN_UPDATES: Final = "change NOT IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')"
"""The events of documents that timelines show. What readers do comes with the view."""
SHOWN_NEWS: Final = (
    "change IN ('PAYMENT_RECEIVED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'DISPUTED',"
    " 'QUESTION_ASKED', 'QUOTE_ACCEPTED', 'QUOTE_DECLINED')"
)
"""The events that are news from clients."""
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
