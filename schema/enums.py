"""Enums of the schema: those of the models, with a description for each value."""

from enum import Enum

import strawberry

from auth.permissions import Permission
from errors import ErrorCode
from models import AuditAction, InvoiceStatus, Plan, ViewSource

__all__ = ["AuditAction", "ErrorCode", "InvoiceStatus", "Permission", "Plan", "ViewSource"]


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
    VIEW_INVOICES="Read invoices, customers and who opened what, and follow opens live.",
    MANAGE_INVOICES="Write customers, invoices and payments, and share or revoke links.",
    MANAGE_COMPANY="Manage API keys, and read the audit log.",
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
