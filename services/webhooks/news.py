"""Sentences that tell people what happened, in e-mails to users and in the company's chat."""

from dataclasses import dataclass
from typing import Final

from core.urls import Urls
from i18n.formatting import format_money
from models import (
    Company,
    Invoice,
    InvoiceUpdate,
    InvoiceView,
    Question,
    Quote,
    QuoteStatus,
    WebhookDelivery,
    WebhookEvent,
)

_MAX_QUOTED: Final = 300
"""Characters of a client's words in a message."""


@dataclass(frozen=True, slots=True)
class News:
    """A sentence, and the dashboard's page about it."""

    sentence: str
    url: str

    @property
    def text(self) -> str:
        """Both, as plain text."""
        return f"{self.sentence}\n{self.url}"

    @property
    def message(self) -> str:
        """Both, for a chat. Names can't mention people or contain links there.

        https://docs.slack.dev/messaging/formatting-message-text#escaping
        """
        escaped = self.text
        for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            escaped = escaped.replace(character, entity)
        return escaped


async def news_of(delivery: WebhookDelivery, urls: Urls) -> News | None:
    """Return what to tell people about an event, or None if it isn't news for them.

    Of the times that an invoice is opened or read, only the first is news.
    """
    match delivery.event:
        case WebhookEvent.INVOICE_VIEWED:
            return await _first_view(delivery, urls)
        case WebhookEvent.INVOICE_READ:
            return await _first_read(delivery, urls)
        case WebhookEvent.PAYMENT_RECEIVED | WebhookEvent.PAYMENT_FAILED:
            return await _payment(delivery, urls)
        case WebhookEvent.QUOTE_ACCEPTED | WebhookEvent.QUOTE_DECLINED:
            return await _quote(delivery, urls)
        case WebhookEvent.QUESTION_ASKED:
            return await _question(delivery, urls)
        case _:
            return None


async def _first_view(delivery: WebhookDelivery, urls: Urls) -> News | None:
    view = await InvoiceView.get_or_none(id=delivery.subject_id).select_related("invoice__customer")
    if view is None or view.invoice.first_viewed_at != view.viewed_at:
        return None
    invoice = view.invoice
    sentence = f"{invoice.customer.name} opened invoice {invoice.label} for the first time."
    return News(sentence, _of(invoice, urls))


async def _first_read(delivery: WebhookDelivery, urls: Urls) -> News | None:
    view = await InvoiceView.get_or_none(id=delivery.subject_id).select_related("invoice__customer")
    if view is None or view.invoice.first_read_at != view.read_at:
        return None
    invoice = view.invoice
    return News(f"{invoice.customer.name} has read invoice {invoice.label}.", _of(invoice, urls))


async def _payment(delivery: WebhookDelivery, urls: Urls) -> News | None:
    update = await InvoiceUpdate.get_or_none(id=delivery.subject_id).select_related(
        "invoice__customer", "invoice__company"
    )
    if update is None or update.amount is None:
        return None
    invoice = update.invoice
    assert invoice
    amount = format_money(invoice.money(update.amount), invoice.company.language)
    what = "was received" if delivery.event is WebhookEvent.PAYMENT_RECEIVED else "failed"
    sentence = f"A payment of {amount} by {invoice.customer.name} for invoice {invoice.label}"
    return News(f"{sentence} {what}.", _of(invoice, urls))


async def _quote(delivery: WebhookDelivery, urls: Urls) -> News | None:
    quote = await Quote.get_or_none(id=delivery.subject_id).select_related("customer", "company")
    if quote is None:
        return None
    total = format_money(quote.money(quote.total), quote.company.language)
    sentence = f"Quote {quote.label} for {quote.customer.name} ({total}) was"
    sentence += " accepted" if quote.status is QuoteStatus.ACCEPTED else " declined"
    if quote.answered_by is not None:
        sentence += f" by {quote.answered_by}"
    note = f": {_quoted(quote.answer_note)}" if quote.answer_note else "."
    return News(sentence + note, urls.staff_page("quotes", quote.id))


async def _question(delivery: WebhookDelivery, urls: Urls) -> News | None:
    question = await Question.get_or_none(id=delivery.subject_id).select_related(
        "customer", "invoice", "quote", "credit_note"
    )
    if question is None or question.deleted_at is not None:
        return None
    document = question.document
    asks = f"{question.name} ({question.customer.name}) asks about {document.name}"
    page = urls.staff_page(f"{document.noun.replace(' ', '-')}s", document.id)
    return News(f"{asks}: {_quoted(question.text)}", page)


def _quoted(text: str) -> str:
    """Return a client's words on one line, cut to what a message can have."""
    line = " ".join(text.split())
    return f"“{line[:_MAX_QUOTED]}{'…' if len(line) > _MAX_QUOTED else ''}”"


def _of(invoice: Invoice, urls: Urls) -> str:
    return urls.staff_page("invoices", invoice.id)


def digest_subject(company: Company, count: int) -> str:
    """Return the subject of an e-mail about so many events."""
    what = "Something" if count == 1 else f"{count} things"
    return f"{what} happened at {company.name}"[:200]
