"""The schema's enums: those of the models, each value with a description."""

from enum import Enum, StrEnum
from typing import Final

import strawberry

from auth.permissions import Permission
from einvoices.formats import EInvoiceFormat
from errors import ErrorCode
from models import (
    CreditNoteStatus,
    DeliveryState,
    EmailTextKind,
    EventStatus,
    InvoiceStatus,
    MailCategory,
    MailKind,
    OptOutOrigin,
    Plan,
    QuoteStatus,
    SeriesKind,
    ViewSource,
    WebhookDeliveryState,
    WebhookEvent,
)
from models.customers import EInvoiceFormat as EInvoicePreference
from services.billing.lists.orders import CreditNoteOrder, CustomerOrder, InvoiceOrder, QuoteOrder
from values.parties import PaperSize
from values.payments import PaymentKind
from values.taxes import TaxCategory, TaxRounding

__all__ = [
    "CreditNoteOrder",
    "CreditNoteStatus",
    "CustomerOrder",
    "DeliveryState",
    "DeliveryStatus",
    "EInvoiceFormat",
    "EInvoicePreference",
    "EmailTextKind",
    "ErrorCode",
    "EventStatus",
    "InvoiceAction",
    "InvoiceOrder",
    "InvoiceStatus",
    "MailCategory",
    "MailKind",
    "OptOutOrigin",
    "PaperSize",
    "PaymentKind",
    "Permission",
    "Plan",
    "QuoteOrder",
    "QuoteStatus",
    "SeriesKind",
    "TaxCategory",
    "TaxRounding",
    "ViewSource",
    "WebhookDeliveryState",
    "WebhookEvent",
]


class DeliveryStatus(Enum):
    """The result of sending an e-mail at the time of the response."""

    SENT = "SENT"
    SKIPPED_OPTED_OUT = "SKIPPED_OPTED_OUT"
    FAILED = "FAILED"
    WAITING = "WAITING"
    CANCELLED = "CANCELLED"


class InvoiceAction(StrEnum):
    """An action on an invoice."""

    EDIT = "EDIT"
    DELETE = "DELETE"
    ISSUE = "ISSUE"
    CANCEL = "CANCEL"
    SHARE = "SHARE"
    REVOKE_SHARE = "REVOKE_SHARE"
    SEND = "SEND"
    REMIND = "REMIND"
    RECORD_PAYMENT = "RECORD_PAYMENT"
    CREDIT = "CREDIT"
    REFUND = "REFUND"
    WRITE_OFF = "WRITE_OFF"


def describe(enum: type[Enum], description: str, *, name: str | None = None, **values: str) -> None:
    """Register `enum` in the schema; a value without a description fails."""
    registered = strawberry.enum(enum, description=description, name=name)
    for value in registered.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.pop(value.name)
    assert not values


describe(
    InvoiceStatus,
    "The status of an invoice.",
    DRAFT="Being written. Clients can't see it.",
    ISSUED="Issued; nothing has been paid yet.",
    PARTIALLY_PAID="Partly paid; an amount is still due.",
    PAID="Nothing is due.",
    CANCELLED="Cancelled. Nothing is owed, and it can't be paid.",
)
_AGE: Final = {"NEWEST": "By date of creation, newest first.", "OLDEST": "The reverse of NEWEST."}
_DOCUMENT: Final = {
    **_AGE,
    "NUMBER": "By number, in text order. Drafts come last.",
    "NUMBER_DESC": "The reverse of NUMBER.",
    "TOTAL": "By total, smallest first. Currencies aren't converted: totals are compared in minor "
    "units.",
    "TOTAL_DESC": "The reverse of TOTAL.",
    "CUSTOMER": "By the customer's name, regardless of case and accents, and then oldest first.",
    "CUSTOMER_DESC": "The reverse of CUSTOMER.",
    "ISSUE_DATE": "By issue date, earliest first. Those without one come last.",
    "ISSUE_DATE_DESC": "The reverse of ISSUE_DATE.",
}
describe(
    CustomerOrder,
    "An order of customers.",
    **_AGE,
    NAME="By name, regardless of case and accents.",
    NAME_DESC="The reverse of NAME.",
)
describe(
    InvoiceOrder,
    "An order of invoices.",
    **_DOCUMENT,
    DUE_DATE="By due date, earliest first. Invoices without a due date come last.",
    DUE_DATE_DESC="The reverse of DUE_DATE.",
    AMOUNT_DUE="By amount due, smallest first. Currencies aren't converted, as for TOTAL.",
    AMOUNT_DUE_DESC="The reverse of AMOUNT_DUE.",
    LAST_VIEWED="By last view, the least recent first. Invoices without one come first.",
    LAST_VIEWED_DESC="The reverse of LAST_VIEWED: by last view, the most recent first.",
)
describe(
    QuoteOrder,
    "An order of quotes.",
    **_DOCUMENT,
    VALID_UNTIL="By last valid day, earliest first. Quotes without one come last.",
    VALID_UNTIL_DESC="The reverse of VALID_UNTIL.",
)
describe(CreditNoteOrder, "An order of credit notes.", **_DOCUMENT)
describe(
    TaxCategory,
    "Why a line has the tax that it has: the VAT categories of EN 16931.",
    STANDARD="Taxed, also at a reduced rate.",
    ZERO="Taxed at a rate of zero.",
    EXEMPT="Exempt by law.",
    REVERSE_CHARGE="The customer owes the tax.",
    INTRA_COMMUNITY="A supply to a business in another country of the EU.",
    EXPORT="An export to a country outside the EU.",
    OUT_OF_SCOPE="Not a subject of this tax.",
)
describe(
    PaperSize,
    "The paper of PDFs.",
    A4="A4, 210 by 297 millimetres.",
    LETTER="US Letter, 8.5 by 11 inches.",
)
describe(
    TaxRounding,
    "How the tax of each rate is rounded to the currency's smallest unit.",
    HALF_UP="To the nearest unit, and half a unit up.",
    DOWN="Down, as is the custom in Japan.",
)
describe(
    InvoiceAction,
    "An action on an invoice.",
    EDIT="Replace everything in the draft: `updateInvoice`.",
    DELETE="Delete the draft: `deleteInvoice`.",
    ISSUE="Issue the draft: `issueInvoice`. Its dates are checked then.",
    CANCEL="Cancel it: `cancelInvoice`.",
    SHARE="Create its link, or get the link it has: `shareInvoice`.",
    REVOKE_SHARE="Revoke its link: `revokeInvoiceShare`.",
    SEND="Send it by e-mail: `sendInvoice`.",
    REMIND="Send its customer a reminder: `sendReminder`.",
    RECORD_PAYMENT="Record a payment received outside Stripe: `recordPayment`.",
    CREDIT="Credit it in full or in part: `creditInvoice`.",
    REFUND="Refund a payment through Stripe: `refundPayment`.",
    WRITE_OFF="Write off what is due: `writeOff`.",
)
describe(
    CreditNoteStatus,
    "The status of a credit note.",
    DRAFT="Being written. It isn't credit yet.",
    ISSUED="The customer can use the credit. None of it has been applied yet.",
    APPLIED="Some or all of it has been applied to invoices. The rest can still be used.",
    VOID="Voided before any of it was applied.",
)
describe(
    QuoteStatus,
    "The status of a quote.",
    DRAFT="Being written. Clients can't see it.",
    SENT="Shared; the customer hasn't decided yet.",
    ACCEPTED="Accepted. An invoice can be created from it.",
    DECLINED="Declined.",
)
describe(
    MailCategory,
    "A category of e-mails that clients can turn off.",
    DOCUMENT="Invoices and quotes.",
    REMINDER="Reminders about invoices.",
    MARKETING="Announcements.",
)
describe(
    MailKind,
    "What an e-mail is about.",
    INVOICE="An invoice.",
    QUOTE="A quote.",
    CREDIT_NOTE="A credit note.",
    REMINDER="An invoice that is due soon or overdue.",
    ANNOUNCEMENT="An announcement.",
    RECEIPT="The receipt of a payment.",
    REFUND="A refund.",
    PAYMENT_FAILED="A payment that failed days after the client made it.",
    ANSWER="An answer to a client's question.",
    NOTICE="A notice to the company's own staff.",
    INVITATION="An invitation to join the company's staff.",
)
describe(
    OptOutOrigin,
    "How e-mails to an address were turned off.",
    LINK="By the client, with the link in their e-mails.",
    ONE_CLICK="By the client's mail program, with one click (RFC 8058).",
    STAFF="By staff, because the client asked for it.",
)
describe(
    EmailTextKind,
    "An e-mail whose texts a company can write itself.",
    INVOICE="An invoice.",
    QUOTE="A quote.",
    CREDIT_NOTE="A credit note.",
    REMINDER="A reminder of an invoice that isn't overdue.",
    OVERDUE_REMINDER="A reminder of an overdue invoice.",
    RECEIPT="A receipt for a payment.",
    REFUND="A refund of a payment.",
    PAYMENT_FAILED="A payment that failed days after the client made it.",
)
describe(
    DeliveryState,
    "The status of a delivery.",
    QUEUED="Waiting for its first or next attempt.",
    SENDING="Handed to the mail server, whose response isn't recorded yet.",
    SENT="Accepted by the mail server.",
    FAILED="Not sent, or the outcome is unknown. The detail says why.",
    SKIPPED="Not sent because the recipient has turned these e-mails off.",
    CANCELLED="Cancelled by staff before it was sent.",
)
describe(
    DeliveryStatus,
    "The result of sending an e-mail at the time of the response.",
    SENT="Accepted by the mail server.",
    SKIPPED_OPTED_OUT="Not sent because the recipient has turned these e-mails off.",
    FAILED="Not sent so far. The detail says why and whether it will be retried.",
    WAITING="It is sent at the delivery's `nextAttemptAt`, unless it is cancelled before. Only "
    "what was sent with `delaySeconds` has this status.",
    CANCELLED="Cancelled by staff before it was sent.",
)
describe(
    Plan,
    "A company's plan.",
    FREE="Sharing, viewing, PDF and preferences.",
    PRO="Everything in FREE, plus online payment.",
)
describe(
    Permission,
    "What a user or an API key is allowed to do within the company.",
    VIEW_INVOICES="Read invoices, quotes, customers and views, and subscribe to live events.",
    MANAGE_INVOICES="Write customers, invoices, quotes, credit notes and payments, share and "
    "revoke links, and send e-mails.",
    MANAGE_COMPANY="Change the company's details, connect Stripe and handle its events, manage "
    "users and API keys, and read the audit log.",
)
describe(
    PaymentKind,
    "What changed the amount due on an invoice.",
    PAYMENT="A payment.",
    CREDIT="Credit that was applied or, with a negative amount, kept as a credit note.",
    REFUND="A refund or, with a positive amount, one that failed.",
    DISPUTE="A payment that the payer's bank took back or, with a positive amount, returned.",
    WRITE_OFF="What the business gives up or, with a negative amount, gets after all.",
    REVERSAL="A payment that was recorded by mistake and reversed.",
)
describe(
    SeriesKind,
    "A kind of document that has numbers of its own.",
    INVOICE="Invoices.",
    QUOTE="Quotes.",
    CREDIT_NOTE="Credit notes.",
)
describe(
    EventStatus,
    "The status of a Stripe event.",
    APPLIED="It has taken effect.",
    IGNORED="It doesn't concern an invoice of this company.",
    WAITING="It concerns a payment that isn't known yet, and takes effect once it is.",
    PARKED="It can't be applied; the detail says why. It can be replayed.",
)
describe(
    WebhookEvent,
    "An event that a webhook can get. In payloads, `INVOICE_PAID` is called `invoice.paid`.",
    INVOICE_ISSUED="An invoice was issued.",
    INVOICE_CANCELLED="An invoice was cancelled.",
    INVOICE_VIEWED="Someone opened an invoice. Automated views don't count.",
    INVOICE_READ="Someone read an invoice: its page was visible for three seconds.",
    INVOICE_PAID="Nothing is left to pay on an invoice.",
    PAYMENT_RECEIVED="A payment was received.",
    PAYMENT_PENDING="A payment that takes days to settle was started.",
    PAYMENT_FAILED="A pending payment failed.",
    PAYMENT_REFUNDED="All or part of a payment was refunded.",
    PAYMENT_DISPUTED="The payer's bank disputed a payment and took the money back.",
    LINK_SHARED="A link to an invoice, quote, credit note or portal was created.",
    LINK_REVOKED="The link to an invoice, quote, credit note or portal was revoked.",
    QUOTE_ACCEPTED="A quote was accepted.",
    QUOTE_DECLINED="A quote was declined.",
    QUESTION_ASKED="A client asked a question.",
    EMAIL_FAILED="An e-mail to a client couldn't be delivered.",
)
describe(
    EInvoiceFormat,
    "A format of e-invoices, with the syntax of its XML.",
    FACTUR_X="Factur-X 1.0 and ZUGFeRD 2, profile EN 16931. Its XML is CII.",
    XRECHNUNG_CII="XRechnung 3.0 in CII.",
    XRECHNUNG_UBL="XRechnung 3.0 in UBL.",
    PEPPOL_UBL="Peppol BIS Billing 3.0, in UBL.",
)
describe(
    EInvoicePreference,
    "The form in which a customer wants its invoices.",
    name="EInvoicePreference",
    PDF="A PDF is enough.",
    XRECHNUNG="An XRechnung, as German authorities require.",
    PEPPOL="A Peppol BIS Billing invoice.",
)
describe(
    WebhookDeliveryState,
    "The status of a webhook's delivery.",
    QUEUED="Waiting for its first or next attempt, or for earlier deliveries.",
    DELIVERED="The receiver responded with a status from 200 to 299.",
    FAILED="Couldn't be delivered within three days. It can be replayed.",
)
describe(
    ErrorCode,
    "The `extensions.code` of an error.",
    UNAUTHENTICATED="The credential is missing, unknown, expired or revoked.",
    FORBIDDEN="The credential lacks the permission.",
    NOT_FOUND="Unknown, revoked, a draft, or another company's. The response doesn't say which.",
    BAD_INPUT="The input is invalid. `extensions.field` is its path where possible, such as "
    "`lines.3.quantity`.",
    CONFLICT="The current state doesn't allow this. Nothing was changed.",
    RATE_LIMITED="Too many requests. `extensions.retryAfter` says how many seconds to wait.",
    PAYMENT_UNAVAILABLE="The invoice can't be paid online.",
    AMOUNT_TOO_SMALL="The amount is below the minimum. `extensions.reason` names the rule, and "
    "`extensions.limit` the amount that it allows.",
    AMOUNT_TOO_LARGE="The amount is more than is due or can be paid. `extensions.reason` names "
    "the rule, and `extensions.limit` the amount that it allows.",
    PAYMENT_PROVIDER_ERROR="Stripe failed or couldn't be reached. Nothing was charged.",
    QUERY_TOO_COMPLEX="The query asks for more than a request may. The message has the figures.",
    PERSISTED_QUERY_NOT_FOUND="The digest of a persisted query isn't known. Send the text with it.",
    PERSISTED_QUERY_NOT_SUPPORTED="The persisted query isn't version 1 with a SHA-256 digest. "
    "Send the text alone.",
    BATCHING_NOT_SUPPORTED="The request is a list of operations. Send one per request.",
    UNAVAILABLE="The portal can't do this now, and the same request may succeed soon. "
    "`extensions.retryAfter` says how many seconds to wait. Whether a change was made is unknown.",
    INTERNAL="An internal error. `extensions.requestId` identifies it in the log.",
)
describe(
    ViewSource,
    "Where the viewer of an invoice came from.",
    LINK="A shared link.",
    EMAIL="An e-mail sent by the portal.",
    PORTAL="The customer's portal.",
    API="Reported by a tool.",
)
