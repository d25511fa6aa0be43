"""The content of e-mails: what is true when they are sent, not when they were queued."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from core.urls import Urls
from db.compiled_queries import CompiledQuery
from i18n.locales import DEFAULT_LANGUAGE
from integrations.mail.contents import (
    Attachment,
    Business,
    EmailBody,
    EmailContent,
    Link,
    LogoImage,
)
from models import (
    Company,
    CreditNote,
    CreditNoteStatus,
    DeliveryState,
    EmailDelivery,
    Invoice,
    InvoiceStatus,
    MailKind,
    Question,
    Quote,
)
from models.emails import TO_STAFF
from pdf.documents import PdfDocument
from pdf.worker_pool import WorkerPool
from services.billing import e_invoices
from services.billing.loaders import lines_of
from services.billing.pdf_documents import filename_of, to_pdf_document
from services.common.recipients import own_addresses
from services.company.logos import logo_size_of
from services.email.bodies.announcements import announcement_body
from services.email.bodies.answers import answer_body
from services.email.bodies.credit_notes import credit_note_body
from services.email.bodies.invoices import InvoiceFacts, invoice_body
from services.email.bodies.notices import notice_body, password_reset_text
from services.email.bodies.parts import MAX_ATTACHMENTS
from services.email.bodies.quotes import quote_body
from services.email.bodies.reminders import reminder_body
from services.email.delivery_queue import DeliveryCancelled
from services.email.own_texts import own_text, text_kind_of, with_own_text
from services.email.payment_emails import payment_email
from services.email.preferences import preference_for
from services.identity.invitation_emails import new_emailed_secret
from services.identity.password_resets import RESET_TTL, new_reset_secret
from services.ledger.document_numbers import Document
from services.sharing.questions import page_of
from settings import Settings

_delivery = CompiledQuery(
    EmailDelivery,
    "company",
    "customer",
    "invoice",
    "quote",
    "credit_note",
    "announcement",
    "answer",
    "reversal",
    where="email_delivery.id = $1",
)
OPTED_OUT: Final = "The recipient has turned these e-mails off."
_REVOKED: Final = "The link was revoked before the e-mail was sent."
_SETTLED: Final = "Nothing is due on the invoice."
_TOO_LATE: Final = "The link would have expired before the e-mail was sent."
_REMOVED: Final = "The user was removed before the e-mail was sent."
_NOT_INVITED: Final = "The invitation was used, replaced or withdrawn before the e-mail was sent."
_CANCELLED: Final = "The invoice was cancelled before the e-mail was sent."
_QUESTION_DELETED: Final = "The question was deleted before the e-mail was sent."
_VOIDED: Final = "The credit note was voided before the e-mail was sent."
_SENT_TOGETHER: Final = frozenset(
    {MailKind.REMINDER, MailKind.RECEIPT, MailKind.REFUND, MailKind.PAYMENT_FAILED}
)
"""The kinds of e-mails that may be about several invoices."""


async def email_content_of(
    delivery_id: UUID, settings: Settings, pdf: WorkerPool | None = None
) -> EmailContent:
    """Return the content of a delivery's e-mail as of now. Without `pdf`, attached files are empty.

    Raises DeliveryCancelled, DayIsFull, and whatever `WorkerPool.render` raises.
    """
    delivery = await _delivery.first(delivery_id)
    assert delivery is not None
    if delivery.kind in TO_STAFF:
        return await _email_to_staff(delivery, Urls(settings.public_url))
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
    business = Business.of(delivery.company, seller, language, buyer)
    original = delivery
    if delivery.copy_of_id is not None:
        original = await EmailDelivery.get(id=delivery.copy_of_id)
    if delivery.is_about_payment:
        invoices = [row for row in documents if isinstance(row, Invoice)]
        body, attached = await payment_email(delivery, invoices, business, settings)
    else:
        body = await _body_of(delivery, documents, business, language, settings)
        attached = await _pdf_documents(delivery, documents, urls)
    return EmailContent(
        id=delivery.id,
        category=category,
        is_automatic=delivery.is_automatic,
        company=delivery.company,
        business=business,
        recipient=delivery.address,
        language=language,
        preferences_url=urls.preferences(preference.token),
        unsubscribe_url=urls.unsubscribe(preference.token, category),
        logo=await logo_image_of(delivery.company, urls),
        body=await _own(delivery, documents, body),
        attachments=(
            *await _attachments(attached, pdf),
            *await _e_invoices(delivery, documents, is_written=pdf is not None),
        ),
        addressee=original.address,
        copies=await _copies_of(original, delivery),
    )


async def _own(
    delivery: EmailDelivery, documents: Sequence[Document], body: EmailBody
) -> EmailBody:
    """Return the e-mail in the company's own words, as far as it has some."""
    kind = text_kind_of(delivery.kind, documents)
    if kind is None:
        return body
    text = await own_text(delivery.company, kind, documents[0].written_in)
    return with_own_text(body, text, documents, keeps_message=delivery.message is not None)


async def logo_image_of(company: Company, urls: Urls) -> LogoImage | None:
    """Return the company's logo as its e-mails show it; None if it has none."""
    url, size = urls.logo(company.logo_digest), await logo_size_of(company)
    return LogoImage(url, *size) if url and size else None


async def _copies_of(original: EmailDelivery, delivery: EmailDelivery) -> tuple[str, ...]:
    """Return who gets a copy of the e-mail, as `delivery` names them.

    An address that not every mail server accepts is left out for the others, since they would not
    get the e-mail either (RFC 6531).
    """
    copies = await EmailDelivery.filter(copy_of_id=original.id).order_by("recipient")
    return tuple(
        copy.address
        for copy in copies
        if not copy.is_blind_copy
        and copy.status not in {DeliveryState.SKIPPED, DeliveryState.CANCELLED}
        and (copy.recipient.isascii() or copy.id == delivery.id)
    )


async def _email_to_staff(delivery: EmailDelivery, urls: Urls) -> EmailContent:
    if delivery.message is None:
        return await _password_reset(delivery, urls)
    link = Link("Open the dashboard", urls.dashboard())
    if delivery.kind is MailKind.INVITATION:
        secret = await new_emailed_secret(delivery)
        if secret is None:
            raise DeliveryCancelled(DeliveryState.SKIPPED, _NOT_INVITED)
        link = Link("Set your password", urls.invitation(secret))
    return await _notice(delivery, urls, delivery.message, link)


async def _password_reset(delivery: EmailDelivery, urls: Urls) -> EmailContent:
    """Return the content of an e-mail with a link to set a new password, created now.

    Raises DeliveryCancelled if it is too late, or the user was removed.
    """
    if datetime.now(UTC) - delivery.created_at > RESET_TTL:
        raise DeliveryCancelled(DeliveryState.FAILED, _TOO_LATE)
    secret = await new_reset_secret(delivery.company_id, delivery.recipient)
    if secret is None:
        raise DeliveryCancelled(DeliveryState.SKIPPED, _REMOVED)
    text = password_reset_text(delivery.company.name)
    link = Link("Set a new password", urls.invitation(secret))
    return await _notice(delivery, urls, text, link)


async def _notice(delivery: EmailDelivery, urls: Urls, text: str, link: Link) -> EmailContent:
    """Return the content of an e-mail to staff, in the language of the dashboard."""
    company = delivery.company
    assert delivery.subject is not None
    return EmailContent(
        id=delivery.id,
        category=None,
        is_automatic=True,
        company=company,
        business=Business.of(company, company.seller, DEFAULT_LANGUAGE),
        recipient=delivery.address,
        language=DEFAULT_LANGUAGE,
        logo=await logo_image_of(company, urls),
        body=notice_body(delivery.subject, text, link),
    )


async def _body_of(
    delivery: EmailDelivery,
    documents: Sequence[Document],
    business: Business,
    language: str,
    settings: Settings,
) -> EmailBody:
    urls, message = Urls(settings.public_url), delivery.message
    match delivery.kind:
        case MailKind.INVOICE | MailKind.REMINDER:
            facts = [
                InvoiceFacts.of(
                    row,
                    delivery.company,
                    language,
                    _from_email(_link_of(row.share_token, urls.invoice)),
                    settings,
                )
                for row in documents
                if isinstance(row, Invoice)
            ]
            if delivery.kind is MailKind.REMINDER:
                return reminder_body(facts, business, message, _account_link(delivery, urls))
            invoice = facts[0].invoice
            if invoice.status is InvoiceStatus.CANCELLED:
                raise DeliveryCancelled(DeliveryState.FAILED, _CANCELLED)
            return invoice_body(facts[0], await lines_of(invoice), business, message)
        case MailKind.QUOTE:
            assert delivery.quote is not None
            quote = delivery.quote
            link = _from_email(_link_of(quote.share_token, urls.quote))
            return quote_body(quote, await lines_of(quote), business, message, link)
        case MailKind.CREDIT_NOTE:
            assert delivery.credit_note is not None
            note = delivery.credit_note
            if note.status is CreditNoteStatus.VOID:
                raise DeliveryCancelled(DeliveryState.FAILED, _VOIDED)
            link = _from_email(_link_of(note.share_token, urls.credit_note))
            return credit_note_body(note, await lines_of(note), business, message, link)
        case MailKind.ANNOUNCEMENT:
            assert delivery.announcement is not None
            account_link = _account_link(delivery, urls)
            return announcement_body(delivery.announcement, business, language, account_link)
        case MailKind.ANSWER:
            assert delivery.answer is not None
            if delivery.answer.deleted_at is not None:
                raise DeliveryCancelled(DeliveryState.FAILED, _QUESTION_DELETED)
            [document] = documents
            thread = _thread_link(document, urls)
            return answer_body(delivery.answer, _quoted(delivery), document, business, thread)
        case _:
            raise NotImplementedError


def _account_link(delivery: EmailDelivery, urls: Urls) -> str | None:
    """Return the link to the customer's account where it is shared."""
    assert delivery.customer is not None
    token = delivery.customer.portal_token
    return _from_email(urls.portal(token)) if token else None


def _thread_link(document: Document, urls: Urls) -> str | None:
    """Return the page on which the client sees the document's questions, if one is shared."""
    url = page_of(document, urls)
    return None if url is None else f"{_from_email(url)}#questions"


async def _documents_of(delivery: EmailDelivery) -> Sequence[Document]:
    """Return the documents that the e-mail is about, with their parties.

    They are several for what is sent together. Raises DeliveryCancelled for a reminder if nothing
    is due any more.
    """
    row = delivery.invoice or delivery.quote or delivery.credit_note
    if delivery.kind is MailKind.ANSWER:
        row = await _asked_about(delivery)
    rows = [row] if row else []  # Tortoise's missing relation isn't None
    for each in rows:
        await each.fetch_related("seller_snapshot", "buyer_snapshot")
        if isinstance(each, CreditNote):
            await each.fetch_related("invoice")
    if delivery.kind in _SENT_TOGETHER:
        others = Invoice.filter(email_deliveries__sent_with_id=delivery.id)
        others = others.select_related("seller_snapshot", "buyer_snapshot")
        # Two refunds at once may be of one invoice.
        found = {each.id: each for each in (*rows, *await others.order_by("due_date", "id"))}
        rows = list(found.values())
    if delivery.kind is MailKind.REMINDER:
        rows = _without_settled(rows)
    assert delivery.customer is not None
    for each in rows:
        each.company, each.customer = delivery.company, delivery.customer
    return rows


async def _asked_about(delivery: EmailDelivery) -> Document:
    """Load the question that the e-mail answers, and return the document that it is about."""
    assert delivery.answer is not None
    await delivery.answer.fetch_related(
        "question__invoice", "question__quote", "question__credit_note"
    )
    return delivery.answer.question.document


def _quoted(delivery: EmailDelivery) -> Question | None:
    """Return the question that the e-mail answers, if it goes to an address of the customer's own.

    Whoever has the link can ask and give any address. What they typed isn't sent there, so that
    nobody can make the business send their words to a stranger.
    """
    assert delivery.customer is not None
    assert delivery.answer is not None
    question: Question = delivery.answer.question
    return question if delivery.recipient in own_addresses(delivery.customer) else None


def _without_settled(rows: Sequence[Document]) -> list[Document]:
    """Return what there is still to remind of, and that the client can still open."""
    unpaid = [row for row in rows if isinstance(row, Invoice) and row.is_open]
    if not unpaid:
        raise DeliveryCancelled(DeliveryState.FAILED, _SETTLED)
    shared = [row for row in unpaid if row.share_token is not None]
    if not shared:
        raise DeliveryCancelled(DeliveryState.FAILED, _REVOKED)
    return [*shared]


async def _pdf_documents(
    delivery: EmailDelivery, documents: Sequence[Document], urls: Urls
) -> list[PdfDocument]:
    """Return what is attached, each the same as a download now."""
    if delivery.kind is MailKind.ANSWER:
        return []
    return [await to_pdf_document(row, urls) for row in documents[:MAX_ATTACHMENTS]]


async def _attachments(
    contents: Sequence[PdfDocument], pdf: WorkerPool | None
) -> tuple[Attachment, ...]:
    return tuple(
        [
            Attachment(
                filename=filename_of(content),
                media_type="application/pdf",
                content=await pdf.render(content) if pdf else b"",
            )
            for content in contents
        ]
    )


async def _e_invoices(
    delivery: EmailDelivery, documents: Sequence[Document], *, is_written: bool
) -> tuple[Attachment, ...]:
    """Return the e-invoice of a sent document whose customer requires one.

    Reminders have none, since software that reads it would book the document again.
    """
    if delivery.kind not in {MailKind.INVOICE, MailKind.CREDIT_NOTE}:
        return ()
    files = [await e_invoices.required_file(row) for row in documents if not isinstance(row, Quote)]
    return tuple(
        [
            Attachment(
                filename=e_invoices.filename_of(file),
                media_type=e_invoices.XML_TYPE,
                content=await e_invoices.write_file(file) if is_written else b"",
            )
            for file in files
            if file
        ]
    )


def _link_of(token: UUID | None, url_of: Callable[[object], str]) -> str:
    if token is None:
        raise DeliveryCancelled(DeliveryState.FAILED, _REVOKED)
    return url_of(token)


def _from_email(url: str) -> str:
    """Return `url` with the source for recording views."""
    return f"{url}?source=email"
