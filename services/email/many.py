"""Sending many documents, or reminders of invoices: each by itself, with a result of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypeAlias
from uuid import UUID

from auth.staff import Staff
from db.availability import raising_unavailable
from errors import BadInput, PortalError, Text, Unavailable
from models import CreditNote, EmailDelivery, Invoice, InvoiceStatus, Quote
from services.common import idempotency
from services.common.lookups import get_owned
from services.email.daily_limits import DailyLimits
from services.email.delivery_queue import QueuedDelivery
from services.email.emails import (
    UNDO_SECONDS,
    EmailOptions,
    can_remind,
    can_send_credit_note,
    can_send_invoice,
    can_send_quote,
    issue_and_send_invoice,
    send_credit_note,
    send_invoice,
    send_quote,
    send_reminder,
)

MAX_DOCUMENTS: Final = 100
"""Documents that are sent at once."""
Document: TypeAlias = Invoice | Quote | CreditNote


class Mailing(StrEnum):
    """What is sent for each document."""

    INVOICE = "INVOICE"
    REMINDER = "REMINDER"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"


_MODELS: Final[Mapping[Mailing, type[Document]]] = {
    Mailing.INVOICE: Invoice,
    Mailing.REMINDER: Invoice,
    Mailing.QUOTE: Quote,
    Mailing.CREDIT_NOTE: CreditNote,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEmail:
    """A document, and why nothing would be sent for it, if so."""

    document: Document
    """With its customer."""
    refusal: PortalError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingResult:
    """What became of a document: an e-mail, or the reason why there is none."""

    document_id: str
    document: Document | None
    """As it is afterwards; None if the company has none, or if it can't be read now."""
    delivery: EmailDelivery | None = None
    refusal: PortalError | None = None


async def plan(staff: Staff, mailing: Mailing, ids: Iterable[UUID]) -> Sequence[PlannedEmail]:
    """Return what a mailing would do for the company's documents, newest first."""
    rows = _MODELS[mailing].filter(id__in=list(ids), company_id=staff.company_id)
    documents = await rows.select_related("customer").order_by("-created_at", "-id")
    return [PlannedEmail(document=each, refusal=_refusal(mailing, each)) for each in documents]


def _refusal(mailing: Mailing, document: Document) -> PortalError | None:
    if mailing is Mailing.REMINDER:
        assert isinstance(document, Invoice)
        return can_remind(document, document.customer)
    if document.customer.email is None:
        return BadInput(Text("The customer has no e-mail address."), field="to")
    match document:
        case Invoice():
            is_draft = document.status is InvoiceStatus.DRAFT
            return None if is_draft else can_send_invoice(document)
        case Quote():
            return can_send_quote(document)
        case CreditNote():
            return can_send_credit_note(document)


async def send_each(
    staff: Staff,
    mailing: Mailing,
    ids: Sequence[str],
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> Sequence[MailingResult]:
    """Send each document, issuing drafts of invoices first, or a reminder of each invoice.

    E-mails wait for a moment. One that can't be sent doesn't keep the others from it. If the
    database goes away, what was done until then is returned, and the rest with Unavailable. With
    the same key, what was done before isn't done again. Raises BadInput for no documents or more
    than MAX_DOCUMENTS.
    """
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MAX_DOCUMENTS:
        raise BadInput(
            Text("Choose from 1 to %(most)s invoices.", most=MAX_DOCUMENTS), field="invoiceIds"
        )
    key = idempotency.identify(idempotency_key).key
    results: list[MailingResult] = []
    for number, id_ in enumerate(wanted, 1):
        results.append(await _send(staff, mailing, id_, key, limits))
        if results[-1].document is None and isinstance(away := results[-1].refusal, Unavailable):
            rest = wanted[number:]
            return results + [
                MailingResult(document_id=each, document=None, refusal=away) for each in rest
            ]
    return results


async def _send(
    staff: Staff, mailing: Mailing, document_id: str, key: str | None, limits: DailyLimits
) -> MailingResult:
    delivery, document, refusal = None, None, None
    try:
        own_key = _key_of(key, mailing, document_id)
        with raising_unavailable():
            delivery = await _send_one(staff, mailing, document_id, own_key, limits)
    except PortalError as error:
        refusal = error
    try:
        with raising_unavailable():
            document = await get_owned(_MODELS[mailing], staff, document_id)
    except PortalError as error:
        refusal = refusal or (None if delivery else error)
    return MailingResult(
        document_id=document_id, document=document, delivery=delivery, refusal=refusal
    )


async def _send_one(
    staff: Staff, mailing: Mailing, document_id: str, key: str | None, limits: DailyLimits
) -> EmailDelivery:
    """Return the e-mail, which was sent before if there is one with the key.

    A draft that was issued then isn't a draft any more. The key is looked for after the document
    was read, so that whoever issues it at the same time with the same key has left an e-mail by
    then.
    """
    document = await get_owned(_MODELS[mailing], staff, document_id)
    if key is not None:
        sent = EmailDelivery.filter(company_id=staff.company_id, idempotency_key=key)
        if earlier := await sent.first():
            return earlier
    queued: QueuedDelivery
    if mailing is Mailing.REMINDER:
        queued = await send_reminder(
            staff, document_id, limits=limits, delay_seconds=UNDO_SECONDS, idempotency_key=key
        )
    else:
        options = EmailOptions(delay_seconds=UNDO_SECONDS)
        send = _send_by_itself(document)
        queued = await send(staff, document_id, options, limits=limits, idempotency_key=key)
    return queued.delivery


def _send_by_itself(document: Document) -> Any:  # noqa: ANN401  # a verb of `emails`
    match document:
        case Invoice():
            is_draft = document.status is InvoiceStatus.DRAFT
            return issue_and_send_invoice if is_draft else send_invoice
        case Quote():
            return send_quote
        case CreditNote():
            return send_credit_note


def _key_of(key: str | None, mailing: Mailing, document_id: str) -> str | None:
    """Return the key of the e-mail of one document."""
    return sha256(f"{mailing}:{document_id}:{key}".encode()).hexdigest() if key else None
