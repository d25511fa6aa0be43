"""The rows, and the rules that belong to one row."""

from models.accounts import AccountEntry, AccountMonth, MovementKind
from models.audit_log import AuditAction, AuditEntry
from models.checkouts import (
    PAYABLE,
    UNSETTLED,
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    PaymentReversal,
    PaymentReversalKind,
    PaymentReversalStatus,
    Reversal,
    Surplus,
)
from models.companies import Company, Logo, Plan, ViewFeed
from models.corrections import StripeRefund, StripeRefundStatus, WriteOff
from models.credentials import Credential, CredentialKind, Invitation, InvitationKind
from models.credit_notes import (
    LIVE_CREDIT,
    CreditApplication,
    CreditNote,
    CreditNoteLine,
    CreditNoteStatus,
    CreditPayout,
)
from models.customers import Customer
from models.emails import (
    Announcement,
    DeliveryState,
    EmailDelivery,
    EmailPreference,
    EmailText,
    EmailTextKind,
    MailCategory,
    MailKind,
    OptOutOrigin,
)
from models.invoice_events import InvoiceChange, InvoiceUpdate
from models.invoices import OPEN_STATUSES, Invoice, InvoiceLine, InvoiceStatus, Payment
from models.numbering import NumberCounter, NumberSeries, SeriesKind
from models.party_snapshots import PartySnapshot
from models.questions import Answer, Question
from models.quotes import Quote, QuoteLine, QuoteStatus
from models.schedules import CompanyUpkeep, Schedule
from models.stripe_events import EventStatus, StripeEvent
from models.users import RecoveryCode, SampleInvoice, UnsavedForm, User
from models.views import InvoiceView, InvoiceViewer, ReaderAction, ViewSource, ViewTally
from models.webhooks import (
    SubjectType,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEvent,
    WebhookKind,
)

__all__ = [
    "LIVE_CREDIT",
    "OPEN_STATUSES",
    "PAYABLE",
    "UNSETTLED",
    "AccountEntry",
    "AccountMonth",
    "Announcement",
    "Answer",
    "AuditAction",
    "AuditEntry",
    "Checkout",
    "CheckoutShare",
    "CheckoutStatus",
    "Company",
    "CompanyUpkeep",
    "Credential",
    "CredentialKind",
    "CreditApplication",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteStatus",
    "CreditPayout",
    "Customer",
    "DeliveryState",
    "EmailDelivery",
    "EmailPreference",
    "EmailText",
    "EmailTextKind",
    "EventStatus",
    "Invitation",
    "InvitationKind",
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
    "MovementKind",
    "NumberCounter",
    "NumberSeries",
    "OptOutOrigin",
    "PartySnapshot",
    "Payment",
    "PaymentReversal",
    "PaymentReversalKind",
    "PaymentReversalStatus",
    "Plan",
    "Question",
    "Quote",
    "QuoteLine",
    "QuoteStatus",
    "ReaderAction",
    "RecoveryCode",
    "Reversal",
    "SampleInvoice",
    "Schedule",
    "SeriesKind",
    "StripeEvent",
    "StripeRefund",
    "StripeRefundStatus",
    "SubjectType",
    "Surplus",
    "UnsavedForm",
    "User",
    "ViewFeed",
    "ViewSource",
    "ViewTally",
    "Webhook",
    "WebhookDelivery",
    "WebhookDeliveryState",
    "WebhookEvent",
    "WebhookKind",
    "WriteOff",
]
