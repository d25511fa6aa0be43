"""The rows, and the rules that belong to one row."""

from models.access import Credential, CredentialKind, Invitation, User
from models.audit import AuditAction, AuditEntry
from models.checkout import (
    PAYABLE,
    UNSETTLED,
    Checkout,
    CheckoutStatus,
    Reversal,
    Surplus,
    Takeback,
    TakebackKind,
    TakebackStatus,
)
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
from models.stripe_event import EventStatus, StripeEvent
from models.update import InvoiceChange, InvoiceUpdate
from models.view import InvoiceView, InvoiceViewer, ViewSource

__all__ = [
    "LIVE_CREDIT",
    "OPEN_STATUSES",
    "PAYABLE",
    "UNSETTLED",
    "Announcement",
    "AuditAction",
    "AuditEntry",
    "Checkout",
    "CheckoutStatus",
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
    "EventStatus",
    "Invitation",
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
    "Reversal",
    "StripeEvent",
    "Surplus",
    "Takeback",
    "TakebackKind",
    "TakebackStatus",
    "User",
    "ViewFeed",
    "ViewSource",
]
