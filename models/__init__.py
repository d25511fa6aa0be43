"""The rows, and the rules that belong to one row."""

from models.access import Credential, CredentialKind, User
from models.audit import AuditAction, AuditEntry
from models.company import Company, Plan, ViewFeed
from models.credit import LIVE_CREDIT, CreditApplication, CreditNote, CreditNoteStatus
from models.customer import Customer
from models.invoice import OPEN_STATUSES, Invoice, InvoiceLine, InvoiceStatus, Payment
from models.logo import Logo
from models.mail import (
    Announcement,
    DeliveryState,
    EmailDelivery,
    EmailPreference,
    MailCategory,
    MailKind,
)
from models.quote import Quote, QuoteLine, QuoteStatus
from models.update import InvoiceChange, InvoiceUpdate
from models.view import InvoiceView, InvoiceViewer, ViewSource

__all__ = [
    "LIVE_CREDIT",
    "OPEN_STATUSES",
    "Announcement",
    "AuditAction",
    "AuditEntry",
    "Company",
    "Credential",
    "CredentialKind",
    "CreditApplication",
    "CreditNote",
    "CreditNoteStatus",
    "Customer",
    "DeliveryState",
    "EmailDelivery",
    "EmailPreference",
    "Invoice",
    "InvoiceChange",
    "InvoiceLine",
    "InvoiceStatus",
    "InvoiceUpdate",
    "InvoiceView",
    "InvoiceViewer",
    "Logo",
    "MailCategory",
    "MailKind",
    "Payment",
    "Plan",
    "Quote",
    "QuoteLine",
    "QuoteStatus",
    "User",
    "ViewFeed",
    "ViewSource",
]
