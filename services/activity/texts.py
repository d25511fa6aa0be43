"""The texts of timelines, in English: for the page of a document, and for a feed of the company.

They have places for names and amounts. `{by}` is " by Ines", or nothing if nobody did it.
"""

from collections.abc import Mapping
from typing import Final

from models import DeliveryState, MailKind
from services.activity.entries import ActivityKind

TEXTS: Final[Mapping[ActivityKind, tuple[str, str]]] = {
    ActivityKind.CREATED: ("Created{by}", "{actor} created {document} for {customer}"),
    ActivityKind.EDITED: ("Edited{by}", "{actor} edited {customer}"),
    ActivityKind.DELETED: ("Deleted {note}{by}", "{actor} deleted {note} for {customer}"),
    ActivityKind.ISSUED: ("Issued{by}", "{actor} issued {document} for {customer}"),
    ActivityKind.CANCELLED: ("Cancelled{by}", "{actor} cancelled {document} for {customer}"),
    ActivityKind.VOIDED: ("Voided{by}", "{actor} voided {document} for {customer}"),
    ActivityKind.SHARED: ("Shared{by}", "{actor} shared {document} with {customer}"),
    ActivityKind.SHARE_REVOKED: (
        "Sharing stopped{by}",
        "{actor} stopped sharing {document} with {customer}",
    ),
    ActivityKind.EMAILS_TURNED_OFF: (
        "E-mails to {note} turned off{by}",
        "{actor} turned off e-mails to {note} of {customer}",
    ),
    ActivityKind.READ: ("Read for the first time", "{customer} read {document} for the first time"),
    ActivityKind.PAYMENT_RECEIVED: (
        "Paid {amount}{method}",
        "{customer} paid {amount} for {document}",
    ),
    ActivityKind.PAYMENT_PENDING: (
        "{amount} is on its way{method}",
        "{amount} from {customer} is on its way for {document}",
    ),
    ActivityKind.PAYMENT_FAILED: (
        "Payment of {amount} failed",
        "{customer}'s payment of {amount} failed for {document}",
    ),
    ActivityKind.PAYMENT_REVERSED: (
        "Payment of {amount} reversed{by}",
        "{actor} reversed a payment of {amount} for {document}",
    ),
    ActivityKind.REFUNDED: (
        "{amount} refunded{by}",
        "{amount} for {document} was refunded to {customer}",
    ),
    ActivityKind.DISPUTED: (
        "{amount} disputed at the bank",
        "{customer}'s bank took back {amount} for {document}",
    ),
    ActivityKind.REVERSAL_RETURNED: (
        "{amount} came back",
        "{amount} from {customer} came back for {document}",
    ),
    ActivityKind.CREDIT_APPLIED: (
        "Credit of {amount} applied{by}",
        "Credit of {amount} was applied to {document} for {customer}",
    ),
    ActivityKind.CREDIT_REVERSED: (
        "Credit of {amount} removed{by}",
        "Credit of {amount} was removed from {document} for {customer}",
    ),
    ActivityKind.CREDIT_PAID_OUT: (
        "Paid out{by}",
        "{actor} paid out {document} to {customer}",
    ),
    ActivityKind.CREDIT_PAYOUT_REVERSED: (
        "Payout reversed{by}",
        "{actor} reversed the payout of {document} to {customer}",
    ),
    ActivityKind.WRITTEN_OFF: (
        "{amount} written off{by}",
        "{actor} wrote off {amount} of {document} for {customer}",
    ),
    ActivityKind.WRITE_OFF_REVERSED: (
        "Write-off of {amount} reversed{by}",
        "A write-off of {amount} on {document} was reversed for {customer}",
    ),
    ActivityKind.QUESTION_DELETED: (
        "Question deleted{by}",
        "{actor} deleted a question about {document} from {customer}",
    ),
}
OF_CREDIT_NOTES: Final = {
    ActivityKind.CREDIT_APPLIED: ("Applied{by}", "{actor} applied {document} for {customer}"),
    ActivityKind.CREDIT_REVERSED: (
        "Applied credit removed{by}",
        "{actor} removed applied credit of {document}",
    ),
}
OF_CREDIT: Final = frozenset(
    {*OF_CREDIT_NOTES, ActivityKind.CREDIT_PAID_OUT, ActivityKind.CREDIT_PAYOUT_REVERSED}
)
"""What changes the credit that is left: its note begins with the amount."""
OF_CUSTOMERS: Final = {
    ActivityKind.CREATED: ("Added{by}", "{actor} added {customer}"),
    ActivityKind.SHARED: ("Portal shared{by}", "{actor} shared the portal with {customer}"),
    ActivityKind.SHARE_REVOKED: (
        "Portal no longer shared{by}",
        "{actor} stopped sharing the portal with {customer}",
    ),
}
MAIL: Final[Mapping[MailKind, str]] = {
    MailKind.REMINDER: "Reminder",
    MailKind.RECEIPT: "Receipt",
    MailKind.REFUND: "Refund notice",
    MailKind.PAYMENT_FAILED: "Payment failure notice",
}
_ON_ITS_WAY: Final = (
    "{noun} to {to} is on its way",
    "{noun} about {document} to {customer} is on its way",
)
OUTCOMES: Final[Mapping[DeliveryState, tuple[str, str]]] = {
    DeliveryState.QUEUED: _ON_ITS_WAY,
    DeliveryState.SENDING: _ON_ITS_WAY,
    DeliveryState.SENT: (
        "{noun} sent to {to}{by}",
        "{noun} about {document} was sent to {customer}",
    ),
    DeliveryState.FAILED: (
        "{noun} to {to} failed",
        "{noun} about {document} to {customer} failed",
    ),
    DeliveryState.SKIPPED: (
        "{noun} to {to} skipped",
        "{noun} about {document} to {customer} was skipped",
    ),
}
STOPPED: Final = (
    "{noun} to {to} cancelled before it was sent",
    "{noun} about {document} to {customer} was cancelled before it was sent",
)
