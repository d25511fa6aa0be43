"""The rows, and the rules that belong to one row."""

from models.access import Credential, CredentialKind, User
from models.audit import AuditAction, AuditEntry
from models.company import Company, Plan, ViewFeed
from models.customer import Customer
from models.invoice import OPEN_STATUSES, Invoice, InvoiceLine, InvoiceStatus, Payment
from models.view import InvoiceView, InvoiceViewer, ViewSource

__all__ = [
    "OPEN_STATUSES",
    "AuditAction",
    "AuditEntry",
    "Company",
    "Credential",
    "CredentialKind",
    "Customer",
    "Invoice",
    "InvoiceLine",
    "InvoiceStatus",
    "InvoiceView",
    "InvoiceViewer",
    "Payment",
    "Plan",
    "User",
    "ViewFeed",
    "ViewSource",
]
