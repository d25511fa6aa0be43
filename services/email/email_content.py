"""The content of e-mails: what is true when they are sent, not when they were queued."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from core.urls import Urls
from db.compiled_queries import CompiledQuery
from i18n.documents import DocumentView, corrects_invoice
from i18n.formatting import format_money
from i18n.locales import DEFAULT_LANGUAGE
from integrations.mail.contents import Attachment, Business, EmailContent
from models import (
    Company,
    CreditNote,
    CreditNoteStatus,
    DeliveryState,
    EmailDelivery,
    Invoice,
    MailKind,
    Quote,
)
from models.companies import today_of
from pdf.worker_pool import WorkerPool
from services.billing.bank_transfers import bank_transfer
from services.billing.loaders import lines_of
from services.billing.pdf_documents import filename_of, to_pdf_document
from services.checkout.payment_options import offered_payment_options
from services.email.preferences import preference_for
from services.identity.password_resets import RESET_TTL, new_reset_secret
from services.ledger.document_numbers import Document
from settings import Settings

_delivery = CompiledQuery(
    EmailDelivery,
    "company",
    "customer",
    "invoice",
    "quote",
    "credit_note",
    "announcement",
    where="email_delivery.id = $1",
)
OPTED_OUT: Final = "The recipient has turned these e-mails off."
_REVOKED: Final = "The link was revoked before the e-mail was sent."
_SETTLED: Final = "Nothing is due on the invoice."
_TOO_LATE: Final = "The link would have expired before the e-mail was sent."
_REMOVED: Final = "The user was removed before the e-mail was sent."
_VOIDED: Final = "The credit note was voided before the e-mail was sent."
_MAX_ATTACHMENTS: Final = 10
"""PDFs in one e-mail. Many mail servers take 25 MB at most."""


class DeliveryCancelled(Exception):
    """The e-mail must not be sent. `status` and `detail` say why."""

    def __init__(self, status: DeliveryState, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


async def email_content_of(delivery_id: UUID, settings: Settings, pdf: WorkerPool) -> EmailContent:
    """Return the content of a delivery's e-mail as of now.

    Raises DeliveryCancelled, and whatever `WorkerPool.render` raises.
    """
    delivery = await _delivery.first(delivery_id)
    assert delivery is not None
    if delivery.kind is MailKind.NOTICE:
        urls = Urls(settings.public_url)
        if delivery.message is None:
            return await _password_reset(delivery, urls)
        return _notice(delivery, urls, delivery.message)
    assert delivery.customer is not None
    documents = await _documents_of(delivery)
    buyer, seller = delivery.customer.buyer, delivery.company.seller
    language = delivery.customer.language_with(delivery.company)
    if documents:
        document = documents[0]
        buyer, seller, language = document.buyer, document.seller, document.written_in
    category = delivery.kind.category
    assert category is not None
    preference = await preference_for(delivery.company_id, delivery.recipient, language)
    if not preference.allows(category):
        raise DeliveryCancelled(DeliveryState.SKIPPED, OPTED_OUT)
    urls = Urls(settings.public_url)
    values = _values(delivery, documents, language, settings, urls)
    original = delivery
    if delivery.copy_of_id is not None:
        original = await EmailDelivery.get(id=delivery.copy_of_id)
    return EmailContent(
        id=delivery.id,
        kind=delivery.kind,
        company=delivery.company,
        business=Business.of(delivery.company, seller, language, buyer),
        recipient=delivery.recipient,
        language=language,
        preferences_url=urls.preferences(preference.token),
        unsubscribe_url=urls.unsubscribe(preference.token, category),
        logo_url=urls.logo(delivery.company.logo_digest),
        values={
            "name": buyer.name,
            "message": delivery.message,
            "view": await _view(delivery.kind, documents),
            **values,
        },
        attachments=await _attachments(documents, urls, pdf),
        addressee=original.recipient,
        copies=await _copies_of(original, delivery),
    )


async def _copies_of(original: EmailDelivery, delivery: EmailDelivery) -> tuple[str, ...]:
    """Return who gets a copy of the e-mail, as `delivery` names them.

    An address that not every mail server accepts is left out for the others, since they would not
    get the e-mail either (RFC 6531).
    """
    copies = await EmailDelivery.filter(copy_of_id=original.id).order_by("recipient")
    return tuple(
        copy.recipient
        for copy in copies
        if copy.status is not DeliveryState.SKIPPED
        and (copy.recipient.isascii() or copy.id == delivery.id)
    )


async def _view(kind: MailKind, documents: Sequence[Document]) -> DocumentView | None:
    """Return the document that is sent, in words; None for other e-mails."""
    if kind is MailKind.REMINDER or not documents:
        return None
    [document] = documents
    return DocumentView.of(document, await lines_of(document))


async def _password_reset(delivery: EmailDelivery, urls: Urls) -> EmailContent:
    """Return the content of an e-mail with a link to set a new password, created now.

    Raises DeliveryCancelled if it is too late, or the user was removed.
    """
    if datetime.now(UTC) - delivery.created_at > RESET_TTL:
        raise DeliveryCancelled(DeliveryState.FAILED, _TOO_LATE)
    secret = await new_reset_secret(delivery.company_id, delivery.recipient)
    if secret is None:
        raise DeliveryCancelled(DeliveryState.SKIPPED, _REMOVED)
    text = (
        f"Somebody asked for a new password for your account at {delivery.company.name}. The link"
        " works once, for an hour.\n\nWas it not you? Then ignore this e-mail. Your password stays"
        " as it is."
    )
    return _notice(delivery, urls, text, urls.invitation(secret), "Set a new password")


def _notice(
    delivery: EmailDelivery,
    urls: Urls,
    text: str,
    link: str | None = None,
    link_label: str = "Open the dashboard",
) -> EmailContent:
    """Return the content of an e-mail to staff, in the language of the dashboard."""
    return EmailContent(
        id=delivery.id,
        kind=delivery.kind,
        company=delivery.company,
        business=Business.of(delivery.company, delivery.company.seller, DEFAULT_LANGUAGE),
        recipient=delivery.recipient,
        language=DEFAULT_LANGUAGE,
        logo_url=urls.logo(delivery.company.logo_digest),
        values={
            "subject": delivery.subject,
            "body": text,
            "link": link or urls.dashboard(),
            "link_label": link_label,
        },
    )


def _values(
    delivery: EmailDelivery,
    documents: Sequence[Document],
    language: str,
    settings: Settings,
    urls: Urls,
) -> dict[str, Any]:
    match delivery.kind:
        case MailKind.INVOICE | MailKind.REMINDER:
            invoices = [
                _of_invoice(row, delivery.company, language, settings, urls)
                for row in documents
                if isinstance(row, Invoice)
            ]
            return invoices[0] | {"invoices": [SimpleNamespace(**each) for each in invoices]}
        case MailKind.QUOTE:
            assert delivery.quote is not None
            return _of_quote(delivery.quote, language, urls)
        case MailKind.ANNOUNCEMENT:
            return _of_announcement(delivery, urls)
        case MailKind.CREDIT_NOTE:
            assert delivery.credit_note is not None
            return _of_credit_note(delivery.credit_note, language, urls)
        case MailKind.NOTICE:
            raise NotImplementedError


def _of_invoice(
    invoice: Invoice, company: Company, language: str, settings: Settings, urls: Urls
) -> dict[str, Any]:
    link = _from_email(_link_of(invoice.share_token, urls.invoice))
    due_date = invoice.due_date
    can_pay = offered_payment_options(invoice, company, settings) is not None
    return {
        "number": invoice.number,
        "link": link,
        "pay_link": f"{link}#pay" if can_pay else None,
        "amount_due": format_money(invoice.money(invoice.amount_due), language),
        "paid": format_money(invoice.money(-invoice.amount_paid), language)
        if invoice.amount_paid
        else None,
        "due_date": due_date,
        "transfer": bank_transfer(invoice),
        "days_overdue": (today_of(company) - due_date).days if due_date else 0,
    }


def _of_quote(quote: Quote, language: str, urls: Urls) -> dict[str, Any]:
    return {
        "number": quote.number,
        "link": _from_email(_link_of(quote.share_token, urls.quote)),
        "total": format_money(quote.money(quote.total), language),
        "valid_until": quote.valid_until,
    }


def _of_credit_note(note: CreditNote, language: str, urls: Urls) -> dict[str, Any]:
    """Return the values for a credit note that was fetched with the invoice that it corrects."""
    if note.status is CreditNoteStatus.VOID:
        raise DeliveryCancelled(DeliveryState.FAILED, _VOIDED)
    return {
        "number": note.number,
        "link": _from_email(_link_of(note.share_token, urls.credit_note)),
        "total": format_money(note.money(note.total), language),
        "corrects": corrects_invoice(note.invoice, language) if note.invoice else None,
        "reason": note.reason,
    }


def _of_announcement(delivery: EmailDelivery, urls: Urls) -> dict[str, Any]:
    assert delivery.announcement is not None
    assert delivery.customer is not None
    token = delivery.customer.portal_token
    return {
        "subject": delivery.announcement.subject,
        "body": delivery.announcement.body,
        "link": _from_email(urls.portal(token)) if token else None,
    }


async def _documents_of(delivery: EmailDelivery) -> Sequence[Document]:
    """Return the documents that the e-mail is about, with their parties.

    They are several for reminders that are sent together. Raises DeliveryCancelled for a reminder
    if nothing is due any more.
    """
    row = delivery.invoice or delivery.quote or delivery.credit_note
    rows = [row] if row else []  # Tortoise's missing relation isn't None
    for each in rows:
        await each.fetch_related("seller_snapshot", "buyer_snapshot")
        if isinstance(each, CreditNote):
            await each.fetch_related("invoice")
    if delivery.kind is MailKind.REMINDER:
        others = Invoice.filter(email_deliveries__sent_with_id=delivery.id)
        others = others.select_related("seller_snapshot", "buyer_snapshot")
        rows = _without_settled([*rows, *await others.order_by("due_date", "id")])
    assert delivery.customer is not None
    for each in rows:
        each.company, each.customer = delivery.company, delivery.customer
    return rows


def _without_settled(rows: Sequence[Document]) -> list[Document]:
    """Return what there is still to remind of, and that the client can still open."""
    unpaid = [row for row in rows if isinstance(row, Invoice) and row.is_open]
    if not unpaid:
        raise DeliveryCancelled(DeliveryState.FAILED, _SETTLED)
    shared = [row for row in unpaid if row.share_token is not None]
    if not shared:
        raise DeliveryCancelled(DeliveryState.FAILED, _REVOKED)
    return [*shared]


async def _attachments(
    documents: Sequence[Document], urls: Urls, pdf: WorkerPool
) -> tuple[Attachment, ...]:
    """Return the PDFs of the first documents, each the same as a download now."""
    contents = [await to_pdf_document(row, urls) for row in documents[:_MAX_ATTACHMENTS]]
    return tuple(
        [
            Attachment(
                filename=filename_of(content),
                media_type="application/pdf",
                content=await pdf.render(content),
            )
            for content in contents
        ]
    )


def _link_of(token: UUID | None, url_of: Callable[[object], str]) -> str:
    if token is None:
        raise DeliveryCancelled(DeliveryState.FAILED, _REVOKED)
    return url_of(token)


def _from_email(url: str) -> str:
    """Return `url` with the source for recording views."""
    return f"{url}?source=email"
