"""Enums of the schema: those of the models, with a description for each value."""

from enum import Enum

import strawberry

from auth.permissions import Permission
from errors import ErrorCode
from models import (
    AuditAction,
    CreditNoteStatus,
    DeliveryState,
    EventStatus,
    InvoiceChange,
    InvoiceStatus,
    MailCategory,
    MailKind,
    Plan,
    QuoteStatus,
    ViewSource,
)

__all__ = [
    "AuditAction",
    "CreditNoteStatus",
    "DeliveryState",
    "DeliveryStatus",
    "ErrorCode",
    "EventStatus",
    "InvoiceChange",
    "InvoiceStatus",
    "MailCategory",
    "MailKind",
    "Permission",
    "Plan",
    "QuoteStatus",
    "ViewSource",
]


class DeliveryStatus(Enum):
    """What sending an e-mail has come to by the time of the answer."""

    SENT = "SENT"
    SKIPPED_OPTED_OUT = "SKIPPED_OPTED_OUT"
    FAILED = "FAILED"


def _describe(enum: type[Enum], description: str, **values: str) -> None:
    """Make `enum` one of the schema's; every value has a description, or this fails."""
    registered = strawberry.enum(enum, description=description)
    for value in registered.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.pop(value.name)
    assert not values


_describe(
    InvoiceStatus,
    "Where an invoice stands.",
    DRAFT="Being written; no client can see it.",
    ISSUED="Sent out, nothing paid yet.",
    PARTIALLY_PAID="Something is paid, something is due.",
    PAID="Nothing is due.",
    CANCELLED="Called off; nothing is owed and nothing can be paid.",
)
_describe(
    InvoiceChange,
    "What happened to an invoice.",
    ISSUED="It was issued.",
    CANCELLED="It was called off.",
    PAYMENT_RECEIVED="Money came in for it.",
    PAYMENT_PENDING="A payment was started, and has not come in yet.",
    PAYMENT_FAILED="A payment that was pending won't come in.",
    CREDIT_APPLIED="Credit was applied to it.",
    REFUNDED="A payment, or a part of it, was given back.",
    DISPUTED="The payer's bank has called a payment into question, and taken it back for now.",
    REVERSAL_RETURNED="What a refund or a dispute had taken back has come in again.",
)
_describe(
    CreditNoteStatus,
    "Where a credit note stands.",
    DRAFT="Being written; it is no credit yet.",
    ISSUED="The customer has it good; nothing of it is applied yet.",
    APPLIED="Something of it, or all, was applied to invoices. What is left is still good.",
    VOID="Taken back before anything of it was applied.",
)
_describe(
    QuoteStatus,
    "Where a quote stands.",
    DRAFT="Being written; no client can see it.",
    SENT="Handed over; the customer has not decided.",
    ACCEPTED="The customer has accepted. It can be turned into an invoice.",
    DECLINED="The customer has declined.",
)
_describe(
    MailCategory,
    "What a client can turn off, each by itself.",
    DOCUMENT="Invoices and quotes.",
    REMINDER="Reminders of invoices.",
    MARKETING="Announcements.",
)
_describe(
    MailKind,
    "What an e-mail is about.",
    INVOICE="An invoice.",
    QUOTE="A quote.",
    REMINDER="An invoice that is due soon or overdue.",
    ANNOUNCEMENT="An announcement.",
)
_describe(
    DeliveryState,
    "Where the delivery of an e-mail stands.",
    QUEUED="To be tried, or to be tried again.",
    SENDING="Handed to the mail server, whose answer is not noted down yet.",
    SENT="The mail server has taken it.",
    FAILED="It was not sent, or nobody knows; the detail says why.",
    SKIPPED="Not sent, since the recipient wants no such e-mails.",
)
_describe(
    DeliveryStatus,
    "What sending an e-mail has come to by the time of the answer.",
    SENT="The mail server has taken it.",
    SKIPPED_OPTED_OUT="Not sent, since the recipient wants no such e-mails.",
    FAILED="Not sent by now; the detail says why, and whether it goes on by itself.",
)
_describe(
    ViewSource,
    "Where the viewer of an invoice came from.",
    LINK="From a link that somebody passed on.",
    EMAIL="From an e-mail of ours.",
    PORTAL="From the customer's portal.",
    API="Reported by a tool.",
)
_describe(
    Plan,
    "What the business has booked.",
    FREE="Sharing, viewing, PDF and preferences.",
    PRO="Online payment as well.",
)
_describe(
    Permission,
    "What a user or an API key may do within the company.",
    VIEW_INVOICES="Read invoices, quotes, customers and who opened what, and follow what happens "
    "live.",
    MANAGE_INVOICES="Write customers, invoices, quotes, credit notes and payments, share or revoke "
    "links, and send e-mails.",
    MANAGE_COMPANY="Change the company's details, connect it to Stripe and see what Stripe has "
    "reported, manage API keys, and read the audit log.",
)
_describe(
    AuditAction,
    "What somebody did.",
    INVOICE_SHARED="Made a link to an invoice.",
    INVOICE_SHARE_REVOKED="Took the link to an invoice back.",
    PORTAL_SHARED="Made a link to a customer's portal.",
    PORTAL_SHARE_REVOKED="Took the link to a customer's portal back.",
    API_KEY_CREATED="Made an API key.",
    API_KEY_REVOKED="Revoked an API key.",
    USER_INVITED="Made a link by which a user chooses a password.",
    USER_UPDATED="Changed a user's name or permissions.",
    USER_REMOVED="Removed a user.",
    PASSWORD_CHOSEN="Chose a password.",  # noqa: S106  # it is none
    COMPANY_UPDATED="Changed the company's own details.",
    CREDIT_NOTE_ISSUED="Issued a credit note.",
    CREDIT_NOTE_APPLIED="Applied credit to an invoice.",
    CREDIT_NOTE_VOIDED="Took a credit note back.",
    QUOTE_SHARED="Made a link to a quote.",
    QUOTE_SHARE_REVOKED="Took the link to a quote back.",
    QUOTE_ACCEPTED="Noted that a quote was accepted.",
    QUOTE_DECLINED="Noted that a quote was declined.",
    ANNOUNCEMENT_SENT="Sent an announcement to customers.",
    STRIPE_CONNECTED="Connected the company to Stripe.",
    STRIPE_DISCONNECTED="Disconnected the company from Stripe.",
    STRIPE_EVENT_REPLAYED="Had an event of Stripe's applied again.",
)
_describe(
    EventStatus,
    "What became of something that Stripe has reported.",
    APPLIED="It has taken effect.",
    IGNORED="It is about nothing that was asked for here.",
    WAITING="It is about a payment that is not known yet, and takes effect once it is.",
    PARKED="It can't take effect; the detail says why. It can be replayed.",
)
_describe(
    ErrorCode,
    "What stands in `extensions.code` of an error.",
    UNAUTHENTICATED="No credential, or one that is unknown, expired or revoked.",
    FORBIDDEN="The credential lacks the permission.",
    NOT_FOUND="Unknown, revoked, a draft, or another company's: all alike.",
    BAD_INPUT="The input breaks a rule; `extensions.field` names it where it can.",
    CONFLICT="The state of things does not allow it; nothing was changed.",
    RATE_LIMITED="Too many requests; `extensions.retryAfter` says for how many seconds.",
    PAYMENT_UNAVAILABLE="It can't be paid online.",
    AMOUNT_TOO_SMALL="The amount is under what may be booked or paid.",
    AMOUNT_TOO_LARGE="The amount is over what is due.",
    PAYMENT_PROVIDER_ERROR="Stripe failed or can't be reached; nothing was charged.",
    QUERY_TOO_COMPLEX="The query asks for more than one request may; the message has figures.",
    INTERNAL="A fault of ours; `extensions.requestId` finds it in the log.",
)
