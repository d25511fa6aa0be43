"""The content of e-mails: what is true when they are sent, not when they were queued."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from core.urls import Urls
from db.compiled_queries import CompiledQuery
from i18n.formatting import format_money
from i18n.locales import DEFAULT_LANGUAGE
from integrations.mail.contents import Attachment, EmailContent
from models import Company, DeliveryState, EmailDelivery, Invoice, MailKind, Quote
from models.companies import today_of
from pdf.worker_pool import WorkerPool
from services.billing.bank_transfers import bank_transfer
from services.billing.pdf_documents import filename_of, to_pdf_document
from services.checkout.payment_options import offered_payment_options
from services.email.preferences import preference_for
from settings import Settings

_delivery = CompiledQuery(
    EmailDelivery,
    "company",
    "customer",
    "invoice",
    "quote",
    "announcement",
    where="email_delivery.id = $1",
)
OPTED_OUT: Final = "The recipient has turned these e-mails off."
_REVOKED: Final = "The link was revoked before the e-mail was sent."
_SETTLED: Final = "Nothing is due on the invoice."


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
        return _notice(delivery, Urls(settings.public_url))
    assert delivery.customer is not None
    language = delivery.customer.language_with(delivery.company)
    category = delivery.kind.category
    assert category is not None
    preference = await preference_for(delivery.company_id, delivery.recipient, language)
    if not preference.allows(category):
        raise DeliveryCancelled(DeliveryState.SKIPPED, OPTED_OUT)
    urls = Urls(settings.public_url)
    document = await _document_of(delivery)
    values = _values(delivery, language, settings, urls)
    return EmailContent(
        id=delivery.id,
        kind=delivery.kind,
        company=delivery.company,
        recipient=delivery.recipient,
        language=language,
        preferences_url=urls.preferences(preference.token),
        unsubscribe_url=urls.unsubscribe(preference.token, category),
        logo_url=urls.logo(delivery.company.logo_digest),
        values={"name": delivery.customer.name, "message": delivery.message} | values,
        attachments=await _attachments(document, urls, pdf),
    )


def _notice(delivery: EmailDelivery, urls: Urls) -> EmailContent:
    """Return the content of an e-mail to staff, in the language of the dashboard."""
    return EmailContent(
        id=delivery.id,
        kind=delivery.kind,
        company=delivery.company,
        recipient=delivery.recipient,
        language=DEFAULT_LANGUAGE,
        logo_url=urls.logo(delivery.company.logo_digest),
        values={
            "subject": delivery.subject,
            "body": delivery.message,
            "link": urls.dashboard(),
        },
    )


def _values(
    delivery: EmailDelivery, language: str, settings: Settings, urls: Urls
) -> dict[str, Any]:
    match delivery.kind:
        case MailKind.INVOICE | MailKind.REMINDER:
            assert delivery.invoice is not None
            if delivery.kind is MailKind.REMINDER and not delivery.invoice.is_open:
                raise DeliveryCancelled(DeliveryState.FAILED, _SETTLED)
            return _of_invoice(delivery.invoice, delivery.company, language, settings, urls)
        case MailKind.QUOTE:
            assert delivery.quote is not None
            return _of_quote(delivery.quote, language, urls)
        case MailKind.ANNOUNCEMENT:
            return _of_announcement(delivery, urls)
        case MailKind.CREDIT_NOTE | MailKind.NOTICE:
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


def _of_announcement(delivery: EmailDelivery, urls: Urls) -> dict[str, Any]:
    assert delivery.announcement is not None
    assert delivery.customer is not None
    token = delivery.customer.portal_token
    return {
        "subject": delivery.announcement.subject,
        "body": delivery.announcement.body,
        "link": _from_email(urls.portal(token)) if token else None,
    }


async def _document_of(delivery: EmailDelivery) -> Invoice | Quote | None:
    """Return the document that the e-mail is about, with its parties; None if there is none."""
    row = delivery.invoice or delivery.quote
    if not row:  # Tortoise's missing relation isn't None
        return None
    assert delivery.customer is not None
    row.company, row.customer = delivery.company, delivery.customer
    await row.fetch_related("seller_snapshot", "buyer_snapshot")
    return row


async def _attachments(
    document: Invoice | Quote | None, urls: Urls, pdf: WorkerPool
) -> tuple[Attachment, ...]:
    """Return the document's PDF, the same as a download now."""
    if document is None:
        return ()
    content = await to_pdf_document(document, urls)
    attachment = Attachment(
        filename=filename_of(content),
        media_type="application/pdf",
        content=await pdf.render(content),
    )
    return (attachment,)


def _link_of(token: UUID | None, url_of: Callable[[object], str]) -> str:
    if token is None:
        raise DeliveryCancelled(DeliveryState.FAILED, _REVOKED)
    return url_of(token)


def _from_email(url: str) -> str:
    """Return `url` with the source for recording views."""
    return f"{url}?source=email"
