"""E-mails that staff send: each becomes a delivery in the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict, PortalError, Text, gather_refusals
from models import (
    AuditAction,
    CreditNote,
    CreditNoteStatus,
    Customer,
    DeliveryState,
    EmailDelivery,
    Invoice,
    InvoiceStatus,
    MailKind,
    Quote,
    QuoteStatus,
)
from services.billing.invoices import can_issue, issue_invoice
from services.billing.quotes import share_quote
from services.common import audit_log, idempotency
from services.common.idempotency import IdempotentRequest
from services.common.lookups import lock_document
from services.common.recipients import copied_addresses
from services.common.status_words import status_text
from services.common.validation import (
    MAX_COPIES,
    clean_email,
    clean_emails,
    clean_optional,
    normalize_address,
    written_recipient,
)
from services.email.copies import queue_copies
from services.email.daily_limits import DailyLimits, DailyQuota
from services.email.delivery_queue import (
    Lease,
    QueuedDelivery,
    leased_columns,
    waiting_columns,
)
from services.email.email_content import OPTED_OUT
from services.email.preferences import preferences_for
from services.ledger.document_numbers import Document
from services.sharing import links

UNDO_SECONDS: Final = 10
"""For how long e-mails that are sent from the dashboard can be cancelled."""
MAX_DELAY_SECONDS: Final = 60
_IN_PROGRESS: Final = (DeliveryState.QUEUED, DeliveryState.SENDING)
_COLUMNS: Final[dict[type[Document], str]] = {
    Invoice: "invoice_id",
    Quote: "quote_id",
    CreditNote: "credit_note_id",
}
"""The column of a delivery that says what it is about."""


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """The recipient, if it isn't the customer, who else gets a copy, and a personal message.

    The e-mail isn't sent before `delay_seconds` have passed, so that it can be cancelled.
    """

    to: str | None = None
    cc: tuple[str, ...] = ()
    message: str | None = None
    delay_seconds: int = 0

    def cleaned(self) -> str | None:
        """Return the validated message, or None. Raises BadInput if it is too long."""
        return clean_optional(self.message, "message", most=2000, multiline=True)

    def cleaned_cc(self) -> Sequence[str]:
        """Return the validated addresses for copies. Raises BadInput."""
        return clean_emails(self.cc, "cc", most=MAX_COPIES)

    def cleaned_delay(self) -> timedelta:
        """Return the validated delay. Raises BadInput."""
        if not 0 <= self.delay_seconds <= MAX_DELAY_SECONDS:
            raise BadInput(
                Text("Enter a number from 0 to %(limit)s.", limit=MAX_DELAY_SECONDS),
                field="delaySeconds",
            )
        return timedelta(seconds=self.delay_seconds)


def can_send_invoice(invoice: Invoice) -> Conflict | None:
    """Return why the invoice can't be sent by e-mail, or None if it can."""
    if invoice.status in {InvoiceStatus.DRAFT, InvoiceStatus.CANCELLED}:
        return Conflict(
            Text(
                "This invoice is %(status)s, so it can't be sent.",
                status=status_text(invoice.status),
            )
        )
    return None


@transactional
async def send_invoice(
    staff: Staff,
    invoice_id: str,
    options: EmailOptions,
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> QueuedDelivery:
    """Queue an e-mail with the invoice's link, sharing the invoice first if needed.

    If the same e-mail is already being sent to the address, that one is returned. Raises NotFound,
    BadInput without an address, and Conflict for a draft or a cancelled invoice, or while a
    different e-mail about it is being sent there, and RateLimited over the day's limit.
    """
    request = idempotency.identify(idempotency_key, invoice_id, options)
    if earlier := await idempotency.find_earlier(EmailDelivery, staff, request):
        return QueuedDelivery(earlier)
    quota = await limits.lock(staff)
    invoice = await lock_document(Invoice, staff, invoice_id)
    if refusal := can_send_invoice(invoice):
        raise refusal
    customer = await _customer_of(invoice)
    return await _queue(staff, quota, MailKind.INVOICE, invoice, customer, options, request)


@transactional
async def issue_and_send_invoice(
    staff: Staff,
    invoice_id: str,
    options: EmailOptions,
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> QueuedDelivery:
    """Issue a draft, share it and queue an e-mail with its link, all or nothing.

    A repetition returns the e-mail while it is on its way, or by its key. Raises what
    `issue_invoice` and `send_invoice` raise, and Conflict for an invoice that isn't a draft.
    """
    request = idempotency.identify(idempotency_key, "issue", invoice_id, options)
    if earlier := await idempotency.find_earlier(EmailDelivery, staff, request):
        return QueuedDelivery(earlier)
    quota = await limits.lock(staff)
    invoice = await lock_document(Invoice, staff, invoice_id)
    sent = EmailDelivery.filter(invoice_id=invoice.id, kind=MailKind.INVOICE)
    if (refusal := can_issue(invoice)) and not await sent.filter(status__in=_IN_PROGRESS).exists():
        raise refusal
    invoice = await issue_invoice(staff, invoice_id)
    customer = await _customer_of(invoice)
    return await _queue(staff, quota, MailKind.INVOICE, invoice, customer, options, request)


def can_remind(invoice: Invoice, customer: Customer) -> PortalError | None:
    """Return why the invoice's customer can't be sent a reminder, or None if it can."""
    if not invoice.is_open:
        return Conflict(
            Text(
                "This invoice is %(status)s, so nothing is due on it.",
                status=status_text(invoice.status),
            )
        )
    if customer.email is None:
        return BadInput(Text("The customer has no e-mail address."), field="to")
    return None


@transactional
async def send_reminder(
    staff: Staff,
    invoice_id: str,
    *,
    limits: DailyLimits,
    delay_seconds: int = 0,
    idempotency_key: str | None = None,
) -> QueuedDelivery:
    """Queue a reminder about the invoice to its customer.

    If one is already being sent, that one is returned. Raises NotFound, BadInput without an
    address, and Conflict if nothing is due.
    """
    options = EmailOptions(delay_seconds=delay_seconds)
    request = idempotency.identify(idempotency_key, "reminder", invoice_id, options)
    if earlier := await idempotency.find_earlier(EmailDelivery, staff, request):
        return QueuedDelivery(earlier)
    quota = await limits.lock(staff)
    invoice = await lock_document(Invoice, staff, invoice_id)
    customer = await _customer_of(invoice)
    if refusal := can_remind(invoice, customer):
        raise refusal
    return await _queue(staff, quota, MailKind.REMINDER, invoice, customer, options, request)


def can_send_quote(quote: Quote) -> Conflict | None:
    """Return why the quote can't be sent by e-mail, or None if it can."""
    if quote.status is QuoteStatus.DECLINED:
        return Conflict(Text("This quote was declined, so it can't be sent."))
    return None


@transactional
async def send_quote(
    staff: Staff,
    quote_id: str,
    options: EmailOptions,
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> QueuedDelivery:
    """Queue an e-mail with the quote's link. Shares the quote if needed, which makes it SENT.

    If the same e-mail is already being sent to the address, that one is returned. Raises NotFound,
    BadInput without an address, and Conflict for a declined quote, or while a different e-mail
    about it is being sent there.
    """
    request = idempotency.identify(idempotency_key, quote_id, options)
    if earlier := await idempotency.find_earlier(EmailDelivery, staff, request):
        return QueuedDelivery(earlier)
    quota = await limits.lock(staff)
    quote = await lock_document(Quote, staff, quote_id)
    if refusal := can_send_quote(quote):
        raise refusal
    customer = await _customer_of(quote)
    return await _queue(staff, quota, MailKind.QUOTE, quote, customer, options, request)


def can_send_credit_note(note: CreditNote) -> Conflict | None:
    """Return why the credit note can't be sent by e-mail, or None if it can."""
    if note.status in {CreditNoteStatus.DRAFT, CreditNoteStatus.VOID}:
        return Conflict(
            Text(
                "This credit note is %(status)s, so it can't be sent.",
                status=status_text(note.status),
            )
        )
    return None


@transactional
async def send_credit_note(
    staff: Staff,
    credit_note_id: str,
    options: EmailOptions,
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> QueuedDelivery:
    """Queue an e-mail with the credit note's link, sharing the credit note first if needed.

    If the same e-mail is already being sent to the address, that one is returned. Raises NotFound,
    BadInput without an address, and Conflict for a draft or a void credit note, or while a
    different e-mail about it is being sent there, and RateLimited over the day's limit.
    """
    request = idempotency.identify(idempotency_key, credit_note_id, options)
    if earlier := await idempotency.find_earlier(EmailDelivery, staff, request):
        return QueuedDelivery(earlier)
    quota = await limits.lock(staff)
    note = await lock_document(CreditNote, staff, credit_note_id)
    if refusal := can_send_credit_note(note):
        raise refusal
    customer = await _customer_of(note)
    return await _queue(staff, quota, MailKind.CREDIT_NOTE, note, customer, options, request)


async def _customer_of(document: Document) -> Customer:
    return await Customer.get(id=document.customer_id).select_related("company")


def _recipient_of(customer: Customer, options: EmailOptions) -> tuple[str, str]:
    """Return the address as it is written, and its canonical form. Raises BadInput."""
    address = clean_email(options.to, "to") or customer.email
    if address is None:
        raise BadInput(Text("The customer has no e-mail address. Enter one."), field="to")
    return address, normalize_address(address, "to")


async def _queue(  # noqa: PLR0917  # what an e-mail consists of
    staff: Staff,
    quota: DailyQuota,
    kind: MailKind,
    document: Document,
    customer: Customer,
    options: EmailOptions,
    request: IdempotentRequest,
) -> QueuedDelivery:
    """Queue an e-mail to `customer` about a locked document."""
    with gather_refusals() as refusals:
        address, recipient = refusals.of(_recipient_of, customer, options) or ("", "")
        message = refusals.of(options.cleaned)
        cc = refusals.of(options.cleaned_cc) or ()
        delay = refusals.of(options.cleaned_delay) or timedelta()
    columns: dict[str, Any] = {
        "company_id": staff.company_id,
        "customer_id": customer.id,
        _COLUMNS[type(document)]: document.id,
        "kind": kind,
        "recipient": recipient,
    }
    copied = copied_addresses(kind, customer, cc)
    copied.pop(recipient, None)
    in_progress = await EmailDelivery.filter(**columns, status__in=_IN_PROGRESS).first()
    if in_progress is not None:
        return await _require_same(in_progress, message, copied, request)
    written = written_recipient(recipient, address)
    columns |= {
        "written_recipient": written,
        "message": message,
        "actor": staff.name,
        **request.columns,
    }
    language = document.language or customer.language_with(customer.company)
    preferences = await preferences_for(
        staff.company_id, dict.fromkeys({recipient, *copied}, language)
    )
    if not preferences[recipient].allows(kind.category):
        return QueuedDelivery(
            await EmailDelivery.create(**columns, status=DeliveryState.SKIPPED, detail=OPTED_OUT)
        )
    allowed_copies = [each for each in copied if preferences[each].allows(kind.category)]
    await quota.require(1 + len(allowed_copies))
    await _share(staff, document)
    await audit_log.note_document(staff, AuditAction.EMAIL_SENT, document, detail=address)
    attempt = await waiting_columns(delay) if delay else await leased_columns()
    delivery = await EmailDelivery.create(**columns, **attempt)
    await queue_copies(delivery, copied, preferences, delay)
    return QueuedDelivery(delivery, None if delay else Lease.of_new(delivery))


async def _require_same(
    in_progress: EmailDelivery,
    message: str | None,
    copied: Collection[str],
    request: IdempotentRequest,
) -> QueuedDelivery:
    """Return the delivery in progress if it is the same as requested."""
    copies = EmailDelivery.filter(copy_of_id=in_progress.id)
    copied_before = {copy.recipient for copy in await copies}
    if request.key is not None or in_progress.message != message or copied_before != set(copied):
        refusal = Text("We're already sending this to that address. Wait until it is sent.")
        raise Conflict(refusal)
    return QueuedDelivery(in_progress)


async def _share(staff: Staff, document: Document) -> None:
    document_id = str(document.id)
    match document:
        case Invoice():
            await links.share_invoice(staff, document_id)
        case Quote():
            await share_quote(staff, document_id)
        case CreditNote():
            await links.share_credit_note(staff, document_id)
